"""What one camera is to be watched for: areas, thresholds and durations, as plain values."""

from __future__ import annotations

from dataclasses import dataclass

from edge.core.types import Label

Polygon = tuple[tuple[float, float], ...]
SECOND_NS = 1_000_000_000


@dataclass(frozen=True)
class Area:
    """A named polygon (fractions of the frame) and the labels it concerns."""

    name: str
    polygon: Polygon
    labels: frozenset[Label]


@dataclass(frozen=True)
class Life:
    """How long an event lives: closed after `clear_s` without evidence, `updated` at most every
    `update_s`, and reopened rather than opened anew within `cool_down_s` of closing."""

    clear_s: float
    cool_down_s: float
    update_s: float


@dataclass(frozen=True)
class CollapsePolicy:
    """Alarm at `threshold` when a person was up and is then down for `confirm_s` (fast), or is
    down for `slow_s` (slow). `second_look`: whether who may be down is looked at again."""

    threshold: float
    confirm_s: float
    slow_s: float
    life: Life
    second_look: bool = False


@dataclass(frozen=True)
class SpillPolicy:
    """Alarm at `threshold` when liquid is seen in most of `persist_s`, not counting the time in
    which somebody stands in front of it; only after `standing_s` where it was there when watching
    began."""

    threshold: float
    persist_s: float
    life: Life
    standing_s: float = 600.0


@dataclass(frozen=True)
class Policy:
    """All that `decide.step` must know of a camera. Without zones the whole frame is one."""

    collapse: CollapsePolicy
    spill: SpillPolicy
    zones: tuple[Area, ...] = ()
    masks: tuple[Area, ...] = ()

    def threshold(self, label: Label) -> float:
        """The alarm threshold of a label."""
        return self.collapse.threshold if label == "collapse" else self.spill.threshold

    def life(self, label: Label) -> Life:
        """The event life of a label."""
        return self.collapse.life if label == "collapse" else self.spill.life
