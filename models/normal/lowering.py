"""`python -m models.normal.lowering`: what a threshold that falls by quiet footage gains and costs.

Of three evaluations: quiet footage by which thresholds fall, other quiet footage to count the false
alarms that come of it, and incidents to count what is found. They are the `metrics.json` that
`floorwatch evaluate --out` writes; thresholds are those at which its curves have a point.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from alerts.errors import UserError
from edge.core.types import LABELS, Label
from edge.normal.lowering import Lowered, lowest
from edge.normal.usual_scores import Usual

_DAY_S = 86_400.0


class BadCurve(UserError):
    """An evaluation has no curve to go by."""


@dataclass(frozen=True)
class Curve:
    """False alarms and incidents found at each threshold, in so many seconds of nothing."""

    normal_s: float
    false_alarms: dict[float, int]
    found: dict[float, int]
    incidents: int

    def a_day(self, threshold: float) -> float:
        """False alarms a day at a threshold of the curve."""
        return self.false_alarms[threshold] / self.normal_s * _DAY_S

    def usual(self, label: Label) -> Usual:
        """As a camera's own days are counted."""
        levels = sorted(self.false_alarms)
        alarms = np.array([self.false_alarms[level] for level in levels], np.int64)
        return Usual(label, np.array(levels), alarms, self.normal_s, 1)


@dataclass(frozen=True)
class Trade:
    """From one threshold to a lower one, by a budget of false alarms a day."""

    used: float
    budget: float
    lowered: Lowered | None


def curve(evaluated: Path, label: Label) -> Curve:
    """A label's curve in the `metrics.json` of an evaluation's folder. Raises BadCurve."""
    file = evaluated / "metrics.json" if evaluated.is_dir() else evaluated
    try:
        said: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        points = [one for one in said["curves"][label]["det"] if one["threshold"] is not None]
        hours = float(said["labels"][label]["all"]["normal_hours"])
    except (OSError, ValueError, KeyError, TypeError):
        raise BadCurve(f"{file}: not what `floorwatch evaluate --out` writes") from None
    grid = {round(float(one["threshold"]), 6): one for one in points}
    if not grid:
        raise BadCurve(f"{file}: no recording that lasts, so no curve")
    return Curve(
        hours * 3600,
        {at: int(one["false_alarms"]) for at, one in grid.items()},
        {at: int(one["detected"]) for at, one in grid.items()},
        max(int(one["incidents"]) for one in points),
    )


def trades(by: Curve, label: Label, used: list[float], budgets: list[float]) -> list[Trade]:
    """How far each threshold may fall by each budget."""
    usual = by.usual(label)
    return [Trade(at, a_day, lowest(usual, at, a_day)) for at in used for a_day in budgets]


def line(trade: Trade, judged: Curve, falls: Curve) -> str:
    """A row of the table in Markdown."""
    used, by = trade.used, trade.lowered
    if by is None:
        return f"| {used:g} | {trade.budget:g} | stays | | {_count(judged, used)} | |"
    return (
        f"| {used:g} | {trade.budget:g} | {by.value:g} | {by.a_day_max:.0f} | "
        f"{_count(judged, used)} → {_count(judged, by.value)} | "
        f"{falls.found[used]} → {falls.found[by.value]} of {falls.incidents} |"
    )


def _count(judged: Curve, threshold: float) -> str:
    return f"{judged.a_day(threshold):.0f}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m models.normal.lowering", description=__doc__)
    parser.add_argument("--by", type=Path, required=True, help="quiet footage that lowers")
    parser.add_argument("--judged", type=Path, required=True, help="other quiet footage")
    parser.add_argument("--incidents", type=Path, required=True, help="what is to be found")
    parser.add_argument("--label", choices=LABELS, default="collapse")
    parser.add_argument("--used", type=float, nargs="+", default=[0.6, 0.5, 0.4])
    parser.add_argument("--a-day", type=float, nargs="+", default=[24, 48, 72, 96])
    args = parser.parse_args()
    by, judged, falls = (curve(one, args.label) for one in (args.by, args.judged, args.incidents))
    common = set(by.false_alarms) & set(judged.false_alarms) & set(falls.found)
    by = Curve(by.normal_s, {at: by.false_alarms[at] for at in common}, {}, 0)
    missing = [f"{at:g}" for at in args.used if at not in common]
    if missing:
        raise SystemExit(f"--used {', '.join(missing)}: no point of all three curves")
    print(
        "| threshold | budget a day | falls to | bound a day | false alarms a day | found |\n"
        "|---|---|---|---|---|---|"
    )
    for trade in trades(by, args.label, args.used, args.a_day):
        print(line(trade, judged, falls))


if __name__ == "__main__":
    main()
