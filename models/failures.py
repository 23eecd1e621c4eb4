"""Where a model fails: rendered pictures of what is hard, condition by condition.

A picture alone is judged, by what the alarm step takes from it (`decide.glance`) against the card's
threshold. An alert needs more: most pictures of some seconds. The renderer is the one training
pictures came from, so the shares flatter; what they are good for is to compare conditions, and one
model with the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np

from edge.core import spill
from edge.core.evidence import overlap
from edge.core.types import Box, Rgb, Scores
from models.evaluation.bounds import CONFIDENCE, share_lower, share_upper
from models.eye import Eye
from models.synth.condition import Condition, Hard

WORST_KEPT = 2  # pictures of each condition
SPOT_CELL = 0.1  # of a cell's pixels belong to the spot: it is looked for there
Told = Callable[[int], None]


@dataclass(frozen=True)
class Look:
    """One picture that was looked at: its `score`, the threshold it is held against, and the box
    of the person behind it (None for liquids, and where nobody was seen)."""

    hard: Hard
    rgb: Rgb
    scores: Scores
    score: float
    threshold: float
    box: Box | None

    @property
    def called(self) -> bool:
        """Whether the score reaches the threshold."""
        return self.score >= self.threshold

    @property
    def failed(self) -> bool:
        """An incident not called, or something else that was."""
        return self.called != self.hard.condition.wanted

    @property
    def margin(self) -> float:
        """How far on the right side of the threshold the score lies; negative is a failure."""
        away = self.score - self.threshold
        return away if self.hard.condition.wanted else -away


@dataclass
class Tally:
    """All pictures of a condition: their scores, and the looks with the smallest margins."""

    condition: Condition
    threshold: float
    scores: list[float] = field(default_factory=list)
    worst: list[Look] = field(default_factory=list)

    def add(self, look: Look) -> None:
        """Count one more."""
        self.scores.append(look.score)
        self.worst = sorted([*self.worst, look], key=lambda one: one.margin)[:WORST_KEPT]

    @property
    def called(self) -> int:
        """How many pictures reach the threshold."""
        return sum(score >= self.threshold for score in self.scores)

    @property
    def bound95(self) -> float:
        """What can be claimed of the share called at 95 % confidence: at least, of what is to be
        called; at most, of what is not. Exact (Clopper and Pearson, 1934)."""
        bound = share_lower if self.condition.wanted else share_upper
        return bound(self.called, len(self.scores), CONFIDENCE)

    def numbers(self) -> Mapping[str, Any]:
        """For JSON."""
        return {
            "condition": self.condition.name, "label": self.condition.label,
            "wanted": self.condition.wanted, "threshold": self.threshold,
            "pictures": len(self.scores), "called": self.called, "bound95": self.bound95,
            "scores": [round(score, 4) for score in self.scores],
        }  # fmt: skip


def tallied(eye: Eye, pictures: Iterable[Hard], told: Told = lambda _: None) -> list[Tally]:
    """The model's looks at the pictures, by condition in the order they come; `told` hears of each
    picture."""
    found: dict[Condition, Tally] = {}
    for hard in pictures:
        look = looked(eye, hard)
        found.setdefault(hard.condition, Tally(hard.condition, look.threshold)).add(look)
        told(1)
    return list(found.values())


def looked(eye: Eye, hard: Hard) -> Look:
    """What the model says of one picture, there where the condition has its place: what else it
    takes for an incident is another condition's."""
    rgb = _fitted(hard.rgb, eye)
    scores = eye.see(rgb)
    label = hard.condition.label
    threshold = eye.card.thresholds[label].value
    if label == "spill":
        return Look(hard, rgb, scores, _wettest(hard, scores), threshold, None)
    near = [one for one in scores.people if hard.box is None or overlap(one.box, hard.box)]
    first = max(near, key=lambda one: one.down_score, default=None)
    if first is None:
        return Look(hard, rgb, scores, 0.0, threshold, None)
    return Look(hard, rgb, scores, first.down_score, threshold, first.box)


def _wettest(hard: Hard, scores: Scores) -> float:
    allowed = np.ones(scores.spill.shape, np.bool_)
    if hard.spot is not None:
        size = scores.spill.shape[::-1]
        share = cv2.resize(hard.spot.astype(np.float32), size, interpolation=cv2.INTER_AREA)
        allowed = np.asarray(share >= SPOT_CELL, np.bool_)
    return spill.wettest(scores.spill, allowed)


def _fitted(rgb: Rgb, eye: Eye) -> Rgb:
    """No larger than the network's input."""
    height, width = rgb.shape[:2]
    scale = min(eye.card.input.width / width, eye.card.input.height / height, 1.0)
    if scale == 1.0:
        return rgb
    size = (int(width * scale), int(height * scale))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
