"""A brain with its mailboxes, for tests to show pictures to."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from threading import Event as StopEvent

from alerts.event import Event, ThresholdUsed
from edge.brain import Brain, Watch
from edge.clock import ReplayClock
from edge.core.types import LABELS, Frame, Label
from edge.eventing import Eventing
from edge.mailbox import Mailboxes
from edge.onlooker import Onlooker
from edge.pipeline import Pipeline, View
from edge.ports import Backend
from edge.report import Told
from tests.edge.frames import pattern_card
from tests.edge.test_pipeline import POLICY, view
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

    def __init__(
        self, folder: Path, backend: Backend, batch_max: int = 8, onlooker: Onlooker | None = None
    ) -> None:
        card, clock = pattern_card(folder), ReplayClock(START)
        self.boxes, self.handed, self.clock = Mailboxes(), list[Told](), clock
        self.brain = Brain(
            self.boxes,
            Pipeline(card, backend, clock, {}),
            Eventing("lab", card, clock, {}),
            self.handed.append,
            clock,
            batch_max=batch_max,
            onlooker=onlooker,
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
