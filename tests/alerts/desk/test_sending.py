"""From the rules into the book, and from the book to somebody: each page once, or marked."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from alerts.answers import Command
from alerts.desk import book, going, inputs
from alerts.desk.deciding import Decider
from alerts.desk.deeds import Bell, Deeds
from alerts.desk.desk_file import DeskFile
from alerts.desk.intake import RECALL_TOPIC
from alerts.desk.lease import Lease
from alerts.desk.schema import DeskConfig
from alerts.desk.sender import Sender, again_s
from alerts.desk.turning import taken
from alerts.event import Event
from alerts.standing import EventState
from alerts.topics import Topics
from tests.alerts.samples import BEGAN, an_event
from tests.alerts.telling import a_page, a_state
from tests.support.list_step import ListStep
from tests.support.until import until

TOPICS = Topics("floorwatch", "site")
TWICE = {"steps": [{"after_s": 0, "to": ["floor"]}, {"after_s": 600, "to": ["supervisor"]}]}
CONFIG = DeskConfig.model_validate_json(json.dumps({"version": 1, "name": "d", "otherwise": TWICE}))


@dataclass
class Desk:
    """A book and those who act on it; nobody listens to a broker here."""

    lease: Lease
    deeds: Deeds = field(default_factory=Deeds)

    def hear(self, event: Event) -> None:
        key, topic = f"{event.event_id}/{event.seq}", TOPICS.alert(event.camera, event.label)
        self._put(key, event.event_id, topic, event.to_json())

    def answer(self, event: Event, action: str) -> None:
        command = Command("c1", action, "kim", BEGAN)  # type: ignore[arg-type]  # one of three
        topic = TOPICS.event_command(event.event_id)
        self._put(f"c-{action}", event.event_id, topic, command.to_json())

    def hear_former(self, state: EventState) -> None:
        self._put(f"recall/{state.version}", state.event_id, RECALL_TOPIC, state.to_json())

    def _put(self, key: str, event_id: str, topic: str, text: str) -> None:
        with self.lease.file.writing() as db:
            inputs.put(db, key, event_id, topic, text.encode(), put_at=time.time())

    def decide(self) -> None:
        decider = Decider(CONFIG, self.deeds)
        with self.lease.writing() as db:
            decider.act(db, self.lease.clock.now_s())

    def pages(self) -> dict[str, str]:
        """The end of each page's id, and its state."""
        rows = self.lease.file.rows("SELECT page_id, state FROM page")
        return {page_id.partition("-s")[2]: state for page_id, state in rows}

    def sending(self, step: ListStep, done: Callable[[], bool], recipient: str = "floor") -> None:
        """Sends until `done`."""
        stop, decided = threading.Event(), Bell()
        sender = Sender(
            recipient, step, self.lease, decided=decided, give_up_s=60, deeds=self.deeds
        )
        thread = threading.Thread(target=sender.run, args=(stop,))
        thread.start()
        until(done, "sent")
        stop.set()
        thread.join(20)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with DeskFile(tmp_path / "desk.sqlite3") as file:
        lease = Lease(file, "d", taken)
        lease.keep()
        yield Desk(lease)
        lease.release()


def test_what_was_told_is_told_once(desk: Desk) -> None:
    step = ListStep()
    desk.hear(an_event())
    desk.decide()
    assert desk.pages() == {"1-1": "planned"}
    desk.sending(step, lambda: desk.pages() == {"1-1": "sent"})
    desk.hear(an_event(seq=1))
    desk.hear(an_event())
    desk.decide()
    assert desk.pages() == {"1-1": "sent"}
    assert [page.repeat for page in step.taken] == [False]


def test_what_cannot_be_told_for_good_is_kept_and_the_next_are_told_at_once(desk: Desk) -> None:
    desk.hear(an_event())
    desk.decide()
    desk.sending(ListStep(manner="never"), lambda: desk.pages()["1-1"] == "failed")
    desk.decide()
    assert desk.pages() == {"1-1": "failed", "2-1": "planned"}
    said = desk.lease.file.rows("SELECT said FROM page WHERE state = 'failed'")
    assert said == [("the list says never",)]
    assert desk.deeds.counts()["pages_failed"] == 1


def test_what_may_have_been_told_is_marked_in_the_next_try(desk: Desk) -> None:
    step = ListStep(limit_s=0.05, manner="hang")
    desk.hear(an_event())
    desk.decide()
    desk.sending(step, lambda: desk.pages()["1-1"] == "planned" and step.tries > 0)
    step.manner = "well"
    desk.sending(step, lambda: desk.pages()["1-1"] == "sent")
    assert [page.repeat for page in step.taken] == [True]


def test_what_surely_was_not_told_is_not_marked(desk: Desk) -> None:
    step = ListStep(manner="later")
    desk.hear(an_event())
    desk.decide()
    desk.sending(step, lambda: step.tries > 0)
    step.manner = "well"
    desk.sending(step, lambda: desk.pages()["1-1"] == "sent")
    assert [page.repeat for page in step.taken] == [False]


