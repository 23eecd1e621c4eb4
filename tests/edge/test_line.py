"""One camera's threads: restarted, replaced when they hang, counted throughout."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest

from edge.clock import SystemClock
from edge.crew import Crew
from edge.errors import SourceRefused, SourceStalled
from edge.line import Line, Streams
from edge.mailbox import Mailboxes
from edge.notify import Notifier
from edge.ports import Picture, Source
from edge.pulse import Pulse
from edge.sources.file import FileSource
from edge.sources.pattern import PatternSource, Script
from edge.watchdog import Watchdog
from tests.support.until import until

SCRIPT = Script(duration_s=600, fps=20, size=(64, 48))


def pattern() -> Source:
    return PatternSource(SCRIPT, fit=(64, 48), sample_fps=20, pace="real_time")


class HangsSource(PatternSource):
    """Hangs after its third picture, as a decoder in a loop does, until it is let go."""

    def __init__(self, free: Event) -> None:
        super().__init__(SCRIPT, fit=(64, 48), sample_fps=20, pace="real_time")
        self._free = free

    def pictures(self, stop: Event) -> Iterator[Picture]:
        for number, picture in enumerate(super().pictures(stop)):
            if number == 3:
                assert self._free.wait(60)
            yield picture


class SilentSource(PatternSource):
    """Falls silent at once."""

    def __init__(self) -> None:
        super().__init__(SCRIPT, fit=(64, 48), sample_fps=20, pace="real_time")

    def pictures(self, stop: Event) -> Iterator[Picture]:
        raise SourceStalled("no data for 10 s")


def streams(source: Callable[[], Source], stuck_s: float = math.inf) -> Streams:
    return Streams(source, None, None, stuck_s)


@contextmanager
def working(*first: Streams) -> Iterator[tuple[Line, Mailboxes, Crew]]:
    """A line at work in a crew."""
    crew, boxes = Crew(stop := Event()), Mailboxes()
    line = Line("hall", first[0], boxes, SystemClock(), crew)
    line.start()
    thread = threading.Thread(target=crew.work, args=(20.0,))
    thread.start()
    try:
        yield line, boxes, crew
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()


def threads(name: str) -> int:
    return sum(thread.name == name for thread in threading.enumerate())


def test_a_thread_that_hangs_is_replaced_and_counting_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    free, made = Event(), list[int]()

    def source() -> Source:
        made.append(1)
        return HangsSource(free) if len(made) == 1 else pattern()

    with working(streams(source, stuck_s=0.5)) as (line, boxes, _):
        until(lambda: line.tally.frames == 3, "three pictures")
        assert not line.tally.replaced

        def replaced() -> bool:
            line.replace_if_stuck(9)
            return line.tally.replaced == 1

        until(replaced, "replaced")
        until(lambda: line.tally.frames > 6, "pictures again")
        assert line.tally.reason == "ok"
        free.set()  # the one that hung wakes: what it has is not wanted any more
        until(lambda: threads("grab:hall") == 1, "it leaves")
        (frame,) = boxes.take(1, 5)
        assert frame.seq > 3
    assert "given up for a new thread" in caplog.text
    assert line.tally.lost == 0


def test_no_more_than_a_few_are_left_behind(caplog: pytest.LogCaptureFixture) -> None:
    free = Event()
    with working(streams(lambda: HangsSource(free), stuck_s=0.2)) as (line, _, _crew):

        def told() -> bool:
            line.replace_if_stuck(9)
            return "3 threads hang already" in caplog.text

        until(told, "told")
        assert line.tally.replaced == 3
        assert threads("grab:hall") == 4
        free.set()


def test_silence_proves_nothing_while_the_watchdog_itself_slept() -> None:
    free = Event()
    with working(streams(lambda: HangsSource(free), stuck_s=0.2)) as (line, _, _crew):
        until(lambda: line.tally.frames == 3, "three pictures")
        threading.Event().wait(0.5)
        line.replace_if_stuck(0.1)
        assert line.tally.replaced == 0
        free.set()


class RefusedSource(PatternSource):
    """Takes nobody's login."""

    def __init__(self, asked: list[int]) -> None:
        super().__init__(SCRIPT, fit=(64, 48), sample_fps=20, pace="real_time")
        asked.append(1)

    def __enter__(self) -> RefusedSource:
        raise SourceRefused("wrong user or password (401)")


