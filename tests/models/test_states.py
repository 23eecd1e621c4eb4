from __future__ import annotations

import numpy as np

from edge.core.types import Box, Person, Scores
from models import states
from models.labels import UNKNOWN, Labelled

_DRY = np.zeros((2, 2), np.float32)


def _scores(*people: Person) -> Scores:
    return Scores(0, 1.7, people, _DRY)


def test_people_found_missed_and_unknown() -> None:
    lying = Labelled(0.5, 0.8, 0.4, 0.2, 2)
    far = Labelled(0.1, 0.1, 0.1, 0.2, 0)
    unsure = Labelled(0.8, 0.2, 0.1, 0.2, UNKNOWN)
    found = Person(Box(0.31, 0.7, 0.4, 0.2), 0.9, 0.1, 0.1, 0.2, 0.6)
    table = states.confusion([((lying, far, unsure), _scores(found)), ((far,), _scores())])
    assert table.counts[2].tolist() == [0, 0, 0, 1, 0]  # down, called bed
    assert table.counts[0].tolist() == [0, 0, 0, 0, 2]
    assert table.counts.sum() == 3
    assert len(table.lines()) == 5
