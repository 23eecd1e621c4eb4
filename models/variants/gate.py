"""What a network loses in fewer bits, and how much of that is allowed.

Both networks look at the same pictures through the shipped steps, and each picture is judged as the
alarm step would take it (`models.failures`): what is found and what is called falsely at the card's
thresholds, how far scores move, and whether people are still where they were. How much of a loss
is real and how much is luck, few pictures cannot tell: so scores are held to as well, which no two
mistakes that cancel each other can hide in.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from edge.core.types import Box, Label
from models.failures import Look

_CONFIDENT = 0.95  # of scores and boxes: what this share of the pictures stays within
_LABELS: tuple[Label, ...] = ("collapse", "spill")


@dataclass(frozen=True)
class Limits:
    """The most a variant may lose. Shares of 0–1: `recall` of what is found of all incidents,
    `false` more called of what is none, `moved` a score at 95 % of the pictures, and the overlap
    (IoU) that boxes of the person judged keep at 95 % of them."""

    recall: float
    false: float
    moved: float
    overlap: float


# 16 bits round at the eleventh digit: whatever is more than a slip of a score near the threshold is
# a fault of the file. 8 bits: a point of recall, as published losses of half an mAP need no reply.
LIMITS: dict[Literal["fp16", "int8"], Limits] = {
    "fp16": Limits(recall=0.005, false=0.01, moved=0.01, overlap=0.97),
    "int8": Limits(recall=0.01, false=0.02, moved=0.1, overlap=0.8),
}


@dataclass(frozen=True)
class Loss:
    """What one set of pictures shows. Counts are of pictures; `reference` is the network in 32
    bits. `moved` and `overlap` as in `Limits`, `moved_max` over all pictures; without a person that
    both see there is no overlap, and it is 1."""

    incidents: int
    found: int
    found_reference: int
    others: int
    called: int
    called_reference: int
    moved: float
    moved_max: float
    overlap: float

    @property
    def recall(self) -> float:
        """The share of the incidents that is lost; negative where more are found."""
        return (self.found_reference - self.found) / max(self.incidents, 1)

    @property
    def false(self) -> float:
        """The share of what is no incident that is called in addition."""
        return (self.called - self.called_reference) / max(self.others, 1)

    def within(self, limits: Limits) -> bool:
        """Whether it is allowed. What is no number is not."""
        return (
            self.recall <= limits.recall
            and self.false <= limits.false
            and self.moved <= limits.moved
            and self.overlap >= limits.overlap
            and math.isfinite(self.moved_max)
        )

    def numbers(self, prefix: str) -> dict[str, float]:
        """For the card."""
        return {
            f"{prefix}_incidents": self.incidents,
            f"{prefix}_found_fp32": self.found_reference,
            f"{prefix}_found": self.found,
            f"{prefix}_others": self.others,
            f"{prefix}_false_fp32": self.called_reference,
            f"{prefix}_false": self.called,
            f"{prefix}_score_moved_p95": _rounded(self.moved),
            f"{prefix}_score_moved_max": _rounded(self.moved_max),
            f"{prefix}_box_overlap_p05": _rounded(self.overlap),
        }

    def line(self) -> str:
        """In words."""
        return (
            f"finds {self.found} of {self.incidents} (fp32: {self.found_reference}), calls "
            f"{self.called} of {self.others} falsely (fp32: {self.called_reference}); at 95 % of "
            f"the pictures scores within {self.moved:.3f} (most: {self.moved_max:.3f}), boxes "
            f"overlap {self.overlap:.3f}"
        )


def loss(reference: Sequence[Look], variant: Sequence[Look]) -> Loss:
    """Of looks at the same pictures in the same order."""
    pairs = list(zip(reference, variant, strict=True))
    wanted = [(a, b) for a, b in pairs if a.hard.condition.wanted]
    others = [(a, b) for a, b in pairs if not a.hard.condition.wanted]
    moved = np.array([abs(a.score - b.score) for a, b in pairs] or [0.0])
    overlaps = [shared(a.box, b.box) for a, b in pairs if a.called and a.box and b.box]
    return Loss(
        incidents=len(wanted),
        found=sum(b.called for _, b in wanted),
        found_reference=sum(a.called for a, _ in wanted),
        others=len(others),
        called=sum(b.called for _, b in others),
        called_reference=sum(a.called for a, _ in others),
        moved=float(np.quantile(moved, _CONFIDENT)),
        moved_max=float(np.max(moved)),
        overlap=float(np.quantile(overlaps, 1 - _CONFIDENT)) if overlaps else 1.0,
    )


def shared(one: Box, other: Box) -> float:
    """Intersection over union."""
    width = min(one.x + one.w, other.x + other.w) - max(one.x, other.x)
    height = min(one.y + one.h, other.y + other.h) - max(one.y, other.y)
    both = max(width, 0.0) * max(height, 0.0)
    return both / max(one.w * one.h + other.w * other.h - both, 1e-12)


def _rounded(number: float) -> float:
    return round(number, 4)
