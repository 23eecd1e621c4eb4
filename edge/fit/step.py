"""One picture more: measured, compared, said, learnt."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from edge.core.types import Rgb
from edge.fit.baseline import Baseline
from edge.fit.damage import Lately, steady
from edge.fit.found import Lasting, found, stands_still, whole
from edge.fit.learning import Beside, Learning, learnt, with_usual
from edge.fit.look import compared, likeness
from edge.fit.measures import Measures, measure
from edge.fit.telling import Finding, Telling, Verdict, told

RATE_HZ = 1.0  # pictures the step wants
_AS_USUAL = "as at this hour on other days"
_LASTING = 1 / 8  # what one picture weighs among the last ones


@dataclass(frozen=True)
class State:
    """All that a step knows of one camera. `State()` is a camera nobody has seen yet,
    `State(baseline)` one after a restart. Only the baseline is worth keeping."""

    baseline: Baseline = field(default_factory=Baseline)
    telling: Telling = field(default_factory=Telling)
    learning: Learning = field(default_factory=Learning)
    lasting: Lasting | None = None
    number: int | None = None  # of the look that the last picture was nearest to
    before: Measures | None = None
    still: int = 0  # pictures that stood quite still, up to the last


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
    beside = _nearest(state.baseline, seen, hour)
    still = state.still + 1 if stands_still(seen, None if beside is None else beside.look) else 0
    finding, lasting = _judged(state, seen, beside, stuck=still > state.baseline.paused)
    if finding.reason == "dark" and state.baseline.is_usually_unlit(hour):
        finding = replace(finding, detail=f"{finding.detail} ({_AS_USUAL})")
    telling, said = told(state.telling, finding, at_ns)
    if beside is not None and lasting is not None:
        beside = replace(beside, lately=lasting.lately.signs)
    baseline, learning = state.baseline, state.learning
    if finding.reason == "ok" and not still:
        baseline = baseline.with_pause(state.still)
    if finding.reason == said.reason == "ok" and not occupied:
        baseline, learning = learnt(baseline, learning, beside, seen, hour)
    elif finding.reason == "damaged" and said.reason == "ok" and not occupied and beside:
        baseline = with_usual(baseline, beside)
    baseline = baseline.with_second(hour, dark=said.reason == "dark")
    if finding.reason not in ("ok", "frozen"):
        still = 0  # a black picture stands still, too
    number = None if beside is None else beside.number
    return State(baseline, telling, learning, lasting, number, seen, still), said


_HOURLY = 0.02  # likeness: of two looks that fit as well, the one usual at this hour


def _nearest(baseline: Baseline, seen: Measures, hour: float) -> Beside | None:
    """The look the picture is most like; None where no look has its size."""
    at = int(hour) % 24
    alike = [
        (likeness(seen, look) + _HOURLY * (look.hours[at] > 0), number)
        for number, look in enumerate(baseline.looks)
        if look.fits(seen)
    ]
    if not alike:
        return None
    number = max(alike)[1]
    return Beside(number, baseline.looks[number], compared(seen, baseline.looks[number]))


def _judged(
    state: State, seen: Measures, beside: Beside | None, *, stuck: bool
) -> tuple[Finding, Lasting | None]:
    if beside is None:
        return whole(seen, None, stuck=stuck), None
    look, now, lasting = beside.look, beside.now, state.lasting
    if lasting is None or lasting.edges.shape != look.edges.shape:
        lasting = Lasting.nothing(look)
    elif state.number != beside.number:  # beside another look all signs are others
        lasting = replace(lasting, lately=Lately())
    lasting = lasting.after(seen, now, _LASTING, steady=steady(seen, state.before, look))
    return found(seen, look, now, lasting, stuck=stuck), lasting
