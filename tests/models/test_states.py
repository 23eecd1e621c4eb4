from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from alerts.main import main
from edge.core.types import Box, Person, Scores
from edge.zoo import find
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


def test_data_without_what_people_do_cost_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shipped = find("first", None).path.parent
    assert main(["states", str(shipped), "--data", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert said.endswith("boxes.csv: not there; --data names the folder that holds falls/\n")
