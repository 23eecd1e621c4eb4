"""The tuning rule: what it picks, what it says when nothing keeps the promise, what never changes
it; and the check of a promise on untouched incidents."""

from __future__ import annotations

import math
import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mapie.risk_control import BinaryClassificationController, FWERFixedSequenceTesting

from models.evaluation import promise
from tests.models.evaluation.test_bounds import allowed_exactly, at_most

scores = st.floats(0, 1) | st.sampled_from([0.0, 0.1, 0.25, 0.5, 1.0])
many = st.lists(scores, min_size=0, max_size=60)
shares = st.sampled_from([0.3, 0.5, 0.8, 0.9, 0.95])


@pytest.mark.parametrize(
    ("incidents", "recall", "rank"),
    [(29, 0.9, 1), (45, 0.9, 1), (46, 0.9, 2), (61, 0.9, 3), (59, 0.95, 1), (93, 0.95, 2)],
)
def test_the_threshold_is_the_lowest_score_but_those_that_may_be_missed(
    incidents: int, recall: float, rank: int
) -> None:
    best = [(i + 1) / 128 for i in range(incidents)]
    tuned = promise.tune(best, recall, 0.95)
    assert tuned.threshold is not None
    assert tuned.threshold == math.floor(best[rank - 1] * 1e6) / 1e6
    assert (tuned.misses, tuned.allowed, tuned.blind) == (rank - 1, rank - 1, 0)
    assert tuned.reason == ""


def test_too_few_incidents_are_said() -> None:
    tuned = promise.tune([0.9] * 24, 0.95, 0.95)
    assert (tuned.threshold, tuned.reason, tuned.allowed) == (None, "few", None)
    assert tuned.supported == pytest.approx(0.8827, abs=1e-4)
    assert (tuned.needed(), tuned.needed(1)) == (59, 93)


def test_too_many_that_trip_at_no_threshold_are_said() -> None:
    tuned = promise.tune([0.0, 1e-7] + [0.9] * 60, 0.95, 0.95)
    assert (tuned.threshold, tuned.reason) == (None, "blind")
    assert (tuned.allowed, tuned.blind, tuned.misses) == (0, 2, 2)
    assert promise.tune([0.0, 1e-7] + [0.9] * 60, tuned.reachable - 1e-6, 0.95).threshold == 0.9


def test_without_incidents_nothing_is_promised() -> None:
    tuned = promise.tune([], 0.9, 0.95)
    assert (tuned.threshold, tuned.reason, tuned.supported, tuned.reachable) == (None, "few", 0, 0)


@pytest.mark.parametrize(
    ("best", "threshold"),
    [
        (0.213, 0.213),
        (0.2139999, 0.213999),
        (0.21299999999999, 0.212999),
        (1.0, 0.999999),
        (0.9999999, 0.999999),
        (1e-6, 1e-6),
        (1.9e-6, 1e-6),
        (float(np.float32(0.3)), 0.3),
    ],
)
def test_thresholds_are_rounded_down_and_lie_between_0_and_1(best: float, threshold: float) -> None:
    assert promise.tune([best] * 29, 0.9, 0.95).threshold == threshold


@given(best=many, recall=shares, confidence=shares)
@settings(deadline=None)
def test_no_higher_threshold_would_do(best: list[float], recall: float, confidence: float) -> None:
    tuned = promise.tune(best, recall, confidence)
    exactly = allowed_exactly(len(best), Fraction(str(recall)), Fraction(str(confidence)))
    assert tuned.allowed == exactly
    if tuned.threshold is None:
        assert exactly is None or sum(b < promise.LOWEST for b in best) > exactly
        return
    assert exactly is not None
    assert promise.LOWEST <= tuned.threshold <= promise.HIGHEST
    assert tuned.misses == sum(b < tuned.threshold for b in best) <= exactly
    higher = tuned.threshold + 2 * promise.LOWEST
    assert higher > promise.HIGHEST or sum(b < higher for b in best) > exactly


@given(best=many, recall=shares, confidence=shares, seed=st.integers(0, 99))
@settings(deadline=None)
def test_order_does_not_matter(
    best: list[float], recall: float, confidence: float, seed: int
) -> None:
    mixed = random.Random(seed).sample(best, len(best))
    assert promise.tune(mixed, recall, confidence) == promise.tune(best, recall, confidence)


@given(best=many, more=scores, recall=shares, confidence=shares)
@settings(deadline=None)
def test_one_more_incident_draws_the_threshold_its_way_only(
    best: list[float], more: float, recall: float, confidence: float
) -> None:
    before = promise.tune(best, recall, confidence).threshold
    after = promise.tune([*best, more], recall, confidence).threshold
    if before is None:
        return
    if more >= before:
        assert after is not None
        assert after >= before
    else:
        assert after is None or after <= before


