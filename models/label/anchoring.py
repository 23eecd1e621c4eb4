"""Whether the suggestion sways people: how often they answer as suggested where they see it, and
where it was hidden from them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from scipy.stats import norm

from models.evaluation import bounds
from models.label.words import Given

_TWO_SIDED = 0.975


@dataclass(frozen=True)
class Followed:
    """So many answers that are as suggested, of so many, with bounds at 95 % each."""

    same: int
    of: int

    @property
    def share(self) -> float | None:
        """Of those that are as suggested; None of none."""
        return bounds.share(self.same, self.of)

    def within(self) -> tuple[float, float]:
        """Where the true share lies (Clopper and Pearson, two-sided 95 %)."""
        if not self.of:
            return 0.0, 1.0
        return (
            bounds.share_lower(self.same, self.of, _TWO_SIDED),
            bounds.share_upper(self.same, self.of, _TWO_SIDED),
        )


@dataclass(frozen=True)
class Anchoring:
    """Of answers to which something was suggested: those that saw it, and those that did not."""

    shown: Followed
    blind: Followed

    def more(self) -> tuple[float, float, float] | None:
        """By how much those who saw it follow it more, with lower and upper bound (Newcombe, Stat.
        Med. 17, 1998, method 10, two-sided 95 %); None where one of them is nobody."""
        if not self.shown.of or not self.blind.of:
            return None
        p, q = self.shown.same / self.shown.of, self.blind.same / self.blind.of
        (a, b), (c, d) = (_wilson(one.same, one.of) for one in (self.shown, self.blind))
        lower = p - q - math.sqrt((p - a) ** 2 + (d - q) ** 2)
        upper = p - q + math.sqrt((b - p) ** 2 + (q - c) ** 2)
        return p - q, lower, upper


def measured(standing: Iterable[Given]) -> Anchoring:
    """Of what labellers say now. Those who are unsure follow nothing."""
    told = [one for one in standing if one.suggested is not None]
    sides = [[one for one in told if one.blind is blind] for blind in (False, True)]
    shown, blind = (
        Followed(sum(one.answer == one.suggested for one in side), len(side)) for side in sides
    )
    return Anchoring(shown, blind)


def _wilson(part: int, of: int) -> tuple[float, float]:
    z = float(norm.ppf(_TWO_SIDED))
    share = part / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return max(0.0, middle - half), min(1.0, middle + half)
