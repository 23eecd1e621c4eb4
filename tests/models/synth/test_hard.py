"""Hard pictures: each is what its condition says, and the same every time."""

from __future__ import annotations

import pytest

from tests.models.synth import needs

needs.renderer()

from models.synth import hard, hard_eyes, hard_floors, hard_people  # noqa: E402 - imports MuJoCo
from models.synth.condition import Condition, Hard  # noqa: E402 - after the check above
from models.synth.filming import SIZE  # noqa: E402 - imports MuJoCo
from models.synth.seeds import HARD_SEEDS, TRAINING_SEEDS  # noqa: E402 - after the check above

CUT, FAR = hard_people.LYING[3].condition, hard_people.FAR[0].condition
OPEN, DARK = hard_people.LYING[0].condition, hard_people.LYING[-1].condition
WATER, DRY, SHADOW = (
    next(one for one in hard_floors.FROM_ABOVE if name in one.name)
    for name in ("clear water", "as it is", "shadow")
)


@pytest.fixture(scope="module")
def made() -> dict[Condition, Hard]:
    found = list(hard.pictures(1, [OPEN, CUT, DARK, FAR, WATER, DRY, SHADOW]))
    assert len(found) == 7
    return {one.condition: one for one in found}


def long_px(picture: Hard) -> float:
    assert picture.box is not None
    return max(picture.box.w * SIZE[0], picture.box.h * SIZE[1])


def test_far_is_small_and_near_is_not(made: dict[Condition, Hard]) -> None:
    low, high = hard_eyes.FAR_PX
    assert 0.85 * low <= long_px(made[FAR]) <= 1.1 * high
    assert long_px(made[OPEN]) > high


def test_the_lower_edge_cuts_whom_it_is_to_cut(made: dict[Condition, Hard]) -> None:
    cut, whole = made[CUT].box, made[OPEN].box
    assert cut is not None
    assert whole is not None
    assert cut.y + cut.h > 0.995
    assert whole.y + whole.h < 0.995


def test_one_room_two_conditions_differ_by_their_names_alone(made: dict[Condition, Hard]) -> None:
    plain, dark = made[OPEN], made[DARK]
    assert plain.seed == dark.seed
    assert plain.box == dark.box
    assert dark.rgb.mean() < 0.8 * plain.rgb.mean()


def test_the_spot_is_where_something_was_painted_and_nowhere_else(
    made: dict[Condition, Hard],
) -> None:
    wet = made[WATER].spot
    assert wet is not None
    assert hard_floors.AREA_MIN <= wet.mean() < 0.5
    assert made[DRY].spot is None
    difference = abs(made[WATER].rgb.astype(int) - made[DRY].rgb).mean(axis=2)
    assert difference[wet].mean() > 3 * difference[~wet].mean()
    shadow = made[SHADOW].spot
    assert shadow is not None
    assert (shadow & wet).any()  # another thing at the same place


def test_same_room_same_picture(made: dict[Condition, Hard]) -> None:
    [again] = hard.pictures(1, [FAR])
    assert (again.rgb == made[FAR].rgb).all()
    assert again.box == made[FAR].box


def test_no_training_draws_from_these_seeds(made: dict[Condition, Hard]) -> None:
    assert all(one.seed in HARD_SEEDS and one.seed not in TRAINING_SEEDS for one in made.values())


def test_names_are_told_apart() -> None:
    assert len({one.name for one in hard.CONDITIONS}) == len(hard.CONDITIONS)
