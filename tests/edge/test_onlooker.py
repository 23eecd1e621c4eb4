"""The onlooker: a picture a second and camera, never in the way of the one who looks."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Event as StopEvent

from edge.backends.scripted import ScriptedBackend
from edge.core.types import Scores
from edge.onlooker import Onlooker
from edge.pipeline import Seen
from edge.teller import Teller
from tests.edge.bench import Bench, running, watch
from tests.edge.frames import NS, frame, pattern_card
from tests.edge.test_pipeline import FALL, QUIET, film
from tests.support import scenes
from tests.support.until import until


@dataclass
class Diary:
    """A listener that writes down what it is told."""

    looks: list[tuple[str, float, bool]] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    ended: list[tuple[str, int]] = field(default_factory=list)
    kept: int = 0
    last: list[str] = field(default_factory=list)
    free: StopEvent = field(default_factory=StopEvent)
    part: str = "diary"

    def __post_init__(self) -> None:
        self.free.set()

    def look(self, seen: Seen, occupied: bool) -> None:
        self.looks.append((seen.frame.camera, seen.frame.at_ns / NS, occupied))
        assert self.free.wait(60)

    def has(self, looks: int) -> bool:
        return len(self.looks) == looks

    def forget(self, camera: str) -> None:
        self.forgotten.append(camera)

    def end(self, camera: str) -> None:
        self.ended.append((camera, len(self.looks)))

    def keep(self, camera: str, *, last: bool = False) -> None:
        self.kept += 1
        self.last += [camera] * last


@contextmanager
def looking(onlooker: Onlooker) -> Iterator[None]:
    stop = StopEvent()
    thread = threading.Thread(target=onlooker.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


def seen(camera: str, at_s: float) -> Seen:
    scores = Scores(int(at_s * NS), 16 / 9, (), scenes.liquid())
    return Seen(frame(camera, at_ns=int(at_s * NS)), scores, (), ())


def test_of_five_pictures_a_second_one_is_wanted() -> None:
    onlooker = Onlooker([Diary()])
    wanted = []
    for number in range(26):
        if onlooker.due("hall", number * NS // 5):
            onlooker.show(seen("hall", number / 5), False)
            wanted.append(number / 5)
    assert wanted == [0, 1, 2, 3, 4, 5]
    assert onlooker.due("door", 5 * NS)


def test_nobody_who_listens_wants_none() -> None:
    assert not Onlooker([]).due("hall", 0)


def test_who_is_slow_gets_the_newest_and_what_was_replaced_is_counted() -> None:
    diary = Diary()
    diary.free.clear()
    onlooker = Onlooker([diary])
    with looking(onlooker):
        onlooker.show(seen("hall", 1), False)
        until(lambda: len(diary.looks) == 1, "it looks")
        for at_s in (2, 3, 4):
            onlooker.show(seen("hall", at_s), True)
        onlooker.show(seen("door", 4), False)
        diary.free.set()
    assert diary.looks == [("hall", 1, False), ("hall", 4, True), ("door", 4, False)]
    assert onlooker.looked.replaced == {"hall": 2}
    assert onlooker.looked.shown == {"hall": 2, "door": 1}
    assert sorted(diary.last) == ["door", "hall"], "at the end, each camera"


def test_it_may_be_silent_far_longer_than_those_without_whom_nothing_is_told() -> None:
    """It writes files: a disk that hangs for minutes is no reason to end the process."""
    assert Onlooker([]).pulse.limit_s > 10 * Teller(lambda _one: None).pulse.limit_s


def test_of_a_camera_that_is_forgotten_what_waits_is_not_shown() -> None:
    diary = Diary()
    onlooker = Onlooker([diary])
    onlooker.show(seen("hall", 1), False)
    onlooker.forget("hall")
    assert onlooker.due("hall", 0), "its time begins anew"
    onlooker.show(seen("hall", 0), False)
    with looking(onlooker):
        until(lambda: len(diary.looks) == 1, "it looks")
    assert (diary.forgotten, diary.looks) == (["hall"], [("hall", 0, False)])


def test_a_recording_that_is_over_is_ended_after_its_last_picture_and_forgotten_by_nobody() -> None:
    diary = Diary()
    onlooker = Onlooker([diary])
    onlooker.show(seen("hall", 1), False)
    onlooker.end("hall")
    onlooker.show(seen("door", 1), False)
    with looking(onlooker):
        until(lambda: bool(diary.ended), "it is told")
    assert (diary.ended, diary.forgotten) == ([("hall", 2)], [])
    assert diary.last == ["door"], "what is over was kept when it ended"


def test_it_ticks_and_keeps_though_no_camera_shows_anything() -> None:
    diary, ticks = Diary(), list[float]()
    tick = {"clock": lambda: ticks.append(time.monotonic())}
    onlooker = Onlooker([diary], tick, keep_s=0.5)
    onlooker.show(seen("hall", 1), False)
    with looking(onlooker):
        until(lambda: len(ticks) >= 2 and diary.kept >= 1, "it ticks and keeps")
    assert ticks[1] - ticks[0] >= 0.9


def test_the_brain_hands_on_and_says_when_something_is_going_on(tmp_path: Path) -> None:
    diary = Diary()
    onlooker = Onlooker([diary])
    with ScriptedBackend(pattern_card(tmp_path)) as backend, looking(onlooker):
        bench = Bench(tmp_path, backend, onlooker=onlooker)
        with running(bench):
            for number, one in enumerate(
                (*film("hall", FALL, 8)[::5], *film("door", QUIET, 2)[::5])
            ):
                bench.show([one])
                until(partial(diary.has, number + 1), "it was handed on")
            bench.brain.watch(watch(["hall"]))
            until(lambda: diary.forgotten == ["door"], "the camera that is gone is forgotten")
            assert diary.ended == []
            bench.boxes.end("hall")
            until(lambda: bool(diary.ended), "the recording that is over is ended")
    assert diary.forgotten == ["door"]
    halls = [occupied for camera, _, occupied in diary.looks if camera == "hall"]
    assert halls == [False] * 3 + [True] * 5
    assert [occupied for camera, _, occupied in diary.looks if camera == "door"] == [False] * 2
