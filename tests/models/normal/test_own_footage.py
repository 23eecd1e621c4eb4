"""False alarms before and after are compared where as many incidents are found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the extra `train` is not installed")

from models.normal import own_footage
from models.normal.lowering import Curve


def _curve(found: dict[float, int], alarms: dict[float, int]) -> Curve:
    return Curve(1800.0, alarms, found, 4)


BEFORE = _curve({0.2: 4, 0.3: 3, 0.4: 2, 0.6: 1, 0.8: 0}, {0.2: 9, 0.3: 6, 0.4: 3, 0.6: 1, 0.8: 0})


def test_a_model_whose_scores_all_sank_gains_nothing() -> None:
    sank = _curve(
        {0.1: 4, 0.15: 3, 0.2: 2, 0.3: 1, 0.4: 0}, {0.1: 9, 0.15: 6, 0.2: 3, 0.3: 1, 0.4: 0}
    )
    [used, *rest] = own_footage.pairs(BEFORE, sank, 0.3)
    assert used.operating
    assert used.after == own_footage.Point(3, 0.15, 6)
    assert [(one.before.found, one.after.false_alarms) for one in rest if one.after] == [
        (1, 1), (2, 3), (3, 6), (4, 9),
    ]  # fmt: skip
    assert own_footage.verdict(used).endswith(": not met")


def test_a_third_at_equal_recall_is_the_goal() -> None:
    better = _curve({0.2: 4, 0.3: 3, 0.4: 3, 0.6: 1}, {0.2: 5, 0.3: 4, 0.4: 2, 0.6: 0})
    [used, *_] = own_footage.pairs(BEFORE, better, 0.3)
    assert used.after == own_footage.Point(3, 0.4, 2)
    assert own_footage.verdict(used).endswith(": met")


def test_a_model_that_finds_fewer_whatever_the_threshold_is_said_to() -> None:
    blind = _curve({0.1: 2, 0.3: 1}, {0.1: 1, 0.3: 0})
    [used, *_] = own_footage.pairs(BEFORE, blind, 0.3)
    assert used.after is None
    assert "no threshold of the new model finds as many" in own_footage.verdict(used)
    assert "none finds so many" in own_footage.line("collapse", used, 4)


def _evaluated(folder: Path, points: list[tuple[float, int, int]], operating: float) -> None:
    """As `floorwatch evaluate` writes it: thresholds, incidents found of two, false alarms."""
    det = [
        {"threshold": at, "operating": at == operating, "incidents": 2, "detected": found,
         "false_alarms": alarms}
        for at, found, alarms in points
    ]  # fmt: skip
    nothing = [{**one, "incidents": 0, "detected": 0} for one in det]
    hours = {"all": {"normal_hours": 0.5}}
    said = {
        "curves": {"collapse": {"det": det}, "spill": {"det": nothing}},
        "labels": {"collapse": hours, "spill": hours},
    }
    folder.mkdir(parents=True)
    (folder / "metrics.json").write_text(json.dumps(said))


def test_the_command_tells_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _evaluated(tmp_path / "before", [(0.1, 2, 9), (0.3, 1, 6), (0.5, 0, 0)], 0.3)
    _evaluated(tmp_path / "after", [(0.1, 2, 3), (0.3, 1, 2), (0.5, 1, 1)], 0.3)
    own_footage.main([str(tmp_path)])
    told = capsys.readouterr().out
    assert "| collapse | 1 of 2 | 0.3 (as shipped) | 0.5 | 6 → 1 |" in told
    assert "| collapse | 2 of 2 | 0.1 | 0.1 | 9 → 3 |" in told
    assert "collapse: a third or less at equal recall: met" in told
    assert "spill: no incident to tell recall by; false alarms at 0.3: 6 → 2" in told
