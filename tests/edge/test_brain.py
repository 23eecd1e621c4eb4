"""The one thread that looks: latest frames, in batches, until all recordings have ended; and what
changes when the site file is read again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from threading import Event as StopEvent

import pytest

from edge.backends.scripted import ScriptedBackend
from edge.errors import BackendStuck
from edge.ports import FloatBatch, PictureBatch
from tests.edge.bench import CAMERAS, Bench, running, watch
from tests.edge.frames import NS, frame, pattern_card
from tests.edge.test_pipeline import FALL, film
from tests.support.until import until


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

    def infer(self, batch: PictureBatch) -> Mapping[str, FloatBatch]:
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
