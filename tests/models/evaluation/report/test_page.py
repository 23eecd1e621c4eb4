"""The page: whole in itself, the same every time, and deaf to what names would have it do."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

from models.evaluation import matching
from models.evaluation.report import page
from tests.models.evaluation.report import pages

_VOID = {"meta", "link", "img", "br", "path", "use", "rect"}


class _Seen(HTMLParser):
    """What tags, addresses, ids and words a page has, and whether its tags close."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.ids: list[str] = []
        self.words: list[str] = []
        self.handlers: list[str] = []
        self._open: list[str] = []
        self.astray: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name in {"src", "href", "xlink:href", "action", "data", "srcset"}:
                self.addresses.append(value or "")
            if name == "id":
                self.ids.append(value or "")
            if name.startswith("on"):
                self.handlers.append(name)
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        if not self._open or self._open.pop() != tag:
            self.astray.append(tag)

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def unclosed(self) -> list[str]:
        return self._open


EVERYTHING = pages.text(pages.everything())
SEEN = _Seen(EVERYTHING)


def test_it_asks_nothing_of_anybody() -> None:
    assert SEEN.addresses
    assert all(one.startswith(("#", "data:")) for one in SEEN.addresses)
    assert not re.search(r"url\((?!#)|@import|<base|<iframe|<object", EVERYTHING)
    assert "default-src 'none'" in EVERYTHING


def test_it_runs_nothing_whatever_a_clip_is_called() -> None:
    assert "script" not in SEEN.tags
    assert not SEEN.handlers
    words = "".join(SEEN.words)
    assert pages.HOSTILE in words
    assert "a <b>fast</b> one" in words
    assert "<b>9 s</b>" in words


def test_what_is_opened_is_closed_and_ids_are_single() -> None:
    assert not SEEN.astray
    assert not SEEN.unclosed
    assert len(SEEN.ids) == len(set(SEEN.ids))


def test_every_place_that_is_pointed_to_is_there() -> None:
    assert {one[1:] for one in SEEN.addresses if one.startswith("#")} <= set(SEEN.ids)


def test_headings_are_in_order() -> None:
    levels = [int(tag[1]) for tag in SEEN.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(deeper <= level + 1 for level, deeper in pairwise(levels))


def test_every_section_of_the_contents_is_there_in_its_order() -> None:
    wanted = ["verdict", "figures", "curves", "strata", "errors", "pictures", "clips", "settings"]
    assert [one for one in SEEN.ids if one in wanted] == wanted


def test_the_same_twice_is_the_same(tmp_path: Path) -> None:
    of = pages.everything()
    for name in ("a", "b"):
        outcomes = matching.outcomes(of)
        page.write(tmp_path / name, pages.numbers(of), of, outcomes, pages.stills(of))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert (tmp_path / "a").read_text("utf-8") == EVERYTHING
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_a_still_that_is_not_there_is_said() -> None:
    assert EVERYTHING.count("no picture</p>") == 1


def test_a_quiet_clip_alone_makes_a_page_too() -> None:
    text = pages.text(pages.nothing())
    assert "nothing can be said about how many would be found" in text
    assert 'id="pictures"' not in text
    assert "Nothing was missed and nothing was told in vain." in text


def test_pictures_alone_are_no_recordings_and_miss_nothing() -> None:
    of = [one for one in pages.everything() if one.recording.kind == "picture"]
    text = pages.text(of)
    assert "4 single pictures, watched" in text
    assert "recordings, 0" not in text
    assert "Nothing was missed" not in text
    assert "No recording lasts, so that nothing could be missed or told" in text
    assert "There is nothing to draw a curve of." in text
    assert "There is nothing to tell apart." in text
    assert "There is none that lasts." in text


def test_hundreds_of_clips_stay_light() -> None:
    text = pages.text(pages.many(300))
    assert len(text) < 2_500_000
    assert "more clips with errors" in text
    assert "many: 200 clips without an error" in text
    assert "more errors had no room here" in text


def test_settings_and_provenance_are_told() -> None:
    words = " ".join("".join(SEEN.words).split())
    for told in ("thresholds.yaml, tuned 2026-11-20", "ab" * 32, "truth.csv", "analyse fps"):
        assert told in words


def test_a_curve_of_what_training_saw_claims_no_bound() -> None:
    assert "training saw some: it flatters" in EVERYTHING
    assert "On the grey strip there was no false alarm, which" not in EVERYTHING
    unseen = [one for one in pages.everything() if not one.recording.trained]
    text = pages.text(unseen)
    assert "it flatters" not in text
    assert "On the grey strip there was no false alarm, which" in text
