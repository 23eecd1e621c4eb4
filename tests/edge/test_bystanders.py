"""A bug in what looks at the cameras themselves: said loudly, and incidents are told as before."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from alerts.event import ModelUsed
from edge.attending import Attending
from edge.backends.scripted import ScriptedBackend
from edge.bystanders import Bystanders
from edge.clock import ReplayClock
from edge.fitness import Fitness, FitRules
from edge.noticing import Noticing
from edge.onlooker import Onlooker
from edge.pipeline import Seen
from edge.reconnect import Tally
from edge.report import Told
from tests.edge.bench import Bench, running
from tests.edge.frames import NS, pattern_card
from tests.edge.test_onlooker import Diary, looking, seen
from tests.edge.test_pipeline import FALL, film
from tests.support.until import until

START = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)


class Buggy(Diary):
    """Fails at one camera, in whatever it is asked."""

    def look(self, seen: Seen, occupied: bool) -> None:
        super().look(seen, occupied)
        self.fail(seen.frame.camera)

    def keep(self, camera: str, *, last: bool = False) -> None:
        super().keep(camera, last=last)
        self.fail(camera)

    def fail(self, camera: str) -> None:
        if camera == "hall":
            raise ZeroDivisionError("of the test")


def test_it_is_switched_off_for_that_camera_alone_and_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    buggy, well = Buggy(part="buggy"), Diary()
    onlooker = Onlooker([buggy, well], keep_s=0.2)
    with looking(onlooker):
        for at_s in range(4):
            for camera in ("hall", "door"):
                onlooker.show(seen(camera, at_s), False)
            until(partial(well.has, 2 * at_s + 2), "both were shown")
    assert [camera for camera, _, _ in buggy.looks] == ["hall", "door", "door", "door", "door"]
    assert buggy.kept > 0, "what is learnt of the other is kept"
    (line,) = (one for one in caplog.records if one.levelno >= logging.ERROR)
    assert "`buggy` of camera hall is switched off by a bug" in line.getMessage()
    assert line.exc_info is not None
    assert line.exc_info[0] is ZeroDivisionError
    (fault,) = onlooker.bystanders.faults()
    assert "of camera hall" in fault
    assert "ZeroDivisionError: of the test" in fault


def test_a_camera_that_is_changed_gets_another_try() -> None:
    buggy = Buggy()
    onlooker = Onlooker([buggy])
    with looking(onlooker):
        onlooker.show(seen("hall", 1), False)
        until(lambda: len(onlooker.bystanders.faults()) == 1, "it is off")
        onlooker.forget("hall")
        until(lambda: buggy.forgotten == ["hall"], "it is told")
        assert onlooker.bystanders.faults() == ()


def test_a_tick_that_fails_is_switched_off_and_the_others_go_on() -> None:
    ticks: list[str] = []

    def fails() -> None:
        ticks.append("fails")
        raise ValueError("two\nlines")

    onlooker = Onlooker([], {"bad": fails, "good": lambda: ticks.append("good")})
    with looking(onlooker):
        until(lambda: ticks.count("good") == 2, "it goes on")
    assert ticks == ["fails", "good", "good"]
    (fault,) = onlooker.bystanders.faults()
    assert fault.startswith("`bad` is switched off")
    assert "\n" not in fault


def test_incidents_are_decided_though_every_listener_fails(tmp_path: Path) -> None:
    onlooker = Onlooker([Buggy()])
    with ScriptedBackend(pattern_card(tmp_path)) as backend, looking(onlooker):
        bench = Bench(tmp_path, backend, onlooker=onlooker)
        with running(bench):
            for one in film("hall", FALL, 8):
                bench.show([one])
            until(lambda: len(onlooker.bystanders.faults()) == 1, "it has failed")
            until(lambda: any(e.label == "collapse" for e in bench.told), "it is told of")


def test_one_camera_that_cannot_be_seen_to_hides_no_other() -> None:
    clock, told = ReplayClock(START), list[Told]()
    gone = Tally(reason="offline", said="no route to host")
    streams: dict[str, Tally] = {"hall": None, "door": gone}  # type: ignore[dict-item]  # the bug
    rules: Mapping[str, FitRules] = dict.fromkeys(streams, FitRules(alert_after_s=10))
    fitness = Fitness(lambda: rules, clock, ZoneInfo("UTC"))
    noticing = Noticing("lab", ModelUsed("first", "0" * 64), clock, told.append)
    bystanders = Bystanders()
    attending = Attending(lambda: streams, lambda: rules, fitness, noticing, guard=bystanders.run)
    for second in range(15):
        clock.set(second * NS)
        attending.tick()
    assert [one.event.camera for one in told] == ["door"]
    assert len(bystanders.faults()) == 1
