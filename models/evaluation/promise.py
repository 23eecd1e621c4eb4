"""Thresholds that keep a promise: at least this share of incidents trips, with this confidence.

Sᵢ is the highest threshold at which incident i still trips (`Incident.best`). With n incidents in
ascending order and k = max{k : BinomCDF(k; n, 1 − r) ≤ δ} misses allowed, S₍ₖ₊₁₎ keeps recall r
with confidence 1 − δ: Learn-then-Test (Angelopoulos and others, 2021) with exact binomial p-values,
testing from the lowest threshold upwards. It holds for every distribution of scores, ties included,
but only for incidents that are independent of each other and like those to come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from models.evaluation.bounds import (
    incidents_needed,
    misses_allowed,
    recall_supported,
    share_lower,
    share_upper,
    shown,
)

DIGITS = 6  # of a threshold; rounded down, so that whatever tripped still does
LOWEST = 1e-6  # what trips only below this trips at no threshold there can be
HIGHEST = 1 - LOWEST
LADDER = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99)

Verdict = Literal["kept", "not shown", "broken"]
Reason = Literal["", "few", "blind"]


@dataclass(frozen=True)
class Tuned:
    """What so many incidents allow to be promised. `threshold` is None where no threshold keeps
    recall `recall` at one-sided confidence `confidence`. `misses` of the incidents do not trip at
    it (without one: at any). `allowed` is how many might (None: not even none would do). `blind`
    incidents trip at no threshold at all."""

    recall: float
    confidence: float
    incidents: int
    threshold: float | None
    misses: int
    allowed: int | None
    blind: int

    @property
    def reason(self) -> Reason:
        """Why there is no threshold: too few incidents, or too many which trip at none."""
        if self.threshold is not None:
            return ""
        return "few" if self.allowed is None else "blind"

    @property
    def supported(self) -> float:
        """The highest recall that so many incidents can show, were each to trip."""
        return recall_supported(self.incidents, self.confidence)

    @property
    def reachable(self) -> float:
        """The highest recall that these incidents can show, at the lowest threshold."""
        return share_lower(self.incidents - self.blind, self.incidents, self.confidence)

    def needed(self, misses: int = 0) -> int:
        """How many incidents show the recall with so many misses."""
        return incidents_needed(self.recall, self.confidence, misses)


def tune(best: Sequence[float], recall: float, confidence: float) -> Tuned:
    """The highest threshold that keeps the promise, for incidents whose highest tripping thresholds
    are `best` (0–1, in any order); recall and confidence lie between 0 and 1."""
    ascending = sorted(float(one) for one in best)
    allowed = misses_allowed(len(ascending), recall, confidence)
    blind = sum(one < LOWEST for one in ascending)
    threshold = None
    if allowed is not None and allowed >= blind:
        threshold = _rounded_down(ascending[allowed])
    misses = blind if threshold is None else sum(one < threshold for one in ascending)
    return Tuned(recall, confidence, len(ascending), threshold, misses, allowed, blind)


def ladder(
    best: Sequence[float], confidence: float, recalls: Sequence[float] = LADDER
) -> tuple[Tuned, ...]:
    """What the same incidents allow for other recalls. Each rung holds at the confidence by itself;
    one picked because its threshold pleases does not."""
    return tuple(tune(best, recall, confidence) for recall in recalls)


def _rounded_down(best: float) -> float:
    near = round(min(best, HIGHEST), DIGITS)
    return near if near <= best else round(near - LOWEST, DIGITS)


@dataclass(frozen=True)
class Verified:
    """What untouched incidents say of a promise: `hits` of `incidents` tripped, so that the true
    recall is at least `lower`, and, looked at from the other side, at most `upper`; each with the
    promise's own confidence. `more` further incidents without a miss would show it."""

    recall: float
    confidence: float
    incidents: int
    hits: int
    verdict: Verdict
    lower: float
    upper: float
    more: int


def verify(hits: int, incidents: int, recall: float, confidence: float) -> Verified:
    """Kept if the lower bound reaches the recall, broken if the upper bound does not, else not
    shown: too few incidents to tell."""
    misses = incidents - hits
    lower = share_lower(hits, incidents, confidence)
    upper = share_upper(hits, incidents, confidence)
    verdict: Verdict = "broken" if upper < recall else "not shown"
    more = incidents_needed(recall, confidence, misses) - incidents
    if shown(misses, incidents, recall, confidence):
        verdict, more = "kept", 0
    return Verified(recall, confidence, incidents, hits, verdict, lower, upper, more)
