"""When a camera that cannot see is an alert, and when that is over."""

from __future__ import annotations

from dataclasses import replace

import pytest

from alerts.status import Reason
from edge.blindness import CLEAR_S, Sight, Watch, attend, sight
from edge.fit import Verdict
from edge.reconnect import Tally
from tests.edge.frames import NS

AFTER_S = 60.0
Said = list[tuple[int, str, str | None]]


def run(*stretches: tuple[int, Reason], after_s: float = AFTER_S) -> Said:
    """What is told over stretches of (seconds, reason), looked at once a second."""
    watch, told, at_s = Watch(), Said(), 0
    for seconds, reason in stretches:
        since_ns = at_s * NS
        for _ in range(seconds):
            now = Sight(reason, since_ns, "", 1.0)
            watch, phase = attend(watch, now, at_s * NS, after_s)
            if phase is not None:
                told.append((at_s, phase, watch.told))
            at_s += 1
    return told


def test_what_does_not_last_is_told_nobody() -> None:
    assert run((100, "ok"), (55, "blocked"), (100, "ok"), (55, "dark"), (100, "ok")) == []


def test_it_is_opened_once_and_closed_when_it_sees() -> None:
    told = run((10, "ok"), (600, "blurred"), (600, "ok"))
    assert told == [(69, "opened", "blurred"), (610, "closed", None)]


def test_a_stream_has_to_be_well_for_a_while() -> None:
    told = run((10, "ok"), (100, "offline"), (5, "ok"), (20, "offline"), (100, "ok"))
    assert told == [(69, "opened", "offline"), (135 + int(CLEAR_S) - 1, "closed", None)]


def test_who_comes_and_goes_is_told_of_too() -> None:
    told = run(*((20, "offline"), (2, "ok")) * 10)
    assert [phase for _, phase, _ in told] == ["opened"]


def test_another_reason_is_an_update_but_connecting_and_losing_is_not() -> None:
    told = run((100, "blurred"), (100, "blocked"), (50, "offline"), (50, "no_frames"))
    assert [(phase, why) for _, phase, why in told] == [
        ("opened", "blurred"),
        ("updated", "blocked"),
        ("updated", "offline"),
    ]


def test_reasons_that_alternate_are_not_said_each_time() -> None:
    reasons: tuple[tuple[int, Reason], ...] = ((1, "blurred"), (1, "dark"))
    told = run((100, "blurred"), *reasons * 150)
    assert len(told) <= 1 + 300 // 30


def test_soon_after_it_is_the_old_one_going_on_later_a_new_one() -> None:
    told = run((100, "moved"), (60, "ok"), (100, "moved"), (400, "ok"), (100, "moved"))
    assert [phase for _, phase, _ in told] == ["opened", "closed", "updated", "closed", "opened"]


def test_a_machine_that_slept_has_seen_nothing() -> None:
    blind = Sight("dark", 0, "", 1.0)
    watch, _ = attend(Watch(), blind, 0, AFTER_S)
    watch, phase = attend(watch, blind, 3600 * NS, AFTER_S)
    assert phase is None
    assert watch.blind_s < 10


@pytest.mark.parametrize("stream", ["offline", "no_frames"])
def test_the_stream_comes_first(stream: str) -> None:
    tally = Tally(reason=stream, said="connecting", since_ns=7)  # type: ignore[arg-type]  # one of them
    verdict = Verdict("blurred", 9, "out of focus", 0.5)
    assert sight(tally, verdict) == Sight(tally.reason, 7, "connecting", 1.0)
    well = replace(tally, reason="ok", said="pictures arrive")
    assert sight(well, verdict) == Sight("blurred", 9, "out of focus", 0.5)
    assert sight(well, None) == Sight("ok", 7, "pictures arrive", 0.0)
    assert sight(well, Verdict("ok", 11, "", 0.0)) == Sight("ok", 11, "pictures arrive", 0.0)
