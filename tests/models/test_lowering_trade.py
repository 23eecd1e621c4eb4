"""What a falling threshold gains and costs is read off evaluations."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.normal import lowering


def _evaluated(folder: Path, hours: float, points: dict[float, tuple[int, int]]) -> Path:
    """Found and false alarms by threshold, as `floorwatch evaluate` writes them."""
    det = [
        {"threshold": at, "detected": found, "incidents": 10, "false_alarms": false}
        for at, (found, false) in points.items()
    ]
    said = {
        "curves": {"collapse": {"det": det}},
        "labels": {"collapse": {"all": {"normal_hours": hours}}},
    }
    folder.mkdir()
    (folder / "metrics.json").write_text(json.dumps(said))
    return folder


def test_it_falls_by_one_footage_and_is_judged_on_another(tmp_path: Path) -> None:
    by = _evaluated(tmp_path / "by", 24, {0.3: (0, 9), 0.4: (0, 1), 0.5: (0, 0)})
    judged = _evaluated(tmp_path / "judged", 12, {0.3: (0, 5), 0.4: (0, 1), 0.5: (0, 1)})
    falls = _evaluated(tmp_path / "falls", 1, {0.3: (9, 0), 0.4: (8, 0), 0.5: (5, 0)})
    curves = [lowering.curve(one, "collapse") for one in (by, judged, falls)]
    told = [
        lowering.line(trade, *curves[1:])
        for trade in lowering.trades(curves[0], "collapse", [0.5], [2, 5, 30])
    ]
    assert told == [
        "| 0.5 | 2 | stays | | 2 | |",
        "| 0.5 | 5 | 0.4 | 5 | 2 → 2 | 5 → 8 of 10 |",
        "| 0.5 | 30 | 0.3 | 16 | 2 → 10 | 5 → 9 of 10 |",
    ]


def test_what_is_no_evaluation_is_said(tmp_path: Path) -> None:
    with pytest.raises(lowering.BadCurve, match="not what `floorwatch evaluate --out` writes"):
        lowering.curve(tmp_path, "collapse")
    empty = _evaluated(tmp_path / "empty", 1, {})
    with pytest.raises(lowering.BadCurve, match="no curve"):
        lowering.curve(empty, "collapse")
