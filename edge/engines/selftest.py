"""Does an engine compute what the model computes? Asked on the device itself, before it is used.

Builders make mistakes: TensorRT 10.13.3.9 miscompiles a fusion on Thor for batches of one, 10.16
gave NaN in float16. So every size of batch runs the same pictures through the engine and, as the
reference, through ONNX Runtime in float32 on the processor.

The tolerances: float32 differs by the order of additions alone, which ONNX Runtime itself shows
between batches as up to 1e-3 of a score (`tests/seams/test_backend.py`); ten times that is allowed.
The others are three times, or somewhat more, what two shipped models' files were off when ONNX
Runtime ran them over these pictures, since a GPU also adds up in another order: float16, which
rounds each of some hundred layers to 2⁻¹¹, by .028 of a score at most, .0006 in the mean, 2.1 px
and 1.1 % of how far features differ; int8 by .12, .0027, 25 px and 14 %. Whether int8 finds as much
is the recall that `models` measures; here a broken engine is told from a coarse one. A fault of a
builder is not near these limits: it makes NaN, or noise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from edge.core import heads
from edge.core.card import Card
from edge.core.geometry import iou
from edge.core.types import Box, Person
from edge.engines import golden
from edge.engines.faults import Refused
from edge.engines.ports import Precision
from edge.ports import Backend, FloatBatch

_PICTURES = 8
_SAME_IOU = 0.5


@dataclass(frozen=True)
class Tolerance:
    """How far from the reference a score may be, at most and in the mean over all cells, the box
    of somebody found, in pixels of the input, and features, as a share of how far those of
    different places and pictures are from each other."""

    score_max: float
    score_mean: float
    box_px_max: float
    features: float


TOLERANCES: Mapping[Precision, Tolerance] = {
    "fp32": Tolerance(0.01, 0.0005, 1.0, 0.004),
    "fp16": Tolerance(0.1, 0.002, 6.0, 0.04),
    "int8": Tolerance(0.4, 0.01, 80.0, 0.45),
}


@dataclass(frozen=True)
class Apart:
    """How far two runs of the same pictures are apart, as in `Tolerance`; `found` is how many
    people were found, `differently` how many of one run are not in the other. Without features
    those are 0 apart."""

    score_max: float
    score_mean: float
    box_px_max: float
    features: float
    found: int
    differently: int

    def __str__(self) -> str:
        return (
            f"scores {self.score_max:.2g} apart at most, {self.score_mean:.2g} in the mean, boxes "
            f"{self.box_px_max:.2g} px, {self.differently} of {self.found} people found "
            f"differently, features {100 * self.features:.2g} % apart"
        )


def examine(
    card: Card, reference: Backend, engine: Backend, precision: Precision, buckets: tuple[int, ...]
) -> str:
    """Runs both, entered, over the golden pictures in batches of each size. Gives in words how far
    they are apart; raises Refused where that is too far, or where anything is not a number."""
    pictures = golden.pictures(card, _PICTURES)
    wanted = _joined([reference.infer(pictures[i : i + 1]) for i in range(_PICTURES)])
    tolerance, told = TOLERANCES[precision], ""
    for size in buckets:
        parts = [engine.infer(pictures[i : i + size]) for i in range(0, _PICTURES, size)]
        found = _joined(parts)
        for name, output in found.items():
            if not np.isfinite(output).all():
                share = 100 * float((~np.isfinite(output)).mean())
                raise Refused(f"in batches of {size}, {share:.2g} % of {name} is not a number")
        apart = compare(card, wanted, found, tolerance)
        if _too_far(apart, tolerance):
            raise Refused(f"in batches of {size} it computes something else: {apart}")
        told = str(apart)
    return f"batches of {', '.join(map(str, buckets))}: {told}"


def compare(
    card: Card,
    wanted: Mapping[str, FloatBatch],
    found: Mapping[str, FloatBatch],
    tolerance: Tolerance,
) -> Apart:
    """Outputs of the same pictures. What somebody is doing, and where, counts of those the
    reference finds; of others it is noise."""
    people, others = wanted[card.people.name], found[card.people.name]
    liquid = np.abs(wanted[card.spill.name] - found[card.spill.name])
    scores = np.abs(people[..., 4] - others[..., 4])
    somebody = people[..., 4] >= card.people.score_floor
    off = np.abs(people[somebody] - others[somebody])
    states, boxes = off[:, 5:], off[:, :4]
    pairs = list(_people(card, wanted, found))
    counted = sum(len(one) for one, _ in pairs)
    return Apart(
        score_max=float(max(liquid.max(), scores.max(), states.max(initial=0))),
        score_mean=float(max(liquid.mean(), scores.mean())),
        box_px_max=float(boxes.max(initial=0)),
        features=_features_apart(card, wanted, found),
        found=counted,
        differently=sum(_differently(card, *pair, tolerance) for pair in pairs),
    )


def _too_far(apart: Apart, tolerance: Tolerance) -> bool:
    return (
        apart.score_max > tolerance.score_max
        or apart.score_mean > tolerance.score_mean
        or apart.box_px_max > tolerance.box_px_max
        or apart.features > tolerance.features
        or apart.differently > 0
    )


def _features_apart(
    card: Card, wanted: Mapping[str, FloatBatch], found: Mapping[str, FloatBatch]
) -> float:
    """Root mean squares: of the differences, over that of how features of one channel differ."""
    if card.features is None:
        return 0.0
    one, other = wanted[card.features.name], found[card.features.name]
    spread = float(np.sqrt(one.var(axis=(0, 2, 3)).mean()))
    return float(np.sqrt(np.square(one - other).mean())) / max(spread, 1e-9)


def _people(
    card: Card, *runs: Mapping[str, FloatBatch]
) -> Iterator[tuple[tuple[Person, ...], tuple[Person, ...]]]:
    """Who is found in each picture by either run."""
    size = (card.input.width, card.input.height)
    for number in range(_PICTURES):
        one, other = (
            heads.read(run[card.people.name][number], run[card.spill.name][number], card, size, 0)
            for run in runs
        )
        yield one.people, other.people


def _differently(
    card: Card, ones: tuple[Person, ...], others: tuple[Person, ...], tolerance: Tolerance
) -> int:
    """Those of either whom the other does not find in the same place, but for the ones so faint
    that the tolerance alone may hide them."""
    sure = card.people.score_floor + tolerance.score_max
    missing = [one for one in ones if one.score >= sure and not _among(one.box, others)]
    added = [one for one in others if one.score >= sure and not _among(one.box, ones)]
    return len(missing) + len(added)


def _among(box: Box, people: tuple[Person, ...]) -> bool:
    return any(iou(box, person.box) >= _SAME_IOU for person in people)


def _joined(parts: list[Mapping[str, FloatBatch]]) -> dict[str, FloatBatch]:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
