"""What holds for every camera from its first picture on: black, white, the same again and again."""

from __future__ import annotations

import numpy as np
import pytest

from alerts.status import Reason
from edge.core.types import Rgb
from edge.fit import Baseline, State, Verdict, step

NS = 1_000_000_000


def noisy(level: float, seed: int) -> Rgb:
    rng = np.random.default_rng(seed)
    return np.clip(rng.normal(level, 3, (90, 160, 3)), 0, 255).astype(np.uint8)


def after(pictures: list[Rgb], state: State | None = None) -> Verdict:
    state, verdict = state or State(), None
    for second, rgb in enumerate(pictures):
        state, verdict = step(state, rgb, second * NS, 12.0)
    assert verdict is not None
    return verdict


@pytest.mark.parametrize(("level", "reason"), [(2, "dark"), (254, "bright")])
def test_black_and_white_are_said_within_a_minute(level: float, reason: Reason) -> None:
    seen = [noisy(120, seed) for seed in range(10)]
    verdict = after(seen + [noisy(level, seed) for seed in range(60)])
    assert verdict.reason == reason
    assert verdict.since_ns == 10 * NS


def test_the_same_picture_for_a_minute_is_a_frozen_camera() -> None:
    assert after([noisy(120, 0)] * 60).reason == "frozen"


def test_a_light_that_is_out_for_a_moment_is_none() -> None:
    pictures = [noisy(120, seed) for seed in range(20)] + [noisy(2, seed) for seed in range(8)]
    assert after(pictures).reason == "ok"


def test_a_room_that_is_unlit_every_night_is_said_to_be_so() -> None:
    nights = tuple(9000.0 if hour == 3 else 0.0 for hour in range(24))
    state = State(Baseline(watched=nights, unlit=nights))
    for second in range(30):
        state, at_three = step(state, noisy(2, second), second * NS, 3.5)
    assert (at_three.reason, at_three.detail.endswith("on other days)")) == ("dark", True)
    for second in range(30, 60):
        state, at_noon = step(state, noisy(2, second), second * NS, 12.5)
    assert (at_noon.reason, "other days" in at_noon.detail) == ("dark", False)
