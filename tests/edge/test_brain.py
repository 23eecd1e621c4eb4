"""The one thread that looks: latest frames, in batches, until all recordings have ended."""

from __future__ import annotations

import threading
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from threading import Event as StopEvent

from alerts.event import Event, ThresholdUsed
from edge.backends.scripted import ScriptedBackend
from edge.brain import Brain
from edge.clock import ReplayClock
from edge.core.types import LABELS, Label
from edge.eventing import Eventing
from edge.mailbox import Mailboxes
from edge.pipeline import Pipeline
from edge.ports import Backend
from edge.report import Reporter
from tests.edge.frames import NS, frame, pattern_card
from tests.edge.test_pipeline import FALL, film, view
from tests.support.until import until

START = datetime(2026, 11, 20, tzinfo=timezone.utc)
CAMERAS = ("hall", "door")


class Bench:
    """A brain with its mailboxes, and what it told."""

    def __init__(self, folder: Path, backend: Backend, batch_max: int = 8) -> None:
        card, clock = pattern_card(folder), ReplayClock(START)
        used: dict[tuple[str, Label], ThresholdUsed] = {
            (camera, label): ThresholdUsed(0.5, "the test")
            for camera in CAMERAS
            for label in LABELS
        }
        self.boxes, self.told, self.clock = Mailboxes(), list[Event](), clock
        self.brain = Brain(
            self.boxes,
            Pipeline(card, backend, clock, dict.fromkeys(CAMERAS, view())),
            Reporter(Eventing("lab", card, clock, used), self.told.append),
            clock,
            batch_max,
        )

    def has_seen(self, frames: int) -> bool:
        return self.brain.looked.frames.get("hall") == frames

    def phases(self) -> list[tuple[str, str]]:
        return [(event.camera, event.phase) for event in self.told]


def test_it_ends_with_the_last_recording_and_closes_what_is_open(tmp_path: Path) -> None:
    with ScriptedBackend(pattern_card(tmp_path)) as backend:
        bench = Bench(tmp_path, backend)
        thread = threading.Thread(target=bench.brain.run, args=(StopEvent(), CAMERAS))
        thread.start()
        bench.boxes.end("door")
        for number, one in enumerate(film("hall", FALL, 8), 1):
            bench.boxes.put(one)
            until(partial(bench.has_seen, number), "it was seen")
        assert thread.is_alive()
        bench.boxes.end("hall")
        thread.join(20)
    assert not thread.is_alive()
    assert bench.phases() == [("hall", "opened"), ("hall", "closed")]
    assert bench.brain.looked.frames == {"hall": 40}


def test_stop_closes_what_is_open(tmp_path: Path) -> None:
    stop = StopEvent()
    with ScriptedBackend(pattern_card(tmp_path)) as backend:
        bench = Bench(tmp_path, backend)
        thread = threading.Thread(target=bench.brain.run, args=(stop, CAMERAS))
        thread.start()
        for number, one in enumerate(film("hall", FALL, 7), 1):
            bench.boxes.put(one)
            until(partial(bench.has_seen, number), "it was seen")
        stop.set()
        thread.join(20)
    assert bench.phases() == [("hall", "opened"), ("hall", "closed")]


def test_a_batch_has_one_frame_of_a_camera_and_no_more_than_the_backend_takes(
    tmp_path: Path,
) -> None:
    with ScriptedBackend(pattern_card(tmp_path)) as backend:
        bench = Bench(tmp_path, backend, batch_max=1)
        for camera in CAMERAS:
            bench.boxes.put(frame(camera))
            bench.boxes.end(camera)
        bench.brain.run(StopEvent(), CAMERAS)
    assert bench.brain.looked.batches == 2
    assert bench.brain.looked.frames == {"hall": 1, "door": 1}


def test_it_says_how_old_a_frame_was_when_it_was_decided_on(tmp_path: Path) -> None:
    with ScriptedBackend(pattern_card(tmp_path)) as backend:
        bench = Bench(tmp_path, backend)
        bench.clock.set(10 * NS)
        bench.boxes.put(frame("hall", at_ns=int(9.75 * NS)))
        for camera in CAMERAS:
            bench.boxes.end(camera)
        bench.brain.run(StopEvent(), CAMERAS)
    assert bench.brain.looked.age_ms_last == {"hall": 250.0}
