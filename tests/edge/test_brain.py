"""The one thread that looks: latest frames, in batches, until all recordings have ended; and what
changes when the site file is read again."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from threading import Event as StopEvent

import pytest

from alerts.event import Event, ThresholdUsed
from edge.backends.scripted import ScriptedBackend
from edge.brain import Brain, Watch
from edge.clock import ReplayClock
from edge.core.types import LABELS, Frame, Label
from edge.errors import BackendStuck
from edge.eventing import Eventing
from edge.mailbox import Mailboxes
from edge.pipeline import Pipeline, View
from edge.ports import Backend, FloatBatch
from edge.report import Told
from tests.edge.frames import NS, frame, pattern_card
from tests.edge.test_pipeline import FALL, POLICY, QUIET, film, view
from tests.support.until import until

START = datetime(2026, 11, 20, tzinfo=timezone.utc)
CAMERAS = ("hall", "door")


def watch(
    cameras: Iterable[str] = CAMERAS, threshold: float = 0.5, anew: Iterable[str] = ()
) -> Watch:
    rules = replace(
        POLICY,
        collapse=replace(POLICY.collapse, threshold=threshold),
        spill=replace(POLICY.spill, threshold=threshold),
    )
    views: Mapping[str, View] = {name: replace(view(), policy=rules) for name in cameras}
    used: dict[tuple[str, Label], ThresholdUsed] = {
        (camera, label): ThresholdUsed(threshold, "the test")
        for camera in cameras
        for label in LABELS
    }
    return Watch(views, used, frozenset(anew))


class Bench:
    """A brain with its mailboxes, and what it told."""

    def __init__(self, folder: Path, backend: Backend, batch_max: int = 8) -> None:
        card, clock = pattern_card(folder), ReplayClock(START)
        self.boxes, self.handed, self.clock = Mailboxes(), list[Told](), clock
        self.brain = Brain(
            self.boxes,
            Pipeline(card, backend, clock, {}),
            Eventing("lab", card, clock, {}),
            self.handed.append,
            clock,
            batch_max=batch_max,
        )
        self.brain.watch(watch())

    @property
    def told(self) -> list[Event]:
        return [one.event for one in self.handed]

    def show(self, frames: Iterable[Frame]) -> None:
        """One after the other, each looked at before the next comes."""
        for one in frames:
            before = self.brain.looked.frames.get(one.camera, 0)
            self.boxes.put(one)
            until(partial(self.has_seen, one.camera, before + 1), "it was seen")

    def has_seen(self, camera: str, frames: int) -> bool:
        return self.brain.looked.frames.get(camera) == frames

    def phases(self) -> list[tuple[str, str]]:
        return [(event.camera, event.phase) for event in self.told]


@contextmanager
def running(bench: Bench) -> Iterator[threading.Thread]:
    stop = StopEvent()
    thread = threading.Thread(target=bench.brain.run, args=(stop,))
    thread.start()
    try:
        yield thread
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with ScriptedBackend(pattern_card(tmp_path)) as backend:
        yield Bench(tmp_path, backend)


def test_it_ends_with_the_last_recording_and_closes_what_is_open(bench: Bench) -> None:
    with running(bench) as thread:
        bench.boxes.end("door")
        bench.show(film("hall", FALL, 8))
        assert thread.is_alive()
        bench.boxes.end("hall")
        thread.join(20)
        assert not thread.is_alive()
    assert bench.phases() == [("hall", "opened"), ("hall", "closed")]
    assert bench.brain.looked.frames == {"hall": 40}


def test_stop_closes_what_is_open(bench: Bench) -> None:
    with running(bench):
        bench.show(film("hall", FALL, 7))
    assert bench.phases() == [("hall", "opened"), ("hall", "closed")]


def test_a_batch_has_one_frame_of_a_camera_and_no_more_than_the_backend_takes(
    tmp_path: Path,
) -> None:
    with ScriptedBackend(pattern_card(tmp_path)) as backend:
        bench = Bench(tmp_path, backend, batch_max=1)
        for camera in CAMERAS:
            bench.boxes.put(frame(camera))
            bench.boxes.end(camera)
        bench.brain.run(StopEvent())
    assert bench.brain.looked.batches == 2
    assert bench.brain.looked.frames == {"hall": 1, "door": 1}


def test_it_says_how_old_a_frame_was_when_it_was_decided_on(bench: Bench) -> None:
    bench.clock.set(10 * NS)
    bench.boxes.put(frame("hall", at_ns=int(9.75 * NS)))
    for camera in CAMERAS:
        bench.boxes.end(camera)
    bench.brain.run(StopEvent())
    assert bench.brain.looked.age_ms_last == {"hall": 250.0}


def test_a_camera_taken_out_has_its_events_closed_and_its_late_frames_ignored(
    bench: Bench,
) -> None:
    with running(bench) as thread:
        bench.show(film("hall", FALL, 7))
        assert bench.phases() == [("hall", "opened")]
        bench.brain.watch(watch(["door"]))
        until(lambda: len(bench.handed) == 2, "closed")
        bench.boxes.put(frame("hall", 99, 99 * NS))
        bench.show([frame("door")])
        assert thread.is_alive()
        bench.boxes.end("door")
        thread.join(20)
        assert not thread.is_alive()
    assert bench.phases() == [("hall", "opened"), ("hall", "closed")]
    assert bench.brain.looked.frames == {"hall": 35, "door": 1}


def test_a_camera_put_in_is_watched_at_once(bench: Bench) -> None:
    with running(bench):
        bench.brain.watch(watch([*CAMERAS, "new"]))
        bench.show(film("new", FALL, 7))
    assert bench.phases() == [("new", "opened"), ("new", "closed")]


def test_a_new_threshold_counts_from_the_next_frame_and_what_was_seen_is_not_forgotten(
    bench: Bench,
) -> None:
    frames = film("hall", FALL, 8)
    bench.brain.watch(watch(threshold=0.99))
    with running(bench):
        bench.show(frames[:-1])
        assert not bench.told
        bench.brain.watch(watch(threshold=0.4))
        bench.show(frames[-1:])
    opened = bench.told[0]
    assert (opened.phase, opened.threshold.value) == ("opened", 0.4)
    assert opened.occurred_at < opened.detected_at


def test_an_open_event_outlives_new_rules(bench: Bench) -> None:
    frames = film("hall", FALL, 12)
    with running(bench):
        bench.show(frames[:35])
        bench.brain.watch(watch(threshold=0.4))
        bench.show(frames[35:])
        assert bench.phases() == [("hall", "opened"), ("hall", "updated")]
    assert len({event.event_id for event in bench.told}) == 1


def test_of_a_camera_that_shows_something_else_nothing_is_remembered(bench: Bench) -> None:
    frames = film("hall", FALL, 8)
    with running(bench):
        bench.show(frames[:35])
        bench.brain.watch(watch(anew=["hall"]))
        until(lambda: bench.phases() == [("hall", "opened"), ("hall", "closed")], "closed")
        bench.show(frames[35:])
    assert len(bench.told) == 2


def test_what_is_asked_twice_before_it_is_done_is_not_half_forgotten(bench: Bench) -> None:
    bench.brain.watch(watch(anew=["hall"]))
    bench.brain.watch(watch(["hall", "third"]))
    with running(bench):
        bench.show([frame("hall"), frame("third")])
    assert bench.brain.looked.frames == {"hall": 1, "third": 1}


class Hangs:
    """A backend that gives up on chosen batches, as the guarded one does when one never comes
    back."""

    def __init__(self, backend: ScriptedBackend, hung: set[int]) -> None:
        self.batch_max = backend.batch_max
        self._backend = backend
        self._hung = hung
        self._asked = 0

    def __enter__(self) -> Hangs:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to let go of."""

    def infer(self, batch: FloatBatch) -> Mapping[str, FloatBatch]:
        self._asked += 1
        if self._asked in self._hung:
            raise BackendStuck("no answer within 10 s")
        return self._backend.infer(batch)


def test_a_batch_that_never_came_back_costs_its_pictures_alone(tmp_path: Path) -> None:
    with ScriptedBackend(pattern_card(tmp_path)) as inner:
        bench = Bench(tmp_path, Hangs(inner, {3, 7}))
        with running(bench):
            for number, one in enumerate(film("hall", FALL, 8), 1):
                bench.boxes.put(one)
                until(
                    partial(
                        lambda count: (
                            bench.brain.looked.batches + bench.brain.looked.stuck == count
                        ),
                        number,
                    ),
                    "it was seen or given up",
                )
    assert bench.brain.looked.stuck == 2
    assert bench.phases() == [("hall", "opened"), ("hall", "closed")]


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
