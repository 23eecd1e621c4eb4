"""Network output to `Scores`: overlaps, padding, fractions."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.core import heads
from edge.core.card import Card, CardThreshold, Input, People, Spill
from edge.core.types import Box, Scores

CARD = Card(
    card_version=2,
    name="test",
    version="1",
    licence="Apache-2.0",
    file="model.onnx",
    sha256="0" * 64,
    input=Input(name="images", width=640, height=384),
    people=People(
        name="people", states=("upright", "low", "down", "bed"), score_floor=0.2, overlap_max=0.5
    ),
    spill=Spill(name="spill", stride=8),
    thresholds={
        "collapse": CardThreshold(value=0.5, source="test"),
        "spill": CardThreshold(value=0.5, source="test"),
    },
    origins=(),
)
Row = tuple[float, float, float, float, float]  # cx, cy, w, h in pixels, score


def read(
    *rows: Row,
    size: tuple[int, int] = (640, 360),
    spill: NDArray[np.float32] | None = None,
    card: Card = CARD,
) -> Scores:
    states = np.array([0.1, 0.2, 0.3, 0.4], np.float32)
    people = np.array([[*row, *states] for row in rows], np.float32).reshape(-1, 9)
    grid = np.zeros((48, 80), np.float32) if spill is None else spill
    return heads.read(people, grid, card, size, at_ns=7)


@pytest.mark.parametrize("size", [(640, 360), (512, 384), (216, 384), (640, 384), (33, 47)])
def test_boxes_are_fractions_of_the_picture_whatever_its_shape(size: tuple[int, int]) -> None:
    width, height = size
    person = (0.5 * width, 0.75 * height, 0.2 * width, 0.1 * height, 0.9)
    scores = read(person, size=size)
    assert scores.people[0].box == pytest.approx(Box(0.4, 0.7, 0.2, 0.1), abs=1e-6)
    assert scores.aspect == pytest.approx(width / height)
    assert scores.at_ns == 7


def test_states_go_by_the_names_of_the_card() -> None:
    person = read((100, 100, 20, 40, 0.9)).people[0]
    assert (person.upright, person.low, person.down, person.bed) == pytest.approx(
        (0.1, 0.2, 0.3, 0.4)
    )
    people = People(name="people", states=("down", "bed", "upright", "low"))
    person = read((100, 100, 20, 40, 0.9), card=CARD.model_copy(update={"people": people})).people[
        0
    ]
    assert (person.down, person.bed, person.upright, person.low) == pytest.approx(
        (0.1, 0.2, 0.3, 0.4)
    )


def test_states_the_network_does_not_tell_apart_are_zero() -> None:
    people = People(name="people", states=("down", "upright"))
    card = CARD.model_copy(update={"people": people})
    rows = np.array([[100, 100, 20, 40, 0.9, 0.7, 0.3]], np.float32)
    person = heads.read(rows, np.zeros((48, 80), np.float32), card, (640, 360), 0).people[0]
    assert (person.low, person.bed, person.down) == pytest.approx((0, 0, 0.7))


def test_weak_candidates_are_nobody() -> None:
    assert read((100, 100, 20, 40, 0.199)).people == ()
    assert len(read((100, 100, 20, 40, 0.2)).people) == 1
    assert read().people == ()


def test_overlapping_candidates_are_one_person_and_the_surest_counts() -> None:
    scores = read((100, 100, 40, 80, 0.5), (102, 98, 40, 80, 0.9), (300, 100, 40, 80, 0.4))
    assert [person.score for person in scores.people] == pytest.approx([0.9, 0.4])


def test_neighbours_stay_two() -> None:
    # Half of each is shared: IoU is a third, the card lets up to a half stand.
    assert len(read((100, 100, 40, 80, 0.9), (120, 100, 40, 80, 0.8)).people) == 2
    assert len(read((100, 100, 40, 80, 0.9), (106, 100, 40, 80, 0.8)).people) == 1


def test_who_is_suppressed_suppresses_nobody() -> None:
    chain = [(100 + 12.0 * n, 100, 40, 80, 0.9 - 0.1 * n) for n in range(3)]
    scores = read(*chain)
    assert [person.score for person in scores.people] == pytest.approx([0.9, 0.7])


def test_what_lies_in_the_padding_is_ignored_and_what_reaches_in_is_cut() -> None:
    size = (216, 384)  # upright; from column 216 on the input is padding
    inside, across, beyond = (
        (100, 100, 40, 80, 0.9), (210, 300, 60, 80, 0.8), (400, 200, 60, 80, 0.95),
    )  # fmt: skip
    people = read(inside, across, beyond, size=size).people
    assert [person.score for person in people] == pytest.approx([0.9, 0.8])
    assert people[1].box.x + people[1].box.w == pytest.approx(1)
    for person in people:
        assert all(0 <= side <= 1 for side in person.box)


def test_a_crowd_is_cut_at_fifty_surest_first() -> None:
    rows = [(10.0 + 60 * (n % 10), 10.0 + 40 * (n // 10), 8, 8, 0.3 + 0.005 * n) for n in range(80)]
    people = read(*rows).people
    assert len(people) == 50
    assert [person.score for person in people] == sorted((p.score for p in people), reverse=True)
    assert people[0].score == pytest.approx(0.3 + 0.005 * 79)


@pytest.mark.parametrize(
    ("size", "shape"),
    [
        ((640, 360), (45, 80)),
        ((512, 384), (48, 64)),
        ((216, 384), (48, 27)),
        ((640, 384), (48, 80)),
        ((3, 3), (1, 1)),
    ],
)
def test_the_spill_grid_is_cut_to_the_picture(
    size: tuple[int, int], shape: tuple[int, int]
) -> None:
    grid = np.arange(1, 48 * 80 + 1, dtype=np.float32).reshape(48, 80)
    grid /= 4000
    spill = read(size=size, spill=grid).spill
    assert spill.shape == shape
    assert np.array_equal(spill, grid[: shape[0], : shape[1]])
    grid[:] = 0  # a copy: the next batch may be written over the last
    assert spill.min() > 0


def test_a_person_is_doubted_where_the_other_head_sees_liquid() -> None:
    grid = np.zeros((48, 80), np.float32)
    grid[10:20, 20:40] = 0.8
    puddle, beside = (240.0, 120.0, 160.0, 80.0, 0.5), (560.0, 120.0, 80.0, 80.0, 0.5)
    found = {round(p.box.x, 2): p.score for p in read(puddle, beside, spill=grid).people}
    assert found[0.25] == pytest.approx(0.5 * (1 - 0.8), abs=0.01)
    assert found[0.81] == pytest.approx(0.5)


def told_by_cells(
    *strong: tuple[int, int, int, float], size: tuple[int, int] = (640, 360)
) -> Scores:
    """What is read of cells (stride, row, column) that are so sure of somebody down, by themselves
    none sure enough of being somebody to be followed."""
    strides = (8, 16, 32)
    begin = {8: 0, 16: 48 * 80, 32: 48 * 80 + 24 * 40}
    rows = np.zeros((48 * 80 + 24 * 40 + 12 * 20, 9), np.float32)
    for stride, row, column, score in strong:
        rows[begin[stride] + row * (640 // stride) + column, [4, 7]] = score, 0.5
    people = CARD.people.model_copy(update={"strides": strides, "score_floor": 0.99})
    card = CARD.model_copy(update={"people": people})
    return heads.read(rows, np.zeros((48, 80), np.float32), card, size, at_ns=7)


@pytest.mark.parametrize(("stride", "row", "column"), [(8, 11, 60), (16, 5, 30), (32, 3, 7)])
def test_the_cells_that_find_somebody_down_are_told_where_they_are(
    stride: int, row: int, column: int
) -> None:
    down = told_by_cells((stride, row, column, 0.8)).down
    assert down is not None
    assert down.shape == (45, 80)
    assert down.max() == pytest.approx(0.4)  # score × down
    ys, xs = np.nonzero(down > 0.1)
    middle = ((ys.mean() + 0.5) * 8, (xs.mean() + 0.5) * 8)
    assert middle == pytest.approx(((row + 0.5) * stride, (column + 0.5) * stride), abs=4)
    assert down[np.abs(ys.mean() - np.arange(45)) > 2 * stride / 8].max() == 0


def test_the_surest_cell_is_the_strongest_whatever_its_size() -> None:
    down = told_by_cells((32, 2, 2, 0.9), (8, 40, 70, 0.6)).down
    assert down is not None
    assert down.max() == pytest.approx(0.45)
    assert 0.25 < down[40, 70] < 0.35 + 0.1
    assert down[38:43, 68:73].max() < down[8:12, 8:12].max()


def test_without_strides_nobody_knows_which_cell_it_was() -> None:
    assert read((100, 100, 20, 40, 0.9)).down is None


def test_liquid_doubts_the_cells_as_it_doubts_the_people() -> None:
    people = CARD.people.model_copy(update={"strides": (32,)})
    card = CARD.model_copy(update={"people": people})
    rows = np.zeros((240, 9), np.float32)
    rows[21, [4, 7]] = 0.8, 1.0
    dry, wet = (np.full((48, 80), liquid, np.float32) for liquid in (0.0, 0.75))
    sure, doubted = (heads.read(rows, grid, card, (640, 384), 0).down for grid in (dry, wet))
    assert sure is not None
    assert doubted is not None
    assert np.allclose(doubted, sure * 0.25)
    assert sure.max() == pytest.approx(0.8)
