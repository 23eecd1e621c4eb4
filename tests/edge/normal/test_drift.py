from __future__ import annotations

import numpy as np

from edge.normal.drift import Drift

DAY_S = 86_400.0


def watch(
    drift: Drift, rng: np.random.Generator, days: range, shift: float = 0.0, hour: float = 10.5
) -> None:
    """An hour of each day, a look every five seconds; stretches of five minutes differ, seconds of
    one hardly do."""
    for day in days:
        for second in range(0, 3605, 5):
            if second % 300 == 0:
                level = rng.normal(1 + shift, 0.1)
            at_s = day * DAY_S + hour * 3600 + second
            drift.look(level + 0.0001 * (second % 300), hour, at_s, float(rng.random()))


def test_nothing_is_bet_before_three_days_were_seen() -> None:
    drift, rng = Drift.empty(), np.random.default_rng(1)
    watch(drift, rng, range(3))
    assert drift.bets == 0
    watch(drift, rng, range(3, 4))
    assert drift.bets == 12


def test_days_like_those_before_are_no_drift_and_another_look_is_within_minutes() -> None:
    drift, rng = Drift.empty(), np.random.default_rng(2)
    watch(drift, rng, range(12))
    assert not drift.drifted
    watch(drift, rng, range(12, 13), shift=0.8)
    assert drift.drifted
    assert drift.since_s - (12 * DAY_S + 10.5 * 3600) <= 3600


def test_it_passes_when_what_is_seen_is_as_before_again() -> None:
    drift, rng = Drift.empty(), np.random.default_rng(2)
    watch(drift, rng, range(8))
    watch(drift, rng, range(8, 9), shift=0.8)
    assert drift.drifted
    watch(drift, rng, range(9, 16))
    assert not drift.drifted


def test_an_hour_is_compared_with_its_own() -> None:
    drift, rng = Drift.empty(), np.random.default_rng(4)
    for day in range(8):
        watch(drift, rng, range(day, day + 1))
        watch(drift, rng, range(day, day + 1), shift=0.8, hour=22.5)
    assert not drift.drifted


def test_a_fair_bet_rarely_pays_as_doob_says() -> None:
    """Of 100 runs of bets on uniform ranks at most N/c pass c at any time."""
    bets, height = 100, 1000.0
    passed = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        drift = Drift.empty(1.0)
        drift.values[:] = np.linspace(0, 1, drift.values.shape[1])
        drift.days[:] = -1 - np.arange(drift.days.shape[1]) % 4
        for second in range(bets + 1):
            drift.look(float(rng.random()), 10.5, float(second), float(rng.random()))
            if drift.capital.mean() >= height:
                passed += 1
                break
    assert passed <= 1.5 * 100 * bets / height
    assert drift.bets == bets