@pytest.mark.parametrize("action", ["acknowledge", "resolve", "false_alarm"])
def test_what_has_not_gone_out_when_somebody_answers_does_not(desk: Desk, action: str) -> None:
    desk.hear(an_event())
    desk.decide()
    desk.answer(an_event(), action)
    desk.decide()
    assert desk.pages() == {"1-1": "taken_back"}


def test_what_failed_while_somebody_answered_is_not_tried_again(desk: Desk) -> None:
    desk.hear(an_event())
    desk.decide()
    with desk.lease.writing() as db:
        under_way = going.claim(db, "floor", desk.lease.clock.now_s())
    assert under_way is not None
    desk.answer(an_event(), "acknowledge")
    desk.decide()
    assert desk.pages() == {"1-1": "sending"}
    with desk.lease.writing() as db:
        going.later(db, under_way, 0.0, "busy", perhaps_told=False)
    assert desk.pages() == {"1-1": "taken_back"}


def test_who_takes_over_sends_again_what_was_going_out(desk: Desk, tmp_path: Path) -> None:
    desk.hear(an_event())
    desk.decide()
    with desk.lease.writing() as db:
        going.claim(db, "floor", desk.lease.clock.now_s())
    desk.lease.release()
    with DeskFile(tmp_path / "desk.sqlite3") as file:
        lease = Lease(file, "other", taken)
        lease.keep()
        with lease.writing() as db:
            again = going.claim(db, "floor", lease.clock.now_s())
        assert again is not None
        assert again.page.repeat
        lease.release()


def test_an_event_of_another_site_is_not_taken_for_ours(desk: Desk) -> None:
    desk.hear(an_event(site="elsewhere"))
    desk.decide()
    assert desk.pages() == {}
    assert desk.deeds.counts() == {"not_by_contract": 1}


def test_old_ones_are_taken_off_the_broker_and_then_forgotten(desk: Desk) -> None:
    desk.hear(an_event())
    desk.decide()
    later_s = desk.lease.clock.now_s() + 10
    with desk.lease.writing() as db:
        assert book.clear_old(db, later_s, 10) == 1
        assert db.execute("SELECT payload, version, told FROM state").fetchall() == [(b"", 2, 0)]
        assert book.clear_old(db, later_s, 10) == 0
        db.execute("UPDATE state SET told = 1")
        book.clear_old(db, later_s, 10)
        assert book.life_of(db, an_event().event_id) is None
        assert db.execute("SELECT * FROM state").fetchall() == []


def test_it_is_tried_again_soon_and_then_more_seldom() -> None:
    waits = [again_s(tries) for tries in (1, 2, 3, 10, 1000)]
    assert 0.5 <= waits[0] <= 1
    assert 1 <= waits[1] <= 2
    assert all(30 <= wait <= 60 for wait in waits[3:])


def test_what_is_new_does_not_wait_behind_what_failed_and_both_have_their_turn(
    tmp_path: Path,
) -> None:
    with DeskFile(tmp_path / "desk.sqlite3") as file, file.writing() as db:
        for number in range(6):
            db.execute(
                "INSERT INTO page (page_id, event_id, round, step, why, recipient, state, tries,"
                " due_s, put_s, page)"
                " VALUES (?, 'e', 1, 1, 'step', 'floor', 'planned', ?, 0, ?, ?)",
                (f"p{number}", int(number < 3), number, a_page(page_id=f"p{number}").to_json()),
            )
        turns = [going.claim(db, "floor", 1.0, retries_first=n % 4 == 3) for n in range(7)]
    told = [None if one is None else one.page.page_id for one in turns]
    assert told == ["p3", "p4", "p5", "p0", "p1", "p2", None]


@pytest.mark.parametrize("standing", ["acknowledged", "open"])
def test_a_state_of_ours_that_is_heard_late_is_taken_over(desk: Desk, standing: str) -> None:
    """The book was lost, and the broker's copy of how an event stands comes after the event."""
    event = an_event()
    desk.hear(event)
    desk.decide()
    former = a_state(7, standing)  # type: ignore[arg-type]  # one of two
    desk.hear_former(former)
    desk.hear_former(replace(former, version=6))
    desk.decide()
    with desk.lease.writing() as db:
        life = book.life_of(db, event.event_id)
    assert life is not None
    assert (life.standing, life.version) == (standing, 7)
    taken_back = {"s1-1": "taken_back" if standing == "acknowledged" else "planned"}
    assert desk.pages() == {name.removeprefix("s"): how for name, how in taken_back.items()}
    desk.answer(event, "resolve")
    desk.decide()
    with desk.lease.writing() as db:
        life = book.life_of(db, event.event_id)
    assert life is not None
    assert (life.standing, life.version) == ("resolved", 8)
