"""What the labelling page says: in both languages, all of it, and nothing beside."""

from __future__ import annotations

import json
import re

from models.label.words import ANSWERS, AREA_KINDS, BOX_STATES
from tests.house.tree import ROOT

STATIC = ROOT / "models" / "label" / "static"
WORDS: dict[str, dict[str, str]] = {
    name: json.loads((STATIC / "lang" / f"{name}.json").read_text("utf-8")) for name in ("en", "ko")
}
EVERYTHING = "".join(
    path.read_text("utf-8") for ending in ("js", "html") for path in STATIC.glob(f"*.{ending}")
)
PUT_TOGETHER = {
    *(f"answer.{one}" for one in ANSWERS),
    *(f"state.{one}" for one in BOX_STATES),
    *(f"area.{one}" for one in AREA_KINDS),
    "clip.onset",
    "clip.end",
}


def slots(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def test_both_languages_say_the_same_things() -> None:
    several = {key for key in WORDS["en"] if not key.endswith(".one")}
    assert several == WORDS["ko"].keys()
    assert [key for key in several if slots(WORDS["en"][key]) != slots(WORDS["ko"][key])] == []


def test_korean_is_korean() -> None:
    foreign = [key for key, text in WORDS["ko"].items() if not re.search("[가-힣]", text)]
    assert foreign == []


def test_all_that_is_asked_for_is_there_and_nothing_else() -> None:
    asked = set(re.findall(r'data-t(?:-label)?="([^"]+)"', EVERYTHING))
    asked |= set(re.findall(r'\bt\("([^"]+)"', EVERYTHING))
    quoted = set(re.findall(r'"([a-z]+(?:\.[a-z]+)*)"', EVERYTHING))
    asked |= PUT_TOGETHER
    assert asked - WORDS["en"].keys() == set()
    several = {key for key in WORDS["en"] if not key.endswith(".one")}
    assert several - asked - quoted == set()
