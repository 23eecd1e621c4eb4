"""How far labellers agree, held against other people's programs and published numbers."""

from __future__ import annotations

import random

import pytest

from models.label import agreement, anchoring
from models.label.book import SETTLED
from models.label.words import ANSWERS, Answer, Given

# Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), section C: four observers, twelve
# units, five values.
OBSERVED = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")


def given(item: int, who: str, answer: Answer, **more: object) -> Given:
    return Given(item, who, answer, **more)  # type: ignore[arg-type]


def two(count: int, wrong: float, seed: int = 3) -> list[Given]:
    """Two labellers, the second of whom errs at random."""
    rng = random.Random(seed)
    said = []
    for item in range(count):
        truth = rng.choices(ANSWERS, (3, 2, 10, 1))[0]
        other = rng.choice(ANSWERS) if rng.random() < wrong else truth
        said += [given(item, "kim", truth), given(item, "lee", other)]
    return said


@pytest.mark.parametrize("wrong", [0.0, 0.2, 0.9])
def test_kappa_is_what_scikit_learn_says(wrong: float) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    said = two(300, wrong)
    [pair] = agreement.pairs(said)
    kim, lee = ([one.answer for one in said if one.who == who] for who in ("kim", "lee"))
    assert pair.kappa.value == pytest.approx(metrics.cohen_kappa_score(kim, lee))
    assert pair.alike == pytest.approx(sum(a == b for a, b in zip(kim, lee, strict=True)) / 300)


def test_the_bounds_of_kappa_hold_about_as_often_as_they_say() -> None:
    """Of 100 pairs of labellers who err alike, 95 % of the bounds hold what very many show."""
    [much] = agreement.pairs(two(20_000, 0.3))
    assert much.kappa.value is not None
    held = 0
    for seed in range(100):
        [pair] = agreement.pairs(two(120, 0.3, seed))
        assert pair.kappa.lower is not None
        assert pair.kappa.upper is not None
        held += pair.kappa.lower <= much.kappa.value <= pair.kappa.upper
    assert 88 <= held <= 99


def test_alpha_is_what_is_published() -> None:
    units = [[row[unit] for row in OBSERVED if row[unit] != "."] for unit in range(12)]
    counts = [tuple(unit.count(value) for value in "12345") for unit in units if len(unit) > 1]
    assert agreement.alpha(counts).value == pytest.approx(0.743, abs=0.0005)


def test_all_labellers_together_are_those_who_share_items() -> None:
    said = [*two(50, 0.2), given(0, "max", "unsure"), given(70, "max", "spill")]
    found = agreement.several(said)
    assert found is not None
    assert (found.labellers, found.items) == (3, 50)


def test_where_all_say_the_same_nothing_is_to_be_measured() -> None:
    said = [given(item, who, "nothing") for item in range(9) for who in ("kim", "lee")]
    assert agreement.pairs(said)[0].kappa.value is None
    assert agreement.pairs(said)[0].alike == 1
    assert agreement.several(said[::2]) is None


def test_what_is_to_be_settled_is_listed_until_it_is() -> None:
    said = [
        given(1, "kim", "spill"), given(1, "lee", "nothing"),
        given(2, "kim", "spill"), given(2, "lee", "unsure"),
        given(3, "kim", "spill"), given(3, "lee", "collapse"), given(3, SETTLED, "collapse"),
    ]  # fmt: skip
    [left] = agreement.disagreements(said)
    assert left == agreement.Disagreement(1, (("kim", "spill"), ("lee", "nothing")))
    assert agreement.pairs(said)[0].items == 3


def test_onsets_are_held_against_each_other_where_both_saw_the_same() -> None:
    said = [given(n, "kim", "collapse", onset_s=10.0) for n in range(20)]
    said += [given(n, "lee", "collapse", onset_s=10.0 + n / 10) for n in range(19)]
    said += [given(19, "lee", "spill", onset_s=90.0), given(20, "lee", "collapse", onset_s=1.0)]
    found = agreement.onsets(said)
    assert found.pairs == 19
    assert (found.p50_s, found.p95_s) == pytest.approx((0.9, 1.71))


def test_who_sees_the_suggestion_follows_it_more() -> None:
    def answers(count: int, same: int, blind: bool) -> list[Given]:
        return [
            given(n, "kim", "spill" if n < same else "nothing", suggested="spill", blind=blind)
            for n in range(count)
        ]

    found = anchoring.measured(
        [*answers(70, 56, False), *answers(80, 48, True), given(99, "kim", "spill")]
    )
    assert (found.shown.share, found.blind.share) == (0.8, 0.6)
    # Newcombe (1998), table II, 56/70 against 48/80.
    assert found.more() == pytest.approx((0.2, 0.0524, 0.3339), abs=0.00005)
    assert anchoring.measured([]).more() is None
