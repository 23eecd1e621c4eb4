"""Whether a difference between two of the same means anything: exact tests, two-sided.

Each gives the probability of a difference at least as odd as this one if there were none: the
smaller, the less it looks like chance.
"""

from __future__ import annotations

from scipy.stats import binomtest


def shares_differ(only_first: int, only_second: int) -> float:
    """Of incidents which both were shown: how many only the first found, and only the second. Those
    that both found, or both missed, say nothing of a difference. McNemar's test in its exact form,
    McNemar (1947): a binomial one on those that differ."""
    of = only_first + only_second
    return float(binomtest(only_first, of, 0.5).pvalue) if of else 1.0


def rates_differ(first: int, first_hours: float, second: int, second_hours: float) -> float | None:
    """Of counts over hours; None where one has none. Given their sum, one of two Poisson counts of
    equal rate is binomial with its share of the hours (Przyborowski and Wilenski, 1940). On footage
    that is the same for both it errs towards chance, as what alarms both is counted twice."""
    if first_hours <= 0 or second_hours <= 0:
        return None
    of, share = first + second, first_hours / (first_hours + second_hours)
    return float(binomtest(first, of, share).pvalue) if of else 1.0
