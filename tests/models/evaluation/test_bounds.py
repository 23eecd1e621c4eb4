"""Bounds against sums of exact fractions, against scipy's other way to them, and against tables."""

from __future__ import annotations

from fractions import Fraction
from math import comb, exp, factorial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from models.evaluation import bounds

SHARES = ("0.01", "0.05", "0.5", "0.8", "0.9", "0.95", "0.98", "0.999")


def at_most(misses: int, of: int, chance: Fraction) -> Fraction:
    """The chance of so many misses or fewer, without any rounding."""
    return sum(
        (comb(of, m) * chance**m * (1 - chance) ** (of - m) for m in range(misses + 1)),
        Fraction(0),
    )


def allowed_exactly(of: int, recall: Fraction, confidence: Fraction) -> int | None:
    allowed = None
    for misses in range(of + 1):
        if at_most(misses, of, 1 - recall) > 1 - confidence:
            break
        allowed = misses
    return allowed


@pytest.mark.parametrize("recall", SHARES)
@pytest.mark.parametrize("confidence", SHARES)
def test_misses_allowed_are_those_of_exact_fractions(recall: str, confidence: str) -> None:
    for of in (0, 1, 2, 3, 7, 15, 24, 29, 30):
        exactly = allowed_exactly(of, Fraction(recall), Fraction(confidence))
        assert bounds.misses_allowed(of, float(recall), float(confidence)) == exactly, of


@pytest.mark.parametrize(
    ("recall", "needed"),
    [
        (0.90, [29, 46, 61, 76, 103]),
        (0.95, [59, 93, 124, 153, 208]),
        (0.98, [149, 236, 313, 386, 523]),
    ],
)
def test_incidents_needed_are_those_of_the_table(recall: float, needed: list[int]) -> None:
    misses = (0, 1, 2, 3, 5)
    assert [bounds.incidents_needed(recall, 0.95, m) for m in misses] == needed
    for m, of in zip(misses, needed, strict=True):
        assert bounds.misses_allowed(of, recall, 0.95) == m
        assert (bounds.misses_allowed(of - 1, recall, 0.95) or 0) == max(0, m - 1)
    assert bounds.misses_allowed(needed[0] - 1, recall, 0.95) is None


def test_a_recall_near_one_needs_many_and_takes_no_time() -> None:
    assert bounds.incidents_needed(0.999999, 0.95) == 2995731


@given(
    of=st.integers(0, 400),
    recall=st.floats(0.001, 0.999),
    confidence=st.floats(0.5, 0.999),
)
@settings(deadline=None)
def test_misses_allowed_and_lower_bound_say_the_same(
    of: int, recall: float, confidence: float
) -> None:
    allowed = bounds.misses_allowed(of, recall, confidence)
    if allowed is not None:
        assert bounds.share_lower(of - allowed, of, confidence) >= recall - 1e-9
    one_more = 0 if allowed is None else allowed + 1
    if one_more <= of:
        assert bounds.share_lower(of - one_more, of, confidence) < recall + 1e-9


@given(of=st.integers(1, 300), confidence=st.floats(0.05, 0.999))
@settings(deadline=None)
def test_the_recall_supported_can_be_asked_for(of: int, confidence: float) -> None:
    supported = bounds.recall_supported(of, confidence)
    assert supported == pytest.approx(bounds.share_lower(of, of, confidence))
    assert bounds.misses_allowed(of, supported, confidence) == 0
    assert bounds.misses_allowed(of, min(supported + 1e-6, 1 - 1e-12), confidence) is None


@pytest.mark.parametrize(("incidents", "recall"), [(0, 0.0), (1, 0.05), (24, 0.8827), (59, 0.9505)])
def test_recalls_supported(incidents: int, recall: float) -> None:
    assert bounds.recall_supported(incidents, 0.95) == pytest.approx(recall, abs=5e-5)


@given(
    hits=st.integers(0, 200),
    misses=st.integers(0, 200),
    confidence=st.sampled_from([0.8, 0.9, 0.95, 0.99]),
)
@settings(deadline=None, max_examples=60)
def test_shares_are_those_found_by_root_search(hits: int, misses: int, confidence: float) -> None:
    of = hits + misses
    if of == 0:
        assert bounds.share_lower(0, 0, confidence) == 0.0
        assert bounds.share_upper(0, 0, confidence) == 1.0
        return
    lower = binomtest(hits, of, alternative="greater").proportion_ci(confidence).low
    upper = binomtest(hits, of, alternative="less").proportion_ci(confidence).high
    assert bounds.share_lower(hits, of, confidence) == pytest.approx(lower, abs=1e-9)
    assert bounds.share_upper(hits, of, confidence) == pytest.approx(upper, abs=1e-9)


@pytest.mark.parametrize("count", [0, 1, 2, 7, 30])
def test_a_rate_at_its_bound_makes_so_few_just_unlikely(count: int) -> None:
    days = 2.5
    rate = bounds.rate_upper(count, days, 0.95)
    assert rate is not None
    mean = rate * days
    fewer = sum(exp(-mean) * mean**k / factorial(k) for k in range(count + 1))
    assert fewer == pytest.approx(0.05, rel=1e-9)


def test_no_exposure_bounds_no_rate() -> None:
    assert bounds.rate_upper(0, 0.0, 0.95) is None
    assert bounds.rate_upper(0, 1.0, 0.95) == pytest.approx(2.9957, abs=1e-4)
