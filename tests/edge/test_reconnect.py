"""Staying connected: bounded waiting, quick again after a good stretch, and an end."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timezone
from itertools import pairwise
from threading import Event

import pytest

from edge.clock import ReplayClock
from edge.errors import SourceLost, SourceRefused
from edge.ports import Clock
from edge.reconnect import (
    BACKOFF_CAP_S,
    BACKOFF_FIRST_S,
    REFUSED_CAP_S,
    Tally,
    stay_connected,
)
from edge.sources.pattern import PatternSource, Script
from edge.sources.rtsp import RtspSource
from tests.edge.frames import NS
from tests.support.mosquitto import free_port

START = datetime(2026, 11, 20, tzinfo=timezone.utc)


def attempts_at_s(
    count: int, attempt: Callable[[Event], None], tally: Tally, clock: Clock
) -> list[float]:
    """When the first `count` attempts began, in seconds of the clock."""
    stop, began = Event(), list[float]()

    def counted(stop: Event) -> None:
        began.append(clock.now_ns() / NS)
        if len(began) == count:
            stop.set()
        attempt(stop)

    stay_connected("hall", counted, tally, clock, stop)
    return began


def test_a_closed_port_is_tried_again_with_bounded_growing_waits(
    caplog: pytest.LogCaptureFixture,
) -> None:
    url, tally = f"rtsp://127.0.0.1:{free_port()}/none", Tally()

    def attempt(_stop: Event) -> None:
        source = RtspSource(
            url, fit=(64, 64), sample_fps=5, username="joe", password="s3cret", connect_timeout_s=2
        )
        with source:
            raise AssertionError("nobody listens there")

    caplog.set_level(logging.WARNING)
    began = attempts_at_s(12, attempt, tally, ReplayClock(START))
    waits = [later - earlier for earlier, later in pairwise(began)]
    assert all(BACKOFF_FIRST_S / 2 <= wait <= BACKOFF_CAP_S for wait in waits)
    assert waits[0] <= BACKOFF_FIRST_S
    assert all(wait >= BACKOFF_CAP_S / 2 for wait in waits[4:])
    # The last attempt was told to stop: another may keep the tally by then.
    assert (tally.lost, tally.connects, tally.reason) == (11, 0, "offline")
    assert len(caplog.records) == 1
    assert "s3cret" not in caplog.text + tally.said


def test_a_connection_that_held_makes_the_next_wait_short_again() -> None:
    clock, tally = ReplayClock(START), Tally()

    def attempt(_stop: Event) -> None:
        if tally.lost >= 8:  # a good one, at last: pictures for 11 s
            clock.set(clock.now_ns() + 11 * NS)
            tally.last_ns = clock.now_ns()
        raise SourceLost("gone")

    began = attempts_at_s(12, attempt, tally, clock)
    waits = [later - earlier for earlier, later in pairwise(began)]
    assert all(wait >= BACKOFF_CAP_S / 2 for wait in waits[5:8])
    assert all(wait - 11 <= BACKOFF_FIRST_S for wait in waits[8:])


def test_a_connection_without_pictures_is_no_good_one() -> None:
    clock, tally = ReplayClock(START), Tally()

    def attempt(_stop: Event) -> None:
        clock.set(clock.now_ns() + 30 * NS)  # connected for half a minute, and nothing came
        raise SourceLost("silent")

    waits = [b - a - 30 for a, b in pairwise(attempts_at_s(8, attempt, tally, clock))]
    assert all(wait >= BACKOFF_CAP_S / 2 for wait in waits[4:])


def test_a_recording_that_ends_is_not_played_again() -> None:
    played, tally = list[int](), Tally()

    def attempt(stop: Event) -> None:
        with PatternSource(Script(duration_s=1), fit=(64, 64), sample_fps=5) as source:
            played.append(len(list(source.pictures(stop))))

    stay_connected("hall", attempt, tally, ReplayClock(START), Event())
    assert played == [5]
    assert tally.lost == 0


def test_stop_before_and_during_ends_it() -> None:
    stop, calls = Event(), list[int]()

    def attempt(stop: Event) -> None:
        calls.append(1)
        stop.set()
        raise SourceLost("gone")

    stay_connected("hall", attempt, Tally(), ReplayClock(START), stop)
    stay_connected("hall", attempt, Tally(), ReplayClock(START), stop)
    assert len(calls) == 1


def test_what_is_no_loss_is_a_bug_and_comes_out() -> None:
    def attempt(_stop: Event) -> None:
        raise KeyError("a bug")

    with pytest.raises(KeyError):
        stay_connected("hall", attempt, Tally(), ReplayClock(START), Event())


def test_a_camera_is_away_since_it_went_away_however_often_that_is_said() -> None:
    tally = Tally()
    tally.note("ok", "pictures arrive", 10)
    tally.note("offline", "refused", 20)
    tally.note("offline", "timed out", 30)
    assert (tally.reason, tally.said, tally.since_ns) == ("offline", "timed out", 20)
    tally.note("no_frames", "connected", 40)
    assert tally.since_ns == 40


def test_a_new_trouble_is_told_at_once_and_the_same_one_once_a_minute(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock, troubles = ReplayClock(START), iter([*["no route"] * 39, "no stream", "stopped"])

    def attempt(_stop: Event) -> None:
        clock.set(clock.now_ns() + 10 * NS)
        raise SourceLost(next(troubles))

    caplog.set_level(logging.WARNING)
    attempts_at_s(41, attempt, Tally(), clock)
    told = [record.getMessage() for record in caplog.records]
    assert 7 <= len(told) <= 10  # some eight minutes of the same, and the new one
    assert "no stream" in told[-1]


def test_a_wrong_password_is_tried_seldom_so_that_the_camera_locks_nobody_out() -> None:
    def attempt(_stop: Event) -> None:
        raise SourceRefused("wrong user or password (401)")

    began = attempts_at_s(12, attempt, Tally(), ReplayClock(START))
    assert sum(at_s < 1800 for at_s in began) <= 8
    waits = [later - earlier for earlier, later in pairwise(began)]
    assert all(REFUSED_CAP_S / 2 <= wait <= REFUSED_CAP_S for wait in waits[-4:])
