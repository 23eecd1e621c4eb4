"""One picture more: measured, compared, said."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from edge.core.types import Rgb
from edge.fit.baseline import Baseline
from edge.fit.found import found
from edge.fit.measures import Measures, measure
from edge.fit.telling import Telling, Verdict, told

RATE_HZ = 1.0  # pictures the step wants


@dataclass(frozen=True)
class State:
    """All that a step knows of one camera. `State()` is a camera nobody has seen yet,
    `State(baseline)` one after a restart."""

    baseline: Baseline = field(default_factory=Baseline)
    telling: Telling = field(default_factory=Telling)
    before: Measures | None = None


def step(
    state: State,
    rgb: Rgb,
    at_ns: int,
    hour: float,
    *,
    held: bool = False,
    occupied: bool = False,
) -> tuple[State, Verdict]:
    """After one more picture, H×W×3 uint8, as small as the network's.

    `at_ns` is the camera's time, `hour` the local hour of the day, 0–24. `held` says that the
    picture is the last one of a recording, shown again: it says nothing of the camera. `occupied`
    says that something is going on: nothing is learnt from the picture, but it is judged.
    """
    if held and state.telling.said is not None:
        return state, state.telling.said
    seen = measure(rgb, state.before)
    telling = told(state.telling, found(seen), at_ns)
    baseline = (
        state.baseline
        if occupied
        else replace(state.baseline, learnt_s=state.baseline.learnt_s + 1 / RATE_HZ)
    )
    if telling.said is None:
        raise RuntimeError("nothing was said")
    return State(baseline, telling, seen), telling.said
