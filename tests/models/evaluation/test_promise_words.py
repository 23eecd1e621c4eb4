"""What is said of promises: never more than is shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.evaluation import promise, promise_words
from models.evaluation.checked import Checked
from models.evaluation.retold import Price


@pytest.mark.parametrize(
    ("incidents", "words"),
    [
        (0, "0 incidents support at most recall 0.00 at 95 %"),
        (1, "1 incident supports at most recall 0.05 at 95 %"),
        (24, "24 incidents support at most recall 0.88 at 95 %"),
        (59, "59 incidents support at most recall 0.95 at 95 %"),
    ],
)
def test_what_so_many_incidents_support(incidents: int, words: str) -> None:
    assert promise_words.supported(promise.tune([0.5] * incidents, 0.9, 0.95)) == words


@pytest.mark.parametrize(
    ("best", "words"),
    [
        (
            [0.2, *[0.5] * 45],
            "threshold 0.5 keeps recall 0.9 at 95 % confidence (1 of 46 incidents missed)",
        ),
        (
            [0.5] * 24,
            "no threshold keeps recall 0.9 at 95 % confidence: that needs 29 incidents without a "
            "miss, or 46 with one",
        ),
        (
            [0.0] * 2 + [0.5] * 44,
            "no threshold keeps recall 0.9 at 95 % confidence: 2 of 46 incidents trip at no "
            "threshold at all, and 1 may; at most recall 0.86 can be promised with these incidents",
        ),
    ],
)
def test_what_is_promised_or_why_nothing_is(best: list[float], words: str) -> None:
    assert promise_words.promised(promise.tune(best, 0.9, 0.95)) == words


@pytest.mark.parametrize(
    ("price", "words"),
    [
        (
            Price(0, 0, 86_400),
            "0 false alarms in 24 hours of normal footage: 0 per camera-day, at most 3.0 (95 %)",
        ),
        (
            Price(3, 2, 600),
            "3 false alarms in 10 minutes of normal footage: 432 per camera-day, at most 1,117 "
            "(95 %); 2 of them while a last picture was held",
        ),
        (Price(0, 0, 0), "false alarms unknown: no normal footage, name some with --normal"),
    ],
)
def test_what_it_costs(price: Price, words: str) -> None:
    assert promise_words.cost(price, 0.95) == words


@pytest.mark.parametrize(
    ("hits", "incidents", "words"),
    [
        (59, 59, "kept: 59 of 59 untouched incidents trip at 0.3: recall is at least 0.95 (95 %), "
         "promised 0.95"),
        (58, 59, "not shown: 58 of 59 untouched incidents trip at 0.3: recall is at least 0.92 "
         "(95 %), promised 0.95; 34 more without a miss would show it"),
        (40, 50, "broken: 40 of 50 untouched incidents trip at 0.3: recall is at most 0.89 (95 %), "
         "promised 0.95"),
    ],
)  # fmt: skip
def test_verdicts(hits: int, incidents: int, words: str) -> None:
    assert promise_words.verdict(promise.verify(hits, incidents, 0.95, 0.95), 0.3) == words


@given(st.integers(1, 500), st.data())
def test_no_bound_is_rounded_in_our_favour(incidents: int, data: st.DataObject) -> None:
    verified = promise.verify(data.draw(st.integers(0, incidents)), incidents, 0.9, 0.95)
    price = Price(data.draw(st.integers(0, 50)), 0, data.draw(st.floats(60, 1e6)))
    found = promise_words.checked_keys(Checked("spill", "", 0.3, verified, 0, price))
    assert verified.lower - 1e-6 <= found["recall_lower"] <= verified.lower + 1e-12
    assert verified.upper - 1e-12 <= found["recall_upper"] <= verified.upper + 1e-6
    assert float(promise_words.at_least(verified.lower)) <= verified.lower + 1e-10
    upper = price.per_camera_day_upper(0.95)
    assert upper is not None
    assert found["price"]["false_alarms_per_camera_day_upper"] >= upper - 1e-9
    told = promise_words.cost(price, 0.95).partition("at most ")[2].partition(" (")[0]
    assert float(told.replace(",", "")) >= upper * (1 - 1e-6)
