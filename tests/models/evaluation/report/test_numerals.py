"""Numbers for people: bounds are never rounded to the flattering side."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.evaluation.report.numerals import (
    TIGHT,
    counted,
    duration,
    rate,
    score,
    seconds,
    share,
)


def plain(words: str) -> str:
    return words.replace(TIGHT, " ")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "–"),
        (0.0, "0 %"),
        (0.784, "78 %"),
        (0.786, "79 %"),
        (0.9949, "99.4 %"),
        (0.99999, "99.9 %"),
        (1.0, "100 %"),
    ],
)
def test_a_share(value: float | None, words: str) -> None:
    assert plain(share(value)) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.787, "78 %"), (0.7, "70 %"), (0.29, "29 %"), (0.999, "99.9 %"), (1.0, "100 %")],
)
def test_a_lower_bound(value: float, words: str) -> None:
    assert plain(share(value, down=True)) == words


@pytest.mark.parametrize(
    ("value", "near", "bound"),
    [
        (None, "–", "–"),
        (0.0, "0", "0"),
        (0.0123, "0.012", "0.013"),
        (0.5, "0.50", "0.50"),
        (3.14, "3.1", "3.2"),
        (10.2, "10", "11"),
        (1234.5, "1,234", "1,235"),
    ],
)
def test_a_rate(value: float | None, near: str, bound: str) -> None:
    assert (rate(value), rate(value, up=True)) == (near, bound)


@given(st.floats(0, 1))
def test_a_lower_bound_is_never_rounded_up(value: float) -> None:
    assert float(share(value, down=True).removesuffix(f"{TIGHT}%")) <= value * 100 + 1e-6


@given(st.floats(1e-6, 1e6))
def test_an_upper_bound_is_never_rounded_down(value: float) -> None:
    assert float(rate(value, up=True).replace(",", "")) >= value * (1 - 1e-6)


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, "–"), (3.44, "3.4 s"), (119.9, "119.9 s"), (125, "2:05 min"), (7325, "2:02:05 h")],
)
def test_seconds(value: float | None, words: str) -> None:
    assert plain(seconds(value)) == words


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (None, "–"),
        (1 / 3600, "1 second"),
        (90 / 3600, "90 seconds"),
        (0.15, "9 minutes"),
        (2.5, "2.5 hours"),
        (36, "36 hours"),
        (240, "10 days"),
    ],
)
def test_a_duration(hours: float | None, words: str) -> None:
    assert plain(duration(hours)) == words


def test_the_small_ones() -> None:
    assert (score(None), score(0.5), score(0.0312)) == ("–", "0.50", "0.031")
    assert counted(1, "miss", "misses") == "1 miss"
    assert counted(1200, "clip") == "1,200 clips"