def test_waiting_long_before_the_next_try_is_no_hanging() -> None:
    asked = list[int]()
    with working(streams(lambda: RefusedSource(asked), stuck_s=0.2)) as (line, _, _crew):
        until(lambda: asked, "asked")
        for _ in range(10):
            threading.Event().wait(0.1)
            line.replace_if_stuck(9)
        assert line.tally.replaced == 0
    assert len(asked) == 1


def test_a_camera_that_was_taken_out_is_not_begun_again() -> None:
    free = Event()
    with working(streams(lambda: HangsSource(free), stuck_s=0.1)) as (line, _, _crew):
        until(lambda: line.tally.frames == 3, "three pictures")
        threading.Event().wait(0.5)  # it hangs
        line.stop()
        line.replace_if_stuck(9)
        assert line.tally.replaced == 0
        assert threads("grab:hall") == 1
        free.set()
        until(lambda: threads("grab:hall") == 0, "it leaves")


def test_changing_and_watching_at_once_leaves_one_thread_at_work() -> None:
    with working(streams(pattern, stuck_s=0.0)) as (line, _, _crew):

        def watches() -> None:
            for _ in range(30):
                line.replace_if_stuck(9)

        watching = threading.Thread(target=watches)
        watching.start()
        for _ in range(15):
            line.restart(streams(pattern, stuck_s=0.0))
        watching.join(20)
        line.restart(streams(pattern))
        until(lambda: threads("grab:hall") == 1, "one is left")
        line.stop()
        until(lambda: threads("grab:hall") == 0, "none is left")


def test_a_recording_that_vanished_is_tried_again(tmp_path: Path) -> None:
    def source() -> Source:
        return FileSource(tmp_path / "gone.mp4", fit=(64, 48), sample_fps=5)

    with working(streams(source)) as (line, _, _crew):
        until(lambda: line.tally.lost >= 2, "tried again")
        assert "gone.mp4" in line.tally.said


def test_a_stall_is_counted_as_one() -> None:
    with working(streams(SilentSource)) as (line, _, _crew):
        until(lambda: line.tally.stalls >= 1, "counted")
        assert line.tally.lost >= 1


def test_a_restart_reads_the_other_stream_and_counts_on() -> None:
    with working(streams(pattern)) as (line, boxes, _):
        until(lambda: line.tally.frames >= 2, "pictures")
        before = line.tally.frames
        line.restart(streams(pattern))
        until(lambda: line.tally.connects == 2 and line.tally.frames > before + 2, "pictures anew")
        until(lambda: threads("grab:hall") == 1, "the old thread leaves")
        line.stop()
        until(lambda: threads("grab:hall") == 0, "the new one, too")
        boxes.take(1, 0)
        assert boxes.take(1, 0.2) == ()


def test_the_watchdog_replaces_and_goes_on() -> None:
    free, stop = Event(), Event()
    with working(streams(lambda: HangsSource(free), stuck_s=0.4)) as (line, _, _crew):
        pulse = Pulse(limit_s=30)
        dog = Watchdog(lambda: {"hall": line}, {"brain": pulse}, Notifier({}))
        thread = threading.Thread(target=dog.run, args=(stop,))
        thread.start()
        until(lambda: line.tally.replaced == 1, "replaced")
        assert thread.is_alive()
        stop.set()
        thread.join(20)
        free.set()


def test_what_nobody_can_replace_ends_the_process_loudly(
    capfd: pytest.CaptureFixture[str],
) -> None:
    dog = Watchdog(dict, {"brain": Pulse(limit_s=0.2)}, Notifier({}))
    with pytest.raises(RuntimeError, match="thread brain hangs"):
        dog.run(Event())
    assert "test_line.py" in capfd.readouterr().err  # where every thread is
