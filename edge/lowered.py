"""Thresholds that fall where a camera's own normal days bear it, while the daemon runs.

Where the site file asks for it, what is known of each camera's normal days is held against the
site's budget of false alarms every hour. A threshold that may be lower is used from then on, and
its alerts say so; when the days get worse it rises again, to what was tuned and never above. What a
person wrote into the site file for a camera is left alone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from alerts.event import ThresholdUsed
from edge.config.schema import Config
from edge.core.policy import Policy
from edge.core.types import LABELS, Label
from edge.eventing import Thresholds
from edge.normal.lowering import Lowered, going_on, lowest
from edge.normal.usual_scores import UsualScores
from edge.pipeline import View
from edge.ports import Clock

EVERY_S = 3600.0
Key = tuple[str, Label]
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LoweringRules:
    """What the site file says of it. `used` are the thresholds before any is lowered, `again_s` is
    after how long another trip is another alarm, `a_day_max` the false alarms a day that a camera
    may give of a label. Without `on`, and for those in `fixed`, nothing is lowered."""

    on: bool
    a_day_max: float
    again_s: Mapping[Label, float]
    used: Thresholds
    fixed: frozenset[Key] = frozenset()


def rules(config: Config, used: Thresholds) -> LoweringRules:
    """As the site file has it."""
    one, other = config.alarms.collapse, config.alarms.spill
    return LoweringRules(
        on=config.normal.enabled and config.normal.lower_thresholds,
        a_day_max=config.normal.false_alarms_per_day,
        again_s={
            "collapse": one.clear_s + one.cool_down_s,
            "spill": other.clear_s + other.cool_down_s,
        },
        used=used,
        fixed=frozenset(
            (camera.name, label)
            for camera in config.cameras
            for label in LABELS
            if camera.labels.of(label).threshold is not None
        ),
    )


class Lowering:
    """`tick` is called about once a second by the thread that counts `scores`; what it finds is
    handed to `lower` whenever it changes."""

    def __init__(
        self,
        asked: Callable[[], LoweringRules],
        scores: Callable[[str], UsualScores | None],
        clock: Clock,
        lower: Callable[[Mapping[Key, Lowered]], None],
    ) -> None:
        self._asked = asked
        self._scores = scores
        self._clock = clock
        self._lower = lower
        self._before: Mapping[Key, Lowered] = {}
        self._looked: tuple[LoweringRules, frozenset[str], float] | None = None

    def tick(self) -> None:
        """Looks whether it is time, the site file has changed, or more cameras are known."""
        asked, at_s = self._asked(), self._clock.utc(self._clock.now_ns()).timestamp()
        known = frozenset(camera for camera, _ in asked.used if self._scores(camera) is not None)
        before = self._looked
        if before is not None and before[:2] == (asked, known) and 0 <= at_s - before[2] < EVERY_S:
            return
        self._looked = asked, known, at_s
        found = may_fall(asked, self._scores, at_s)
        values = {key: one.value for key, one in found.items()}
        if values == {key: one.value for key, one in self._before.items()}:
            return
        for camera, label in {**self._before, **found}:
            _tell(camera, label, found.get((camera, label)), asked.used.get((camera, label)))
        self._before = found
        self._lower(found)


def may_fall(
    asked: LoweringRules, scores: Callable[[str], UsualScores | None], at_s: float
) -> Mapping[Key, Lowered]:
    """What may be lowered at `at_s` (UTC seconds), and how far."""
    found: dict[Key, Lowered] = {}
    for (camera, label), used in asked.used.items():
        known = scores(camera) if asked.on and (camera, label) not in asked.fixed else None
        if known is None:
            continue
        endless = going_on(known, label, at_s, asked.again_s[label])
        one = lowest(known.usual(label), used.value, asked.a_day_max, endless)
        if one is not None:
            found[camera, label] = one
    return found


def thresholds(used: Thresholds, by: Mapping[Key, Lowered]) -> Thresholds:
    """Those that are used, with what may be lower. A promise of recall stays: a lower threshold
    only trips more."""
    return {key: _one(one, by.get(key)) for key, one in used.items()}


def views(seen: Mapping[str, View], used: Thresholds) -> Mapping[str, View]:
    """The cameras' views with these thresholds."""
    return {
        camera: replace(view, policy=_policy(view.policy, used, camera))
        for camera, view in seen.items()
    }


def _one(used: ThresholdUsed, by: Lowered | None) -> ThresholdUsed:
    if by is None or by.value >= used.value:
        return used
    return replace(
        used,
        value=by.value,
        source=f"lowered from {used.value:g} by {by.watched_days:.1f} normal days of this camera "
        f"(at most {by.a_day_max:.2g} false alarms a day); {used.source}",
    )


def _policy(policy: Policy, used: Thresholds, camera: str) -> Policy:
    found = {label: used[camera, label].value for label in LABELS if (camera, label) in used}
    return replace(
        policy,
        collapse=replace(
            policy.collapse, threshold=found.get("collapse", policy.collapse.threshold)
        ),
        spill=replace(policy.spill, threshold=found.get("spill", policy.spill.threshold)),
    )


def _tell(camera: str, label: Label, by: Lowered | None, used: ThresholdUsed | None) -> None:
    if used is None:
        return
    if by is None:
        _log.info("camera=%s %s: the threshold is %g again", camera, label, used.value)
        return
    _log.info(
        "camera=%s %s: the threshold falls from %g to %g: %d false alarms there in %.1f days, "
        "at most %.2g a day",
        camera, label, used.value, by.value, by.alarms, by.watched_days, by.a_day_max,
    )  # fmt: skip
