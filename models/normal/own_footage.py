"""`python -m models.normal.own_footage RUN`: false alarms at equal recall, before and after a
camera's own normal footage was learnt.

    floorwatch synth --cameras 2 --seed 72 --out site
    floorwatch train --init shipped --data site --out runs/site
    python -m models.normal.own_footage runs/site

A run of `floorwatch train --init shipped` leaves two evaluations, of the model as it was and of the
new one, on recordings kept apart. A new model whose scores all sank would alarm less and find less
at the old threshold, so the same threshold compares nothing: at every number of incidents found,
the highest threshold that finds so many is taken of each, and the false alarms there are told. The
thresholds are those at which the evaluation's curve has a point; each incident's own is one.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edge.core.types import LABELS, Label
from models import site_report
from models.normal.lowering import Curve, curve

GOAL = 1 / 3  # of the false alarms at most, at equal recall


@dataclass(frozen=True)
class Point:
    """So many incidents found at the highest threshold that finds them, and the false alarms."""

    found: int
    threshold: float
    false_alarms: int


@dataclass(frozen=True)
class Pair:
    """At one number of incidents found: before, and after; None where none finds so many."""

    before: Point
    after: Point | None
    operating: bool


def at_recall(of: Curve, found: int) -> Point | None:
    """The highest threshold of the curve that finds so many incidents or more."""
    enough = [at for at, count in of.found.items() if count >= found]
    if not enough:
        return None
    at = max(enough)
    return Point(of.found[at], at, of.false_alarms[at])


def pairs(before: Curve, after: Curve, operating: float) -> list[Pair]:
    """At each number of incidents that any threshold finds before, and first at as many as are
    found at the `operating` threshold, with the false alarms of that very threshold."""
    used = Point(before.found[operating], operating, before.false_alarms[operating])
    rows = [Pair(used, at_recall(after, used.found), operating=True)]
    for found in range(1, before.incidents + 1):
        point = at_recall(before, found)
        if point is not None and point.found == found:
            rows.append(Pair(point, at_recall(after, found), operating=False))
    return rows


def line(label: Label, pair: Pair, incidents: int) -> str:
    """A row of the table in Markdown."""
    after = pair.after
    told = "none finds so many |" if after is None else f"{after.threshold:.3g} | "
    if after is not None:
        told += f"{pair.before.false_alarms} → {after.false_alarms}"
    where = " (as shipped)" if pair.operating else ""
    return (
        f"| {label} | {pair.before.found} of {incidents} | {pair.before.threshold:.3g}{where} | "
        f"{told} |"
    )


def verdict(pair: Pair) -> str:
    """Whether the goal is met at the shipped threshold, in words."""
    if pair.after is None:
        return "not met: no threshold of the new model finds as many"
    met = pair.after.false_alarms <= GOAL * pair.before.false_alarms
    return f"a third or less at equal recall: {'met' if met else 'not met'}"


def _operating(evaluated: Path, label: Label) -> float:
    """The threshold the evaluation was made at."""
    said = json.loads((evaluated / "metrics.json").read_text(encoding="utf-8"))
    [at] = [one["threshold"] for one in said["curves"][label]["det"] if one["operating"]]
    return float(at)


def main(said: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m models.normal.own_footage")
    parser.add_argument("run", type=Path, help="a run's folder, with what it evaluated")
    args = parser.parse_args(said)
    folders = [args.run / name for name in (site_report.BEFORE, site_report.AFTER)]
    for label in LABELS:
        before, after = (curve(folder, label) for folder in folders)
        if not before.incidents:
            at = _operating(folders[0], label)
            was, now = before.false_alarms[at], after.false_alarms.get(at, "–")
            print(
                f"{label}: no incident to tell recall by; false alarms at {at:g}: {was} → {now}\n"
            )
            continue
        rows = pairs(before, after, _operating(folders[0], label))
        minutes = before.normal_s / 60
        print(f"| | found | threshold before | after | false alarms in {minutes:.0f} min |")
        print("|---|---|---|---|---|")
        for row in rows:
            print(line(label, row, before.incidents))
        print(f"{label}: {verdict(rows[0])}\n")


if __name__ == "__main__":
    main()
