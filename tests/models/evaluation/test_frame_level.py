"""Numbers of single pictures against the formulas, written out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.evaluation.frame_level import Samples, calibration_error, numbers, reliability, samples
from tests.models.evaluation.scenes import Bout, picture, recording, told, trace

FALL = ("collapse", 2.0, 4.0)
drawn = st.lists(
    st.tuples(st.booleans(), st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.8, 1.0])),
    min_size=2,
    max_size=30,
)


def of(rows: list[tuple[bool, float]], threshold: float = 0.5) -> Samples:
    scores = np.array([score for _, score in rows], np.float64)
    return Samples(np.array([truth for truth, _ in rows], np.bool_), scores, scores >= threshold)


def test_which_pictures_count() -> None:
    spans = [FALL, ("ignore", 6.0, 7.0)]
    bouts = [Bout("collapse", 3.0, 12.0, 0.8), Bout("spill", 0.0, 5.0, 0.9)]
    clip = told(recording(spans=spans, seconds=10.0), (), trace(10, bouts, held_s=5))  # type: ignore[arg-type]
    single = picture(recording("a.jpg", kind="picture"), 0.9)
    found = samples([clip, single], "collapse")
    assert len(found) == 50 - 6  # 6.0 and 7.0 are within
    assert found.truth.sum() == 11  # so are 2.0 and 4.0
    assert found.alarmed.sum() == 35 - 6
    counted = numbers(found)
    assert [counted[key] for key in ("tp", "fp", "fn", "tn")] == [6, 23, 5, 10]
    assert counted["recall"] == 6 / 11
    assert counted["precision"] == 6 / 29
    assert counted["f2"] == pytest.approx(5 * 6 / (5 * 6 + 4 * 5 + 23))
    assert counted["npv"] == 10 / 15
    assert counted["fnr"] + counted["recall"] == 1
    assert counted["specificity"] == 10 / 33


def test_each_recording_has_the_threshold_of_its_camera() -> None:
    clip = told(recording(seconds=1.0), (), trace(1, [Bout("collapse", 0.0, 1.0, 0.4)]))
    rules = replace(clip.policy, collapse=replace(clip.policy.collapse, threshold=0.3))
    found = samples([clip, replace(clip, policy=rules)], "collapse")
    assert found.alarmed.tolist() == [False] * 5 + [True] * 5


def test_at_the_threshold_is_an_alarm_as_for_events() -> None:
    clip = told(recording(seconds=1.0), (), trace(1, [Bout("collapse", 0.0, 1.0, 0.5)]))
    assert samples([clip], "collapse").alarmed.all()


@pytest.mark.parametrize("rows", [[], [(False, 0.2)] * 3, [(True, 0.7)] * 3])
def test_what_is_undefined_is_none_without_a_warning(rows: list[tuple[bool, float]]) -> None:
    found = numbers(of(rows))
    assert found["roc_auc"] is None
    assert found["average_precision"] is None
    assert (found["log_loss"] is None) == (not rows)
    assert (found["specificity"] is None) == (not rows or rows[0][0])


@given(drawn)
def test_areas_by_their_meaning(rows: list[tuple[bool, float]]) -> None:
    found = numbers(of(rows))
    wet = [score for truth, score in rows if truth]
    dry = [score for truth, score in rows if not truth]
    if not wet or not dry:
        assert found["roc_auc"] is None
        return
    # the chance that a positive scores higher than a negative, half for a tie (Hanley, McNeil 1982)
    wins = sum((one > other) + 0.5 * (one == other) for one in wet for other in dry)
    assert found["roc_auc"] == pytest.approx(wins / len(wet) / len(dry))
    total = 0.0
    for at in sorted(set(wet), reverse=True):
        hits, here = sum(one >= at for one in wet), sum(one == at for one in wet)
        total += here / len(wet) * hits / (hits + sum(one >= at for one in dry))
    assert found["average_precision"] == pytest.approx(total)


@given(drawn)
def test_loss_and_matrix_by_hand(rows: list[tuple[bool, float]]) -> None:
    found = numbers(of(rows))
    given_to_truth = [score if truth else 1 - score for truth, score in rows]
    clipped = np.clip(given_to_truth, 1e-6, 1 - 1e-6)
    assert found["log_loss"] == pytest.approx(-np.log(clipped).mean())
    assert found["tp"] == sum(truth and score >= 0.5 for truth, score in rows)
    assert found["fp"] == sum(not truth and score >= 0.5 for truth, score in rows)
    assert found["tp"] + found["fp"] + found["fn"] + found["tn"] == found["pictures"] == len(rows)


def test_calibration() -> None:
    rows = [(n < 8, 0.81) for n in range(10)] + [(n < 5, 0.11) for n in range(10)]
    assert calibration_error(of(rows)) == pytest.approx((0.01 + 0.39) / 2)
    low, high = reliability(of(rows))
    assert low == pytest.approx({"pictures": 10, "score": 0.11, "share": 0.5})
    assert high == pytest.approx({"pictures": 10, "score": 0.81, "share": 0.8})
    assert calibration_error(of([(True, 1.0), (False, 0.0)])) == 0
