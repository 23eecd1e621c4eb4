"""Exact one-sided bounds: what so few incidents and hours can show.

Clopper and Pearson (1934) for shares, Garwood (1936) for rates; both hold for every sample size,
which is what few incidents need. `confidence` is one-sided, 0–1.
"""

from __future__ import annotations

from scipy.stats import beta, binom, chi2

CONFIDENCE = 0.95  # of the bounds that metrics and reports give
_ROUNDING = 1e-12  # relative; what a sum of probabilities in floating point may be off


def share(part: float, of: float) -> float | None:
    """`part` of `of`; None of nothing."""
    return part / of if of > 0 else None


def share_lower95(hits: int, of: int) -> float | None:
    """`share_lower` at `CONFIDENCE`; None of nothing."""
    return share_lower(hits, of, CONFIDENCE) if of else None


def share_lower(hits: int, of: int, confidence: float) -> float:
    """The lowest true share under which `hits` or more of `of` are not yet unlikely."""
    return 0.0 if hits == 0 else float(beta.ppf(1 - confidence, hits, of - hits + 1))


def share_upper(hits: int, of: int, confidence: float) -> float:
    """The highest true share under which `hits` or fewer of `of` are not yet unlikely."""
    return 1.0 if hits == of else float(beta.ppf(confidence, hits + 1, of - hits))


def rate_upper(count: int, exposure: float, confidence: float) -> float | None:
    """The highest true rate under which `count` or fewer in so much `exposure` are not yet
    unlikely, per unit of exposure; None without exposure. 3.0 / exposure for none at 95 %."""
    return float(chi2.ppf(confidence, 2 * (count + 1)) / 2 / exposure) if exposure > 0 else None


def shown(misses: int, of: int, recall: float, confidence: float) -> bool:
    """Whether so few misses among `of` incidents show a recall: BinomCDF(k; n, 1 − r) ≤ δ. The
    same as `share_lower(of - misses, of, confidence) >= recall`."""
    return bool(binom.cdf(misses, of, 1 - recall) <= (1 - confidence) * (1 + _ROUNDING))


def misses_allowed(of: int, recall: float, confidence: float) -> int | None:
    """The most misses among `of` incidents with which a recall is still shown; None: not even
    without a miss."""
    allowed = int(binom.ppf(1 - confidence, of, 1 - recall))  # near it: the least k with CDF ≥ δ
    while shown(allowed + 1, of, recall, confidence):
        allowed += 1
    while allowed >= 0 and not shown(allowed, of, recall, confidence):
        allowed -= 1
    return allowed if allowed >= 0 else None


def recall_supported(of: int, confidence: float) -> float:
    """The highest recall that so many incidents can show, if none is missed; 0 for none."""
    return float((1 - confidence) ** (1 / of)) if of else 0.0


def incidents_needed(recall: float, confidence: float, misses: int = 0) -> int:
    """How many incidents show a recall when so many of them are missed."""
    enough = misses + 1
    while not shown(misses, enough, recall, confidence):
        enough *= 2
    few = enough // 2  # the more incidents, the more is shown: halve between too few and enough
    while enough - few > 1:
        middle = (few + enough) // 2
        few, enough = (
            (few, middle) if shown(misses, middle, recall, confidence) else (middle, enough)
        )
    return enough
