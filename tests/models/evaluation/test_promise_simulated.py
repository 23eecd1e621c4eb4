"""The promise, tried: thousands of draws of incidents from worlds whose true recall is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import beta, binom, binomtest

from models.evaluation import promise

DRAWS = 3000
Scores = NDArray[np.float64]


@dataclass(frozen=True)
class World:
    """Where incidents come from: how their scores are drawn, and the share of all that trip at a
    threshold."""

    draw: Callable[[np.random.Generator, tuple[int, int]], Scores]
    recall: Callable[[float], float]


def smooth(a: float, b: float) -> World:
    return World(
        lambda rng, shape: np.asarray(rng.beta(a, b, shape)),
        lambda threshold: float(beta.sf(threshold, a, b)),
    )


def discrete(values: list[float], chances: list[float]) -> World:
    weights = dict(zip(values, chances, strict=True))
    return World(
        lambda rng, shape: np.asarray(rng.choice(values, shape, p=chances)),
        lambda threshold: sum(chance for value, chance in weights.items() if value >= threshold),
    )


def with_blind(share: float, seen: World) -> World:
    """So many trip at no threshold."""
    return World(
        lambda rng, shape: np.where(rng.random(shape) < share, 0.0, seen.draw(rng, shape)),
        lambda threshold: (1 - share) * seen.recall(threshold) if threshold > 0 else 1.0,
    )


STEPS = [i / 20 for i in range(1, 21)]
WORLDS = {
    "smooth": smooth(5, 2),
    "mostly weak": smooth(0.5, 3),
    "many ties": discrete(STEPS, [1 / 20] * 20),
    "a step at the worst place": discrete([0.2, 0.4, 0.9], [0.04, 0.07, 0.89]),
    "three in a hundred trip at no threshold": with_blind(0.03, smooth(5, 2)),
    "one in ten trips at no threshold": with_blind(0.1, smooth(2, 2)),
}


def broken(world: World, incidents: int, recall: float, confidence: float) -> tuple[int, int]:
    """In how many draws the true recall is below the target though it was promised; and in how
    many it was promised."""
    rng = np.random.default_rng(4)
    thresholds = [
        promise.tune(best.tolist(), recall, confidence).threshold
        for best in world.draw(rng, (DRAWS, incidents))
    ]
    promised = [threshold for threshold in thresholds if threshold is not None]
    return sum(world.recall(threshold) < recall for threshold in promised), len(promised)


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize(
    ("incidents", "recall", "confidence"), [(30, 0.9, 0.95), (93, 0.95, 0.95), (60, 0.8, 0.8)]
)
def test_a_promise_is_broken_no_more_often_than_said(
    name: str, incidents: int, recall: float, confidence: float
) -> None:
    times, _ = broken(WORLDS[name], incidents, recall, confidence)
    assert binomtest(times, DRAWS, 1 - confidence, alternative="greater").pvalue > 0.001


def test_no_confidence_is_given_away_where_scores_have_no_ties() -> None:
    times, promised = broken(WORLDS["smooth"], 93, 0.95, 0.95)
    assert promised == DRAWS
    exactly = float(binom.cdf(1, 93, 0.05))
    assert binomtest(times, DRAWS, exactly).pvalue > 0.001
    assert exactly > 0.049


def test_blind_incidents_are_not_promised_away() -> None:
    """Nine in ten can be caught at best: hardly ever does a draw look as if 0.95 could be."""
    world = WORLDS["one in ten trips at no threshold"]
    times, promised = broken(world, 93, 0.95, 0.95)
    assert times == promised < 0.01 * DRAWS


@pytest.mark.parametrize("incidents", [20, 59, 93, 200])
def test_the_lowest_score_that_gives_the_recall_here_breaks_the_promise(incidents: int) -> None:
    """The rule everybody uses, tried on the same draws."""
    world, recall = WORLDS["smooth"], 0.95
    draws = np.sort(world.draw(np.random.default_rng(4), (DRAWS, incidents)), axis=1)
    naive = draws[:, int(incidents * (1 - recall) + 1e-9)]
    assert (draws >= naive[:, None]).mean(axis=1).min() >= recall
    times = sum(world.recall(float(threshold)) < recall for threshold in naive)
    assert times > 0.3 * DRAWS


@pytest.mark.parametrize("recall", [0.8, 0.95, 0.99])
def test_a_verdict_is_wrong_no_more_often_than_said(recall: float) -> None:
    """With the true recall right at the promise, where it is easiest to be wrong either way."""
    rng, incidents = np.random.default_rng(4), 120
    says = [promise.verify(hits, incidents, recall, 0.95).verdict for hits in range(incidents + 1)]
    said = [says[hits] for hits in rng.binomial(incidents, recall, DRAWS)]
    for wrong in ("kept", "broken"):
        assert binomtest(said.count(wrong), DRAWS, 0.05, alternative="greater").pvalue > 0.001
