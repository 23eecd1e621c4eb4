from __future__ import annotations

import numpy as np

from edge.normal.budget import BLOCK_S, Record

DAY_S = 86_400.0


def watched(days: int, seed: int = 1) -> Record:
    rng = np.random.default_rng(seed)
    record = Record.empty()
    for block in range(round(days * DAY_S / BLOCK_S)):
        record.add(float(rng.standard_exponential()), BLOCK_S, block * BLOCK_S)
    return record


def test_nothing_is_unusual_before_the_record_is_as_long_as_the_budget_is_rare() -> None:
    assert watched(3).threshold(0.25) is None
    assert watched(5).threshold(0.25) is not None
    assert watched(5).threshold(0) is None


def test_the_budget_holds_in_expectation() -> None:
    """Four a day, of days that are alike, on 15 records of four days."""
    told = 0
    for seed in range(15):
        record, rng = watched(4, seed), np.random.default_rng(1000 + seed)
        threshold = record.threshold(4)
        assert threshold is not None
        told += int((rng.standard_exponential(round(DAY_S / BLOCK_S)) > threshold).sum())
    assert 0.5 * 60 < told < 1.3 * 60


def test_a_bad_day_does_not_tell_more_than_the_budget_rounded_up() -> None:
    record = watched(2)
    for second in range(2):
        assert record.may_tell(1.5, 200_000.0 + second)
        record.tell(200_000.0 + second)
    assert not record.may_tell(1.5, 200_010.0)
    assert record.may_tell(1.5, 200_002.0 + DAY_S)


def test_what_is_older_than_a_month_is_forgotten() -> None:
    record = watched(40)
    assert 27 < record.days < 30
    assert min(at_s for _, at_s in record.peaks) > 11 * DAY_S


def test_a_large_budget_is_not_lost_when_the_record_is_long() -> None:
    """More peaks than are kept would be needed: fewer are told then, not none."""
    record = watched(28)
    threshold = record.threshold(24)
    assert threshold is not None
    assert threshold == min(value for value, _ in record.peaks)
