"""All runs in a table, and two of them side by side: what was different, and what came of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from alerts.errors import UserError
from edge.core.types import LABELS
from models import run_folder
from models.evaluation import differences, metrics_file, side_by_side
from models.evaluation.metrics_file import Measured
from models.recipe import Recipe, load
from models.recipe import differences as recipe_differences

COLUMNS = ("run", "began", "init", "seed", "steps", "pictures", "losses", "measured", "commit")
_LAST_LINES = 10  # of the log: losses jump from batch to batch
_SEVERAL = "; "


class NoRuns(UserError):
    """A folder that holds no run."""


@dataclass(frozen=True)
class Ran:
    """A run as its folder tells of it."""

    folder: Path
    recipe: Recipe
    began: list[dict[str, Any]]
    losses: list[dict[str, float]]
    numbers: dict[str, Any]
    measured: dict[str, Measured]
    torn: int  # lines of its log that cannot be read


def below(folder: Path) -> list[Ran]:
    """The runs in a folder, or the one that it is, in the order they began. Raises NoRuns."""
    files = [folder / run_folder.RECIPE] if is_run(folder) else []
    files = files or sorted(folder.glob(f"*/{run_folder.RECIPE}"))
    if not files:
        raise NoRuns(f"{folder}: holds no run; `floorwatch train --out {folder}/NAME` makes one")
    found = [read(file.parent) for file in files]
    return sorted(found, key=lambda ran: (_first(ran, "at"), ran.folder.name))


def is_run(folder: Path) -> bool:
    """Whether a folder is a run's."""
    return (folder / run_folder.RECIPE).is_file()


def read(folder: Path) -> Ran:
    """What a run's folder holds, with the evaluations (`metrics.json`) anywhere below it. Raises
    NoRuns, BadConfig, BadRecord or BadMetrics."""
    if not is_run(folder):
        raise NoRuns(f"{folder}: is no run's folder: it has no {run_folder.RECIPE}")
    measured = {
        file.parent.relative_to(folder).as_posix(): metrics_file.read(file)
        for file in sorted(folder.rglob("metrics.json"))
    }
    numbers = run_folder.read_numbers(folder)
    recipe = load(folder / run_folder.RECIPE)
    began, losses = run_folder.read(folder), run_folder.losses(folder)
    return Ran(folder, recipe, began, losses, numbers, measured, run_folder.torn(folder))


def row(ran: Ran) -> dict[str, str]:
    """A run as one row, by `COLUMNS`."""
    done = int(ran.losses[-1]["step"]) if ran.losses else 0
    data = ran.began[-1]["data"] if ran.began else {}
    measured = [f"{name}: {told}" for name, one in ran.measured.items() if (told := _told(one))]
    values = (
        ran.folder.name,
        _first(ran, "at")[:10],
        ran.recipe.init,
        str(ran.recipe.seed),
        f"{done}/{ran.recipe.steps}",
        str(sum(one["pictures"] for one in data.values())),
        " ".join(f"{name} {value:.3f}" for name, value in end_losses(ran).items()),
        _SEVERAL.join(measured),
        _first(ran, "commit"),
    )
    return dict(zip(COLUMNS, values, strict=True))


def end_losses(ran: Ran) -> dict[str, float]:
    """The mean of each loss over the end of the log."""
    last = ran.losses[-_LAST_LINES:]
    names = [name for name in (last[0] if last else {}) if name != "step"]
    return {name: sum(line[name] for line in last) / len(last) for name in names}


def table(rans: Sequence[Ran]) -> Table:
    """A row each."""
    drawn = Table(*COLUMNS, box=None, pad_edge=False)
    for ran in rans:
        drawn.add_row(*(f"{value}" for value in row(ran).values()))
    return drawn


def as_csv(rans: Iterable[Ran]) -> str:
    """The same rows for `models/runs.csv`, without a header."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(row(ran).values() for ran in rans)
    return text.getvalue()


def tell_differences(a: Ran, b: Ran, paper: Console) -> None:
    """What two runs differ in: recipe, data, losses, and what was measured of both."""
    told = Table("", f"A {a.folder.name}", f"B {b.folder.name}", box=None, pad_edge=False)
    for key, one, other in recipe_differences(a.recipe, b.recipe):
        told.add_row(key, one, other)
    for key, one, other in [
        *_data_differences(a, b), *_weight_differences(a, b), *_number_differences(a, b),
    ]:  # fmt: skip
        told.add_row(key, one, other)
    paper.print(told)
    for name, ours in a.measured.items():
        if name in b.measured:
            paper.print(f"\n{name}")
            theirs = b.measured[name]
            found = side_by_side.compare(ours, theirs, sources=True)
            differences.tell(ours.path, theirs.path, found)


def _data_differences(a: Ran, b: Ran) -> Iterable[tuple[str, str, str]]:
    datas = [ran.began[-1]["data"] if ran.began else {} for ran in (a, b)]
    for source in dict.fromkeys([*datas[0], *datas[1]]):
        one, other = (_shown(data.get(source)) for data in datas)
        if one != other:
            yield f"data: {source}", one, other


def _weight_differences(a: Ran, b: Ran) -> Iterable[tuple[str, str, str]]:
    """Files of weights both name alike that are not the same; another `init:` the recipe tells."""
    one, other = (ran.began[-1].get("weights", {}) if ran.began else {} for ran in (a, b))
    for name in one:
        if name in other and one[name] != other[name]:
            yield f"weights: {name}", one[name], other[name]


def _shown(digest: dict[str, Any] | None) -> str:
    if digest is None:
        return "–"
    return f"{digest['pictures']} (+{digest['held_out']} held out) {digest['sha256']}"


def _number_differences(a: Ran, b: Ran) -> Iterable[tuple[str, str, str]]:
    sides = [{**{f"loss: {k}": v for k, v in end_losses(r).items()}, **r.numbers} for r in (a, b)]
    for key in dict.fromkeys([*sides[0], *sides[1]]):
        one, other = (_number(side.get(key)) for side in sides)
        if one != other:
            yield key, one, other


def _number(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _told(measured: Measured) -> str:
    """`collapse 4/5, 1 false; spill …` of what occurred."""
    said = []
    for label in LABELS:
        mine = [i for i in measured.metrics.incidents if i.label == label and not i.excused]
        false = sum(alarm.label == label for alarm in measured.metrics.false_alarms)
        if mine or false:
            found = sum(incident.detected for incident in mine)
            said.append(f"{label} {found}/{len(mine)}, {false} false")
    return ", ".join(said)


def _first(ran: Ran, key: str) -> str:
    return str(ran.began[0][key] or "") if ran.began else ""
