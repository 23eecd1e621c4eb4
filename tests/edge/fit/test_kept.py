"""What is learnt outlives the process, stays small, and is refused where it is damaged."""

from __future__ import annotations

import numpy as np
import pytest

from edge.core.types import Rgb
from edge.fit import Baseline, BaselineDamaged, State, step
from tests.edge.fit.rooms import NS, room


def learnt(seconds: int = 70) -> Baseline:
    state = State()
    for second in range(seconds):
        state, _ = step(state, room(second), second * NS, 12.0)
    return state.baseline


def test_a_restarted_camera_knows_at_once_that_it_was_turned_round() -> None:
    state = State(Baseline.from_bytes(learnt().to_bytes()))
    for second in range(60):
        upside_down: Rgb = np.ascontiguousarray(room(second)[::-1])
        state, verdict = step(state, upside_down, second * NS, 12.0)
    assert verdict.reason == "moved"


def test_it_comes_back_as_it_was() -> None:
    before = learnt()
    after = Baseline.from_bytes(before.to_bytes())
    assert after.to_bytes() == before.to_bytes()
    assert [look.pictures for look in after.looks] == [60]
    assert after.watched[12] == 70


def test_it_is_kilobytes() -> None:
    assert len(learnt().to_bytes()) < 60_000


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no baseline"),
        (b"floorwatch-fit\x01" + bytes(40), "another version"),
        (learnt(1).to_bytes()[:-1], "damaged"),
    ],
)
def test_what_is_no_baseline_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(BaselineDamaged, match=says):
        Baseline.from_bytes(data)
