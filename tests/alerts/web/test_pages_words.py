"""What the pages say: in both languages, all of it, and nothing beside."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

WEB = Path(__file__).parents[3] / "alerts" / "web"
LANGUAGES = ("en", "ko")
WORDS: dict[str, dict[str, str]] = {
    name: json.loads((WEB / "static" / "lang" / f"{name}.json").read_text("utf-8"))
    for name in LANGUAGES
}
SCRIPTS = {path.name: path.read_text("utf-8") for path in (WEB / "static").glob("*.js")}
TEMPLATES = {path.name: path.read_text("utf-8") for path in (WEB / "templates").glob("*.html")}
# Keys that are put together: what stands before the part that varies.
FAMILIES = (
    "action.", "answer.", "card.", "done.", "fact.", "health.", "label.", "link.", "path.",
    "role.", "sound.", "standing.", "step.", "tile.", "zones.", "history.",
)  # fmt: skip


def test_both_languages_say_the_same_things() -> None:
    assert WORDS["en"].keys() == WORDS["ko"].keys()


def slots(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def test_both_fill_in_the_same() -> None:
    differ = [key for key, text in WORDS["en"].items() if slots(text) != slots(WORDS["ko"][key])]
    assert not differ


def test_korean_is_korean() -> None:
    free = {"headline.here", "settings.who", "history.found", "health.since"}
    foreign = [
        key
        for key, text in WORDS["ko"].items()
        if key not in free and not re.search("[가-힣]", text)
    ]
    assert not foreign


def asked() -> set[str]:
    """Every key that a page or a script names in full."""
    found = set()
    for text in TEMPLATES.values():
        found |= set(re.findall(r'data-t(?:-label|-placeholder)?="([^"]+)"', text))
    for text in SCRIPTS.values():
        found |= set(re.findall(r'"([a-z_]+(?:\.[a-z_]+)*)"', text)) & set(WORDS["en"])
        found |= set(re.findall(r'\bt\("([^"]+)"', text))
    return found


def test_every_word_that_is_asked_for_is_there() -> None:
    assert not asked() - set(WORDS["en"])


def test_no_word_is_left_over() -> None:
    families = {key for key in WORDS["en"] if key.startswith(FAMILIES)}
    plurals = {key for key in WORDS["en"] if key.endswith(".one")}
    assert not set(WORDS["en"]) - asked() - families - plurals


FAMILY = {
    "action": "acknowledge resolve false_alarm",
    "answer": "held sending sent waiting late failed",
    "card": "untaken acknowledged resolved false_alarm",
    "health": "ok offline no_frames frozen dark bright blurred blocked moved damaged "
    "device_offline",
    "label": "collapse spill camera unusual",
    "link": "connecting live lost deaf",
    "path": "fast slow persist unusual",
    "role": "viewer responder admin",
    "sound": "off on blocked ringing",
    "standing": "open acknowledged escalated resolved false_alarm",
    "step": "opened updated closed open acknowledged escalated resolved false_alarm command page",
}


@pytest.mark.parametrize("family", FAMILY)
def test_whatever_can_be_is_said(family: str) -> None:
    assert not {f"{family}.{one}" for one in FAMILY[family].split()} - set(WORDS["en"])


class Texts(HTMLParser):
    """What stands in a page as text, or where it is read out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._around: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag not in {"meta", "link", "input", "circle", "path"}:
            self._around.append(tag)
        told = {"title", "alt", "aria-label", "placeholder", "value"} - (
            {"value"} if tag == "option" else set()
        )
        self.found += [value or "" for name, value in attributes if name in told]

    def handle_endtag(self, tag: str) -> None:
        if tag in self._around:
            while self._around.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        text = re.sub(r"\{[{%].*?[%}]\}", "", data).strip()
        # Without scripts there are no words to fill in; names of languages and keys are the same.
        if text and not {"noscript", "option", "kbd"} & set(self._around):
            self.found.append(text)


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_says_nothing_by_itself(name: str) -> None:
    reader = Texts()
    blocks = r"\{% block (?:style|module) %\}\w+\{% endblock %\}|\{%.*?%\}"
    reader.feed(re.sub(blocks, "", TEMPLATES[name]))
    assert not reader.found


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_says_nothing_by_itself(name: str) -> None:
    text = re.sub(r"^\s*//.*$|(?<=[;,{}]) // .*$", "", SCRIPTS[name], flags=re.MULTILINE)
    # A text of two words that begins like a sentence is for people.
    said = re.findall(r'"([A-Z][a-z]+ [^"]*)"', text)
    shown = re.findall(r'setText\([^,]+, "([^"]+)"\)', text)
    shown += re.findall(r'\.textContent = "([^"]+)"', text)
    assert not said + shown


@pytest.mark.parametrize("name", SCRIPTS)
def test_nothing_from_outside_becomes_markup(name: str) -> None:
    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function"
    assert not re.findall(forbidden, SCRIPTS[name])


@pytest.mark.parametrize("name", [*TEMPLATES, *SCRIPTS])
def test_rooms_are_small_and_nothing_is_inline_or_fetched(name: str) -> None:
    text = TEMPLATES.get(name) or SCRIPTS[name]
    assert text.count("\n") <= 250
    assert not re.findall(r"(?:src|href)=\"?https?:|from \"https?:", text)
    if name in TEMPLATES:
        assert not re.findall(r"\son\w+=|\sstyle=|<style|<script>", text)
