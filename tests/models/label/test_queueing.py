"""The book's queue, chosen out of what the model has looked at; looks are of real pictures."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.zoo import find
from models.label import choosing, queueing
from models.label.book import SETTLED, Book
from models.label.words import Curve, Given, Item, Suggestion
from models.lineage import SHIPPED_MODEL
from tests.models.label.test_usable import a_clip, room

CARD = find(SHIPPED_MODEL, None).card
SHA = CARD.sha256


def an_item(path: Path, number: int) -> Item:
    return Item("picture", path, f"{number:064}", camera="hall",
                occurred_at=f"2026-03-01T{number // 60:02}:{number % 60:02}:00.000Z")  # fmt: skip


def a_picture(folder: Path, number: int, at: int) -> Path:
    """Somebody at one of many places of one room."""
    rgb = room(number)
    y, x = 8 * (at // 12), 12 * (at % 12)
    rgb[y : y + 24, x : x + 14] = 30
    path = folder / f"{number}.png"
    cv2.imwrite(str(path), np.ascontiguousarray(rgb[..., ::-1]))
    return path


def filled(book: Book, folder: Path, count: int = 60) -> list[int]:
    """Every second picture shows what the one before it shows."""
    items = [an_item(a_picture(folder, n, n // 2), n) for n in range(count)]
    numbers = book.add(items)
    book.suggest(
        Suggestion(n, "nothing", 0.5, collapse=0.9 * order / count, model_sha256=SHA)
        for order, n in enumerate(numbers)
    )
    return numbers


def test_what_looks_the_same_comes_once(tmp_path: Path) -> None:
    with Book.open(tmp_path) as book:
        numbers = filled(book, tmp_path)
        turns = queueing.renew(book, CARD, count=20, mix=choosing.Mix(1.0, 0.0, 0.0, 0.0))
        assert book.turns() == turns
    assert len(turns) == 20
    assert {n % 2 for n in (numbers.index(turn.item) for turn in turns)} == {1}


def test_what_is_answered_comes_again_only_for_the_others(tmp_path: Path) -> None:
    with Book.open(tmp_path) as book:
        numbers = filled(book, tmp_path)
        book.give(Given(n, "kim", "nothing") for n in numbers[:30])
        turns = queueing.renew(book, CARD, count=20)
    again = [turn for turn in turns if turn.why == "again"]
    assert len(again) == 2
    assert {turn.item for turn in again} <= {*numbers[:30]}
    assert not {turn.item for turn in turns if turn.why != "again"} & {*numbers[:30]}


def test_near_a_known_incident_what_is_just_under_comes(tmp_path: Path) -> None:
    """A collapse at half past midnight; pictures are a minute apart, their scores rise."""
    with Book.open(tmp_path) as book:
        numbers = filled(book, tmp_path)
        book.give([Given(numbers[20], "kim", "collapse")])
        turns = queueing.renew(book, CARD, count=20, mix=choosing.Mix(0.0, 0.0, 1.0, 0.0))
    missed = [numbers.index(turn.item) for turn in turns if turn.why == "missed"]
    assert missed
    assert all(abs(n - 20) <= 10 for n in missed)


def test_for_who_settles_it_is_what_they_disagree_on(tmp_path: Path) -> None:
    with Book.open(tmp_path) as book:
        numbers = filled(book, tmp_path)
        book.give([Given(numbers[4], "kim", "spill"), Given(numbers[4], "lee", "nothing")])
        turns = queueing.renew(book, CARD, who=SETTLED)
    assert [(turn.item, turn.why) for turn in turns] == [(numbers[4], "disagreed")]


def test_of_a_clip_the_picture_that_scored_highest_is_looked_at(tmp_path: Path) -> None:
    """Two clips of which only those moments differ, and one that was taken away."""
    clip = a_clip(tmp_path, "day")
    items = [replace(an_item(clip, n), kind="clip", length_s=3.0) for n in range(3)]
    items[2] = replace(items[2], path=tmp_path / "gone.mp4")
    with Book.open(tmp_path) as book:
        numbers = book.add(items)
        for n, peak in zip(numbers, (0.0, 2.0, 1.0), strict=True):
            curve = Curve((peak,), (0.9,), (0.0,))
            book.suggest([Suggestion(n, "collapse", 0.9, 0.9, model_sha256=SHA, curve=curve)])
        turns = queueing.renew(book, CARD, mix=choosing.Mix(1.0, 0.0, 0.0, 0.0))
    why = Counter(turn.why for turn in turns)
    assert why == {"high": 2}  # the room is the same at both moments; of what is gone nobody knows


@pytest.mark.parametrize("brighter", [0, 25])
def test_a_look_is_of_the_whole_picture(brighter: int) -> None:
    dark, light = room(1), np.clip(room(2).astype(int) + brighter, 0, 255).astype(np.uint8)
    assert choosing.alike(queueing.look(dark), queueing.look(light))
    light[20:60, 70:90] = 20
    assert not choosing.alike(queueing.look(dark), queueing.look(light))
