"""The book of labels: nothing said is lost, what is undone is undone, several have it open."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from alerts.errors import UserError
from edge.core.types import Box
from models.label.book import NAME, SETTLED, Book
from models.label.book_file import SCRIPTS, BadBook
from models.label.words import Curve, Given, Item, Marked, Marks, Outlined, Suggestion, Turn

MARKS = Marks(
    (Marked(Box(0.1, 0.2, 0.25, 0.5), "down"),),
    (Outlined("spill", ((0.0, 0.5), (0.5, 0.5), (0.25, 1.0))),),
)


def an_item(name: str = "a.jpg", **more: object) -> Item:
    item = Item("picture", Path("/footage") / name, f"digest of {name}", camera="hall")
    return replace(item, **more)  # type: ignore[arg-type]


def test_what_is_added_is_there_once(tmp_path: Path) -> None:
    with Book.open(tmp_path) as book:
        first, clip = an_item(), an_item("b.mp4", kind="clip", length_s=12.5)
        assert book.add([first, clip]) == [1, 2]
        moved = an_item(path=Path("/elsewhere/a.jpg"), camera="another")
        moment = an_item(at_s=3.0)
        assert book.add([moved, moment, clip]) == [1, 3, 2]
    with Book.open(tmp_path) as book:
        assert book.items() == [
            replace(first, number=1, path=Path("/elsewhere/a.jpg")),
            replace(clip, number=2),
            replace(moment, number=3),
        ]
        assert book.item(2) == replace(clip, number=2)
        assert book.item(4) is None


def test_suggestions_come_back_as_they_were_and_the_later_one_counts(tmp_path: Path) -> None:
    with Book.open(tmp_path) as book:
        [number] = book.add([an_item()])
        curve = Curve((0.0, 0.2), (0.1, 0.9), (0.0, 0.25))
        one = Suggestion(number, "collapse", 0.9, 0.9, 0.25, "model", "aa", 0.2, 0.4, MARKS, curve)
        of_file = Suggestion(number, "nothing", 1.0, kind="coco", marks=Marks((), None))
        book.suggest([replace(one, answer="spill"), of_file])
        book.suggest([one])
        assert book.suggestion(number, "aa") == one
        assert book.suggestion(number, "bb") is None
        assert book.suggestions() == {number: one}
        assert book.suggestions("coco") == {number: of_file}
        assert book.suggestions(model_sha256="bb") == {}


def test_an_answer_is_undone_to_what_was_said_before(tmp_path: Path) -> None:
    with Book.open(tmp_path) as book:
        [number] = book.add([an_item()])
        first, second = Given(number, "kim", "spill", marks=MARKS), Given(number, "kim", "nothing")
        numbers = book.give([first]) + book.give([second])
        assert book.said(number, "kim") == book.standing()[0]
        assert book.standing()[0].answer == "nothing"
        book.undo(numbers[1:])
        book.undo(numbers[1:])
        [stands] = book.standing("kim")
        assert (stands.answer, stands.marks) == ("spill", MARKS)
        book.undo(numbers[:1])
        assert book.standing() == []
        assert book.said(number, "kim") is None
        assert [one.answer for one in book.given()] == ["spill", "nothing"]
        assert book.undone() == frozenset(numbers)


def test_what_nobody_looked_at_is_not_nobody_there(tmp_path: Path) -> None:
    with Book.open(tmp_path) as book:
        [number] = book.add([an_item()])
        book.give([Given(number, "kim", "nothing", marks=Marks((), None))])
        assert book.standing()[0].marks == Marks((), None)


def test_answers_cannot_be_changed_or_deleted(tmp_path: Path) -> None:
    with Book.open(tmp_path) as book:
        book.give([Given(book.add([an_item()])[0], "kim", "spill")])
    db = sqlite3.connect(tmp_path / NAME)
    for statement in ("UPDATE answer SET answer = 'nothing'", "DELETE FROM answer"):
        with pytest.raises(sqlite3.IntegrityError, match="never"):
            db.execute(statement)
    db.close()


def test_all_answers_are_noted_or_none(tmp_path: Path) -> None:
    with Book.open(tmp_path) as book:
        [number] = book.add([an_item()])
        with pytest.raises(sqlite3.IntegrityError):
            book.give([Given(number, "kim", "spill"), Given(number + 1, "kim", "spill")])
        assert book.given() == []


def test_verdicts_are_what_all_agree_on_or_what_was_settled(tmp_path: Path) -> None:
    with Book.open(tmp_path) as book:
        numbers = book.add([an_item(name) for name in "abcd"])
        said = [("spill", "spill"), ("spill", "nothing"), ("unsure", "nothing"), ("unsure",) * 2]
        for number, answers in zip(numbers, said, strict=True):
            for who, answer in zip(("kim", "lee"), answers, strict=True):
                book.give([Given(number, who, answer)])  # type: ignore[arg-type]
        found = {number: one.answer for number, one in book.verdicts().items()}
        assert found == {numbers[0]: "spill", numbers[2]: "nothing"}
        book.give([Given(numbers[1], SETTLED, "nothing"), Given(numbers[0], SETTLED, "unsure")])
        found = {number: one.answer for number, one in book.verdicts().items()}
        assert found == {numbers[1]: "nothing", numbers[2]: "nothing"}
        assert book.labellers() == ["kim", "lee", SETTLED]


def test_turns_replace_those_before(tmp_path: Path) -> None:
    with Book.open(tmp_path) as book:
        one, other = book.add([an_item("a"), an_item("b")])
        book.queue([Turn(one, 1.0, "random", 0.25)])
        turns = [Turn(other, 1.0, "near"), Turn(one, 2.0, "random", 0.5)]
        book.queue(reversed(turns))
        assert book.turns() == turns


def test_two_programs_write_into_one_book(tmp_path: Path) -> None:
    with Book.open(tmp_path) as book, Book.open(tmp_path) as other:
        [number] = book.add([an_item()])
        other.give([Given(number, "lee", "spill")])
        book.give([Given(number, "kim", "spill")])
        assert [one.who for one in other.standing()] == ["lee", "kim"]


def test_a_file_that_cannot_be_used_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_bytes(b"these are no labels, whatever the name says" * 100)
    with pytest.raises(BadBook, match="no file of labels"):
        Book.open(tmp_path)
    path.unlink()
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA user_version = {len(SCRIPTS) + 1}")
    db.close()
    with pytest.raises(UserError, match="newer floorwatch"):
        Book.open(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(BadBook, match="cannot be opened"):
        Book.open(tmp_path / "file")


def test_a_number_of_no_item_is_none_however_long(tmp_path: Path) -> None:
    with Book.open(tmp_path) as book:
        assert book.item(10**20) is None
        assert book.item(-1) is None


def test_a_file_that_is_damaged_while_it_is_open_is_said(tmp_path: Path) -> None:
    with Book.open(tmp_path) as book:
        long = "x" * 5000  # more in all than is held in memory
        book.add([replace(an_item(str(number)), note=long) for number in range(1000)])
    with Book.open(tmp_path) as book:
        with (tmp_path / NAME).open("r+b") as file:
            file.seek(4096)
            file.write(bytes((tmp_path / NAME).stat().st_size - 4096))
        with pytest.raises(BadBook, match="put back a copy"):
            book.items()
