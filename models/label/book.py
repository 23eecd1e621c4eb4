"""The book of labels: what is to be labelled, what is suggested, and who said what.

    with Book.open(project) as book:
        numbers = book.add([Item("picture", path, digest)])
        book.suggest([Suggestion(numbers[0], "spill", 0.8, spill=0.8, model_sha256=sha)])
        book.give(Given(numbers[0], "kim", "spill"))
        book.standing()             # the last answer of everybody to everything

What several labellers say of one item stands beside each other. What was settled between them is an
answer by `SETTLED`, and wins over theirs in `verdicts`.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from typing_extensions import Self

from alerts import moments
from models.label import rows
from models.label.book_file import BookFile
from models.label.words import Answer, Given, Item, Suggestion, Turn

NAME = "labels.sqlite"
_NUMBER_MAX = 2**63 - 1  # SQLite's
SETTLED = "settled"  # the labeller of what was decided between labellers


class Book:
    """A project's labels. A context manager, thread-safe; every method raises BadBook where the
    file cannot be used."""

    def __init__(self, file: BookFile) -> None:
        self._file = file

    @classmethod
    def open(cls, project: Path) -> Book:
        """The book in a project's folder, made if there is none. Raises BadBook."""
        return cls(BookFile(project / NAME))

    @property
    def path(self) -> Path:
        """Of the file."""
        return self._file.path

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._file.close()

    def add(self, items: Iterable[Item]) -> list[int]:
        """Their numbers. What is in the book already stays as it is, and is only found where it
        lies now: its path is noted anew."""
        with self._file.writing() as db:
            return [rows.add_item(db, item) for item in items]

    def items(self) -> list[Item]:
        """All of them, as they were added."""
        return [rows.item(row) for row in self._file.rows("SELECT * FROM item ORDER BY number")]

    def item(self, number: int) -> Item | None:
        """The one of that number."""
        if number > _NUMBER_MAX:
            return None
        found = self._file.rows("SELECT * FROM item WHERE number = ?", number)
        return rows.item(found[0]) if found else None

    def suggest(self, suggestions: Iterable[Suggestion]) -> None:
        """Note them; of one kind and model the later one counts."""
        made_at = moments.to_text(moments.now())
        with self._file.writing() as db:
            for one in suggestions:
                rows.add_suggestion(db, one, made_at)

    def suggestions(
        self, kind: str = "model", model_sha256: str | None = None
    ) -> Mapping[int, Suggestion]:
        """By item: the latest of that kind, or of that model alone."""
        found = self._file.rows(
            "SELECT * FROM suggestion WHERE kind = ?1 AND (?2 IS NULL OR model_sha256 = ?2) "
            "ORDER BY made_at, rowid",
            kind,
            model_sha256,
        )
        return {int(row["item"]): rows.suggestion(row) for row in found}

    def suggestion(self, item: int, model_sha256: str) -> Suggestion | None:
        """What that model suggests for one item."""
        found = self._file.rows(
            "SELECT * FROM suggestion WHERE kind = 'model' AND item = ? AND model_sha256 = ?",
            item,
            model_sha256,
        )
        return rows.suggestion(found[0]) if found else None

    def suggested(self, model_sha256: str) -> dict[int, tuple[Answer, float]]:
        """By item, what that model suggests and how surely: all of it at a glance."""
        found = self._file.rows(
            "SELECT item, answer, score FROM suggestion WHERE kind = 'model' AND model_sha256 = ?",
            model_sha256,
        )
        return {int(item): (answer, float(score)) for item, answer, score in found}

    def give(self, answers: Iterable[Given]) -> list[int]:
        """Note answers, all or none; their numbers."""
        at = moments.to_text(moments.now())
        with self._file.writing() as db:
            return [rows.add_answer(db, one, one.at or at) for one in answers]

    def undo(self, numbers: Iterable[int]) -> None:
        """Take answers back: what the labeller said before, if anything, stands again."""
        at = moments.to_text(moments.now())
        with self._file.writing() as db:
            for number in numbers:
                db.execute(
                    "INSERT OR IGNORE INTO undone SELECT number, who, ? FROM answer "
                    "WHERE number = ?",
                    (at, number),
                )

    def standing(self, who: str | None = None) -> list[Given]:
        """What each labeller, or one of them, says of each item now, in the order they said it."""
        query = "SELECT * FROM standing WHERE ?1 IS NULL OR who = ?1 ORDER BY number"
        return [rows.answer(row) for row in self._file.rows(query, who)]

    def said(self, item: int, who: str) -> Given | None:
        """What one labeller says of one item now."""
        query = (
            "SELECT * FROM answer WHERE item = ? AND who = ? AND number NOT IN "
            "(SELECT answer FROM undone) ORDER BY number DESC LIMIT 1"
        )
        found = self._file.rows(query, item, who)
        return rows.answer(found[0]) if found else None

    def last(self, who: str) -> list[Given]:
        """What one labeller's last press that stands has answered: one item, or a page of them."""
        query = (
            "SELECT * FROM answer WHERE who = ?1 AND number NOT IN (SELECT answer FROM undone) "
            "ORDER BY number DESC LIMIT 200"
        )
        found = [rows.answer(row) for row in self._file.rows(query, who)]
        return [one for one in found if one.at == found[0].at and one.mode == found[0].mode]

    def answers(self, numbers: Iterable[int]) -> list[Given]:
        """Those of these numbers that there are, undone ones too."""
        query = "SELECT * FROM answer WHERE number = ?"
        found = [self._file.rows(query, number) for number in numbers]
        return [rows.answer(row) for one in found for row in one]

    def given(self) -> list[Given]:
        """Every answer that was ever given, undone ones too."""
        return [rows.answer(row) for row in self._file.rows("SELECT * FROM answer ORDER BY number")]

    def undone(self) -> frozenset[int]:
        """The numbers of answers that were taken back."""
        return frozenset(int(row[0]) for row in self._file.rows("SELECT answer FROM undone"))

    def labellers(self) -> list[str]:
        """Who has answered, in the order of their first answers."""
        query = "SELECT who FROM answer GROUP BY who ORDER BY min(number)"
        return [str(row[0]) for row in self._file.rows(query)]

    def verdicts(self) -> dict[int, Given]:
        """By item, the one answer to go by: what was settled, or what all who were sure say (the
        latest of theirs, for times and marks). Items that they disagree on, and those that nobody
        is sure of, are left out."""
        said: dict[int, list[Given]] = defaultdict(list)
        for one in self.standing():
            said[one.item].append(one)
        found = {item: _verdict(answers) for item, answers in said.items()}
        return {item: one for item, one in found.items() if one is not None}

    def queue(self, turns: Iterable[Turn]) -> None:
        """Set which items come first, in place of what was set before."""
        with self._file.writing() as db:
            db.execute("DELETE FROM turn")
            db.executemany(
                "INSERT INTO turn VALUES (?, ?, ?, ?)",
                [(one.item, one.rank, one.why, one.probability) for one in turns],
            )

    def turns(self) -> list[Turn]:
        """The items that come first, in that order."""
        found = self._file.rows("SELECT * FROM turn ORDER BY rank, item")
        return [_turn(row) for row in found]


def _verdict(answers: Sequence[Given]) -> Given | None:
    settled = [one for one in answers if one.who == SETTLED]
    sure = settled or [one for one in answers if one.answer != "unsure"]
    agreed = sure and len({one.answer for one in sure}) == 1 and sure[-1].answer != "unsure"
    return sure[-1] if agreed else None


def _turn(row: sqlite3.Row) -> Turn:
    return Turn(int(row["item"]), float(row["rank"]), str(row["why"]), row["probability"])
