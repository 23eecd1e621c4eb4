"""What every `Clock` promises, asked of each kind in turn."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from threading import Event

import pytest

from edge.clock import ReplayClock, SystemClock
from edge.ports import Clock
from tests.edge.stepped_clock import SteppedClock

START = datetime(2026, 11, 20, 17, 45, tzinfo=timezone.utc)
KINDS: dict[str, Callable[[], Clock]] = {
    "system": SystemClock,
    "replay": lambda: ReplayClock(START),
    "stepped": lambda: SteppedClock(START),
}


@pytest.fixture(params=list(KINDS))
def clock(request: pytest.FixtureRequest) -> Clock:
    return KINDS[request.param]()


def test_now_never_steps_back(clock: Clock) -> None:
    stop = Event()
    seen = [clock.now_ns()]
    for _ in range(20):
        clock.wait(stop, 0.001)
        seen.append(clock.now_ns())
    assert seen == sorted(seen)
    assert seen[-1] > seen[0]


def test_utc_keeps_differences_and_carries_its_offset(clock: Clock) -> None:
    now_ns = clock.now_ns()
    one, other = clock.utc(now_ns), clock.utc(now_ns + 3_500_000_000)
    assert one.utcoffset() == timedelta(0)
    # The wall clock may be slewed between the two calls, but not by more than this.
    assert (other - one).total_seconds() == pytest.approx(3.5, abs=0.05)
    past = clock.utc(now_ns - 2_000_000_000)
    assert (one - past).total_seconds() == pytest.approx(2, abs=0.05)


def test_wait_takes_the_time_it_is_given_by_its_own_clock(clock: Clock) -> None:
    before_ns = clock.now_ns()
    assert clock.wait(Event(), 0.05) is False
    assert clock.now_ns() - before_ns >= 49_000_000


def test_wait_returns_at_once_when_stop_is_set(clock: Clock) -> None:
    stop = Event()
    stop.set()
    before_ns = clock.now_ns()
    assert clock.wait(stop, 3600) is True
    assert clock.now_ns() - before_ns < 60_000_000_000


def test_stop_set_by_another_thread_ends_the_wait() -> None:
    stop, ended = Event(), Event()

    def waiting() -> None:
        assert SystemClock().wait(stop, 60)
        ended.set()

    thread = threading.Thread(target=waiting)
    thread.start()
    stop.set()
    assert ended.wait(20)
    thread.join(20)


def test_the_system_clock_tells_the_wall_clock() -> None:
    clock = SystemClock()
    before = datetime.now(timezone.utc)
    told = clock.utc(clock.now_ns())
    after = datetime.now(timezone.utc)
    slack = timedelta(milliseconds=50)
    assert before - slack <= told <= after + slack


def test_the_replay_clock_goes_where_it_is_set_and_not_back() -> None:
    clock = ReplayClock(START)
    assert (clock.now_ns(), clock.utc(0)) == (0, START)
    clock.set(5_000_000_000)
    clock.set(2_000_000_000)
    assert clock.now_ns() == 5_000_000_000
    assert clock.utc(5_000_000_000) == START + timedelta(seconds=5)
    began_s = time.monotonic()
    clock.wait(Event(), 3600)
    assert time.monotonic() - began_s < 60
    assert clock.now_ns() == 3_605_000_000_000
