"""Test alerts that a person orders: of a real picture, and of no incident."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.backends.scripted import ScriptedBackend
from tests.edge.bench import Bench, running, watch
from tests.edge.frames import frame, pattern_card
from tests.edge.test_pipeline import FALL, QUIET, film


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with ScriptedBackend(pattern_card(tmp_path)) as backend:
        yield Bench(tmp_path, backend)


def test_a_drill_takes_the_next_picture_and_ends_by_itself(bench: Bench) -> None:
    with running(bench):
        order = bench.brain.drills.order("hall", "spill", 2.0, 60)
        assert order is not None
        bench.show(film("door", QUIET, 1))
        assert not order.begun.is_set()
        frames = film("hall", QUIET, 4)
        bench.show(frames[:1])
        assert order.begun.is_set()
        assert bench.brain.drills.order("hall", "spill", 2.0, 60) is None  # one goes on
        bench.show(frames[1:])
    opened, closed = bench.handed
    assert opened.seen is not None
    assert (opened.event.phase, closed.event.phase) == ("opened", "closed")
    assert opened.event.event_id == closed.event.event_id == order.event_id
    assert opened.event.drill
    assert closed.event.drill
    assert opened.event.label == "spill"
    assert (closed.event.detected_at - opened.event.detected_at).total_seconds() == 2.0


def test_a_drill_beside_a_real_fall_changes_nothing_about_it(tmp_path: Path) -> None:
    told: list[list[tuple[str, int, str]]] = []
    for drilled in (False, True):
        folder = tmp_path / str(drilled)
        with ScriptedBackend(pattern_card(folder)) as backend:
            bench = Bench(folder, backend)
            with running(bench):
                frames = film("hall", FALL, 8)
                bench.show(frames[:25])
                if drilled:
                    assert bench.brain.drills.order("hall", "collapse", 1.0, 60) is not None
                bench.show(frames[25:])
            real = [event for event in bench.told if not event.drill]
            assert any(event.drill for event in bench.told) is drilled
            told.append([(event.event_id, event.seq, event.phase) for event in real])
    assert told[0] == told[1]


def test_a_picture_that_comes_too_late_begins_no_drill(bench: Bench) -> None:
    order = bench.brain.drills.order("hall", "collapse", 1.0, 0.05)
    assert order is not None
    threading.Event().wait(0.1)
    with running(bench):
        bench.show([frame("hall")])
    assert not bench.told
    assert not order.begun.is_set()


def test_a_camera_that_comes_back_holds_no_drill_of_before(bench: Bench) -> None:
    with running(bench):
        bench.show([frame("door")])
        assert bench.brain.drills.order("hall", "collapse", 1.0, 600) is not None
        bench.brain.watch(watch(["door"]))
        bench.show([frame("door")])
        bench.brain.watch(watch())
        bench.show([frame("hall")])
    assert not bench.told


def test_a_drill_is_closed_when_the_daemon_stops(bench: Bench) -> None:
    with running(bench):
        assert bench.brain.drills.order("hall", "collapse", 600.0, 60) is not None
        bench.show([frame("hall")])
    assert [(event.phase, event.seq) for event in bench.told] == [("opened", 0), ("closed", 1)]