@given(best=st.lists(scores, min_size=1, max_size=60), recall=shares, data=st.data())
@settings(deadline=None)
def test_a_model_that_sees_one_incident_better_never_has_a_lower_threshold(
    best: list[float], recall: float, data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(best) - 1))
    better = [*best]
    better[index] = data.draw(st.floats(best[index], 1))
    before = promise.tune(best, recall, 0.9).threshold
    after = promise.tune(better, recall, 0.9).threshold
    assert before is None or (after is not None and after >= before)


@given(best=many, confidence=shares)
@settings(deadline=None)
def test_to_promise_more_the_threshold_falls(best: list[float], confidence: float) -> None:
    rungs = promise.ladder(best, confidence)
    assert [rung.recall for rung in rungs] == list(promise.LADDER)
    thresholds = [rung.threshold or 0.0 for rung in rungs]
    assert thresholds == sorted(thresholds, reverse=True)
    surer = [promise.tune(best, 0.8, c).threshold or 0.0 for c in (0.5, 0.8, 0.9, 0.95, 0.99)]
    assert surer == sorted(surer, reverse=True)


@given(best=many, confidence=shares)
@settings(deadline=None)
def test_what_is_reachable_is_reached_and_no_more(best: list[float], confidence: float) -> None:
    reachable = promise.tune(best, 0.5, confidence).reachable
    if reachable > 1e-6:
        assert promise.tune(best, reachable * (1 - 1e-9), confidence).threshold is not None
    assert promise.tune(best, min(reachable + 1e-6, 1 - 1e-9), confidence).threshold is None


@pytest.mark.parametrize("seed", range(6))
def test_mapie_picks_the_same_threshold(seed: int) -> None:
    """MAPIE's Learn-then-Test, over the same scores as a classifier's, tests threshold after
    threshold upwards; the highest it holds valid is ours."""
    rng = np.random.default_rng(seed)
    best = np.round(rng.beta(4, 2, rng.integers(60, 250)), 3)
    recall = float(rng.choice([0.7, 0.8, 0.9]))
    steps = np.unique(best)
    controller = BinaryClassificationController(
        predict_function=lambda x: np.stack([1 - x[:, 0], x[:, 0]], axis=1),
        risk="recall",
        target_level=recall,
        confidence_level=0.9,
        best_predict_param_choice="recall",
        list_predict_params=steps,
        fwer_method=FWERFixedSequenceTesting(),
    )
    controller.calibrate(best[:, None], np.ones(len(best), int))
    assert promise.tune(best.tolist(), recall, 0.9).threshold == max(
        controller.valid_predict_params
    )


@pytest.mark.parametrize(
    ("hits", "incidents", "verdict", "more"),
    [
        (59, 59, "kept", 0),
        (92, 93, "kept", 0),
        (58, 58, "not shown", 1),
        (58, 59, "not shown", 34),
        (0, 0, "not shown", 59),
        (40, 50, "broken", 286),
        (0, 1, "not shown", 92),
        (0, 2, "broken", 122),
    ],
)
def test_a_promise_is_kept_not_shown_or_broken(
    hits: int, incidents: int, verdict: str, more: int
) -> None:
    verified = promise.verify(hits, incidents, 0.95, 0.95)
    assert (verified.verdict, verified.more) == (verdict, more)
    assert 0 <= verified.lower <= verified.upper <= 1


@given(
    incidents=st.integers(0, 40),
    misses=st.integers(0, 40),
    recall=shares,
    confidence=st.sampled_from([0.5, 0.8, 0.9, 0.95]),
)
@settings(deadline=None)
def test_verdicts_are_those_of_exact_fractions(
    incidents: int, misses: int, recall: float, confidence: float
) -> None:
    misses = min(misses, incidents)
    chance, doubt = 1 - Fraction(str(recall)), 1 - Fraction(str(confidence))
    few = at_most(misses, incidents, chance)  # so few misses, were the recall just the promised
    many = 1 - (at_most(misses - 1, incidents, chance) if misses else 0)
    verified = promise.verify(incidents - misses, incidents, recall, confidence)
    if few <= doubt:
        assert verified.verdict == "kept"
    elif many < doubt:
        assert verified.verdict == "broken"
    else:
        assert verified.verdict == "not shown"


@given(incidents=st.integers(0, 60), misses=st.integers(0, 5), recall=shares)
@settings(deadline=None)
def test_so_many_more_show_it_and_one_less_does_not(
    incidents: int, misses: int, recall: float
) -> None:
    hits = max(0, incidents - misses)
    more = promise.verify(hits, incidents, recall, 0.95).more
    assert promise.verify(hits + more, incidents + more, recall, 0.95).verdict == "kept"
    if more:
        less = promise.verify(hits + more - 1, incidents + more - 1, recall, 0.95)
        assert less.verdict != "kept"
