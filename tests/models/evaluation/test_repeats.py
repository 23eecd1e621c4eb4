"""The network is not asked twice about the same picture, and what it would say is said."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.backends.scripted import ScriptedBackend
from edge.core.card import Card
from edge.core.preprocess import to_batch
from edge.core.types import Rgb
from edge.ports import FloatBatch, PictureBatch
from edge.sources.pattern import draw
from models.evaluation.repeats import Repeats
from tests.edge.frames import pattern_card
from tests.models.evaluation.films import FALL, LIQUID, SIZE

PICTURES: tuple[Rgb, ...] = (
    draw(FALL, 0.0, SIZE), draw(FALL, 5.0, SIZE), draw(LIQUID, 3.0, SIZE),
)  # fmt: skip


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Card:
    return pattern_card(tmp_path_factory.mktemp("model"))


class Counting(ScriptedBackend):
    """Counts the pictures it is asked about."""

    asked = 0

    def infer(self, batch: PictureBatch) -> Mapping[str, FloatBatch]:
        self.asked += len(batch)
        return super().infer(batch)


@settings(max_examples=25)
@given(batches=st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=4), max_size=6))
def test_it_says_what_the_other_says(card: Card, batches: list[list[int]]) -> None:
    with ScriptedBackend(card) as other, Repeats(ScriptedBackend(card)) as repeats:
        for numbers in batches:
            batch = to_batch([PICTURES[number] for number in numbers], card.input)
            answer, wanted = repeats.infer(batch), other.infer(batch)
            assert answer.keys() == wanted.keys()
            assert all(np.array_equal(answer[name], rows) for name, rows in wanted.items())


def test_batches_of_the_last_picture_are_not_asked_about(card: Card) -> None:
    counting = Counting(card)
    with Repeats(counting) as repeats:
        for numbers in ([0, 1, 1, 1], [1, 1, 1, 1], [1, 1], [1, 0]):
            repeats.infer(to_batch([PICTURES[number] for number in numbers], card.input))
    assert counting.asked == 4 + 2


def test_what_is_done_to_an_answer_does_not_show_in_the_next(card: Card) -> None:
    batch = to_batch([PICTURES[1]], card.input)
    with Repeats(ScriptedBackend(card)) as repeats:
        wanted = {name: rows.copy() for name, rows in repeats.infer(batch).items()}
        for _ in range(2):
            for rows in repeats.infer(batch).values():
                rows[:] = 7
        assert all(np.array_equal(repeats.infer(batch)[name], wanted[name]) for name in wanted)


def test_it_is_left_with_what_it_stands_for(card: Card) -> None:
    repeats, batch = Repeats(ScriptedBackend(card)), to_batch([PICTURES[0]], card.input)
    with repeats:
        repeats.infer(batch)
    with pytest.raises(RuntimeError, match="enter"):
        repeats.infer(batch)
