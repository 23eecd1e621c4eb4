"""One row that cannot be handled: it is set aside and told, and all others go on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from alerts.desk import inputs
from alerts.desk.checking import check
from alerts.desk.deciding import Decider
from alerts.desk.deeds import Deeds
from alerts.desk.desk_file import DeskFile
from alerts.desk.schema import DeskConfig, load
from alerts.paging import Page
from alerts.topics import Topics
from tests.alerts.samples import an_event
from tests.support.desks import desk_file

TOPICS = Topics("floorwatch", "site")


class Book:
    """A book and who decides; `now_s` is the desk's clock."""

    def __init__(self, folder: Path) -> None:
        self.config: DeskConfig = load(
            desk_file(folder / "one.yaml", 1, otherwise={"steps": [
                {"after_s": 0, "to": ["floor"]}, {"after_s": 60, "to": ["supervisor"]}
            ]})
        )  # fmt: skip
        self.file = DeskFile(self.config.folder / "desk.sqlite3")
        self.deeds = Deeds()

    def hear(self, ordinal: int, seq: int = 0) -> None:
        event = an_event(ordinal, seq)
        topic = TOPICS.alert(event.camera, event.label)
        with self.file.writing() as db:
            payload = event.to_json().encode()
            inputs.put(db, f"{ordinal}/{seq}", event.event_id, topic, payload, put_at=time.time())

    def decide(self, now_s: float) -> int:
        with self.file.writing() as db:
            return Decider(self.config, self.deeds).act(db, now_s)

    def garble(self, ordinal: int) -> None:
        with self.file.writing() as db:
            event_id = an_event(ordinal).event_id
            db.execute("UPDATE life SET life = '{\"round\"' WHERE event_id = ?", (event_id,))

    def pages(self) -> list[Page]:
        rows = self.file.rows("SELECT page FROM page ORDER BY rowid")
        return [Page.from_json(text) for (text,) in rows]


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    made = Book(tmp_path)
    with made.file:
        yield made


def test_a_life_that_cannot_be_read_ends_nobody_else_s(
    book: Book, caplog: pytest.LogCaptureFixture
) -> None:
    for ordinal in range(3):
        book.hear(ordinal)
    book.decide(0.0)
    book.garble(1)
    assert book.decide(100.0) == 3
    assert book.decide(100.0) == 0  # and it is not due again
    told = book.pages()
    ids = [an_event(ordinal).event_id for ordinal in range(3)]
    assert sorted(one.event_id for one in told if one.step == 2) == sorted([ids[0], ids[2]])
    (one, two) = [one for one in told if one.step == 0]
    assert {one.recipient, two.recipient} == {"floor", "supervisor"}
    assert one.subject == "COULD NOT BE HANDLED, site / hall"
    assert ids[1] in one.text
    assert book.deeds.counts()["set_aside"] == 1
    assert any(record.exc_info for record in caplog.records)  # for who mends it


def test_what_comes_of_it_later_is_set_aside_and_a_check_fails_until_somebody_looks(
    book: Book,
) -> None:
    book.hear(0)
    book.decide(0.0)
    book.garble(0)
    book.hear(0, seq=1)
    book.hear(1)
    assert book.decide(1.0) == 2
    assert book.decide(2.0) == 0
    assert an_event(1).event_id in {one.event_id for one in book.pages()}
    (folder,) = [one for one in check(book.config) if one.what == "folder"]
    assert not folder.good
    assert "1 messages could not be handled" in folder.words
