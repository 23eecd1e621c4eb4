"""Between looking and telling: in order, without ever blocking the one who looks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from threading import Event

import pytest

from alerts.event import ModelUsed, Phase, ThresholdUsed
from edge.clock import ReplayClock
from edge.core.types import Scores
from edge.eventing import Eventing
from edge.noticing import Notice, Noticing
from edge.pipeline import Seen
from edge.report import Told
from edge.teller import Teller
from tests.edge.frames import decision, frame, pattern_card
from tests.support import scenes
from tests.support.until import until

START = datetime(2026, 11, 20, tzinfo=timezone.utc)


@pytest.fixture
def eventing(tmp_path: Path) -> Eventing:
    used = {("hall", "collapse"): ThresholdUsed(0.5, "the test")}
    return Eventing("lab", pattern_card(tmp_path), ReplayClock(START), used)  # type: ignore[arg-type]


def told(eventing: Eventing, number: int, phase: Phase = "opened") -> Told:
    scores = Scores(0, 16 / 9, (scenes.down(),), scenes.liquid())
    one = decision(phase, seq=number)
    return Told(eventing.event(one), one, Seen(frame("hall"), scores, (), (one,)))


class Hung:
    """Whoever writes and sends, hanging until it is let go."""

    def __init__(self) -> None:
        self.free, self.got = Event(), list[Told]()

    def tell(self, one: Told) -> None:
        assert self.free.wait(60)
        self.got.append(one)


@contextmanager
def running(teller: Teller) -> Iterator[None]:
    stop = Event()
    thread = threading.Thread(target=teller.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


def test_all_is_told_in_order_and_before_a_stop_is_over(eventing: Eventing) -> None:
    hung = Hung()
    teller = Teller(hung.tell)
    with running(teller):
        for number in range(10):
            teller.tell(told(eventing, number))
        hung.free.set()
    assert [one.event.seq for one in hung.got] == list(range(10))
    assert teller.waiting() == 0


def test_beyond_a_few_they_wait_without_their_pictures(eventing: Eventing) -> None:
    hung = Hung()
    teller = Teller(hung.tell, pictures_max=3)
    for number in range(6):
        teller.tell(told(eventing, number))
    hung.free.set()
    with running(teller):
        until(lambda: len(hung.got) == 6, "all told")
    assert [one.seen is not None for one in hung.got] == [True] * 3 + [False] * 3


def test_beyond_many_updates_go_first_then_closings_then_the_oldest(eventing: Eventing) -> None:
    hung = Hung()
    teller = Teller(hung.tell, count_max=3)
    phases: list[Phase] = ["opened", "updated", "closed", "opened", "opened", "closed"]
    for number, phase in enumerate(phases):
        teller.tell(told(eventing, number, phase))
    assert teller.given_up == 3
    hung.free.set()
    with running(teller):
        until(lambda: len(hung.got) == 3, "what is left is told")
    assert [one.event.seq for one in hung.got] == [0, 3, 4]


def noticed(number: int) -> Told:
    """Camera `number` cannot see; with its picture."""
    noticing = Noticing("lab", ModelUsed("first", "0" * 64), ReplayClock(START), lambda _told: None)
    one = Notice(f"c{number}", "camera", 0, 0, "dark", 1.0, ThresholdUsed(0.0, "fit to see"))
    scores = Scores(0, 16 / 9, (), scenes.liquid())
    return Told(noticing.opened(one), None, Seen(frame(f"c{number}"), scores, (), ()))


def test_an_incident_need_not_wait_for_all_cameras_that_went_blind_at_once(
    eventing: Eventing,
) -> None:
    hung = Hung()
    teller = Teller(hung.tell, pictures_max=3)
    for number in range(20):
        teller.tell(noticed(number))
    teller.tell(told(eventing, 0))
    teller.tell(told(eventing, 1, "closed"))
    hung.free.set()
    with running(teller):
        until(lambda: len(hung.got) == 22, "all told")
    assert [one.event.phase for one in hung.got[:2]] == ["opened", "closed"]
    assert hung.got[0].seen is not None
    assert [one.event.camera for one in hung.got[2:]] == [f"c{number}" for number in range(20)]


def test_what_is_of_cameras_is_given_up_before_any_incident(eventing: Eventing) -> None:
    hung = Hung()
    teller = Teller(hung.tell, count_max=3)
    teller.tell(told(eventing, 0, "updated"))
    for number in range(5):
        teller.tell(noticed(number))
    teller.tell(told(eventing, 1))
    hung.free.set()
    with running(teller):
        until(lambda: len(hung.got) == 3, "what is left is told")
    assert teller.given_up == 4
    assert [one.event.label for one in hung.got] == ["collapse", "collapse", "camera"]


def test_one_who_tells_and_hangs_shows_no_life(eventing: Eventing) -> None:
    hung = Hung()
    teller = Teller(hung.tell)
    with running(teller):
        until(lambda: teller.pulse.age_s() < 1, "it lives")
        teller.tell(told(eventing, 0))
        until(lambda: teller.pulse.age_s() > 1, "it hangs")
        hung.free.set()
        until(lambda: teller.pulse.age_s() < 1, "it lives again")
