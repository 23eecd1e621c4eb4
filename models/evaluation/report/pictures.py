"""Single pictures of spills: the numbers, and the pictures the network was most wrong about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from edge.core.spill import BLOCK_CELLS
from edge.core.types import Box
from models.evaluation.alarms import Watched
from models.evaluation.report.numerals import TIGHT, counted, score, share
from models.evaluation.report.wall import Shot, Still

Metrics = Mapping[str, Any]
_OF_EACH = 12
_AROUND_CELLS = 2


@dataclass(frozen=True)
class Shown:
    """A picture on the wall."""

    clip: str
    shot: Shot


@dataclass(frozen=True)
class Table:
    """A row for all pictures and for each stratum, and what is said above it."""

    words: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def table(metrics: Metrics) -> Table | None:
    """None where there are no single pictures."""
    found = metrics["pictures"]["spill"]
    whole = found["all"]
    if not whole["pictures"]:
        return None
    rates = tuple(whole["recall_at_fpr"])
    words = (
        f"{counted(whole['spills'], 'picture')} of a spill, {whole['dry']} of dry floors. A camera "
        "alarms only at what stays; here each picture is judged alone, by its wettest place. "
        "Recall is given where so large a share of the dry pictures would alarm, in brackets with "
        "what holds at 95 % confidence."
    )
    columns = (
        "which",
        "of a spill",
        "dry",
        *(f"recall, {share(float(at))} of dry alarm" for at in rates),
        "recall at the threshold",
        "dry that alarm",
        "area under ROC",
        "mask IoU",
    )
    return Table(words, columns, tuple(_rows(found, rates)))


def walls(watched: Sequence[Watched]) -> tuple[tuple[str, tuple[Shown, ...]], ...]:
    """The dry pictures that look wettest, and the spills that look driest."""
    ordered = sorted(_single(watched), key=lambda one: (_wetness(one), one.recording.key))
    spills = [one for one in ordered if _is_spill(one)]
    dry = [one for one in reversed(ordered) if not _is_spill(one)]
    return (
        ("Dry floors that look wettest", tuple(map(_shown, dry[:_OF_EACH]))),
        ("Spills that are seen least", tuple(map(_shown, spills[:_OF_EACH]))),
    )


def stills(watched: Sequence[Watched]) -> tuple[Still, ...]:
    """The stills of these walls."""
    return tuple(one.shot.still for _, shown in walls(watched) for one in shown)


def _rows(found: Metrics, rates: Sequence[str]) -> Iterator[tuple[str, ...]]:
    yield ("all", *_cells(found["all"], rates))
    groups = {"source": found.get("sources", {}), **found.get("strata", {})}
    for column, values in groups.items():
        if len(values) > 1:
            for value, one in values.items():
                yield (f"{column}: {value or 'not said'}", *_cells(one, rates))


def _cells(one: Metrics, rates: Sequence[str]) -> Iterator[str]:
    yield from (str(one["spills"]), str(one["dry"]))
    for at in rates:
        yield _recall(one["recall_at_fpr"][at])
    yield _recall(one)
    yield share(one["false_positive_rate"])
    yield score(one["roc_auc"])
    yield score(one["mask_iou"]["at_fpr_0.05"])


def _recall(one: Metrics) -> str:
    if one["recall"] is None:
        return share(None)
    return f"{share(one['recall'])} (≥{TIGHT}{share(one['recall_lower95'], down=True)})"


def _single(watched: Iterable[Watched]) -> Iterator[Watched]:
    return (one for one in watched if one.recording.kind == "picture" and not _ignored(one))


def _ignored(one: Watched) -> bool:
    return any(span.label == "ignore" for span in one.recording.spans)


def _is_spill(one: Watched) -> bool:
    return any(span.label == "spill" for span in one.recording.spans)


def _wetness(one: Watched) -> float:
    return float(one.trace.glance["spill"][0])


def _shown(one: Watched) -> Shown:
    still = Still(one.recording.key, "spill", int(one.trace.at_ns[0]), _wettest(one))
    return Shown(one.recording.name, Shot(still, f"{one.recording.name}: {score(_wetness(one))}"))


def _wettest(one: Watched) -> Box | None:
    """Around the block of cells that decides, which may be too small a tint to be seen."""
    grid = one.trace.grid
    if grid is None or min(grid.shape) < BLOCK_CELLS or _wetness(one) <= 0:
        return None
    blocks = np.lib.stride_tricks.sliding_window_view(grid, (BLOCK_CELLS, BLOCK_CELLS))
    row, column = divmod(int(blocks.min(axis=(2, 3)).argmax()), blocks.shape[1])
    rows, columns = grid.shape
    top, left = max(0, row - _AROUND_CELLS), max(0, column - _AROUND_CELLS)
    bottom = min(rows, row + BLOCK_CELLS + _AROUND_CELLS)
    right = min(columns, column + BLOCK_CELLS + _AROUND_CELLS)
    return Box(left / columns, top / rows, (right - left) / columns, (bottom - top) / rows)
