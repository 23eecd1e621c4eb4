"""What is learnt of one more picture, and what never is.

A look is begun when the mean of some pictures and that of as many after them agree: it is the mean
of its first pictures and stays that: what wanders away slowly (a camera nudged a
little every minute, grease that dries) is still compared with how it was. Two things are learnt
later. A view in other light becomes a look of its own, if it is the same view: its edges are in
their places, and there are as many. And a block that shows something else for long takes it on, if
the rest of the view stands where it stood and is as sharp as it was: furniture was moved.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from edge.fit.baseline import Baseline
from edge.fit.cover import Flags
from edge.fit.look import (
    Compared,
    Look,
    begun,
    compared,
    joined,
    likeness,
    noted,
)
from edge.fit.measures import Blocks, Field, Measures
from edge.fit.shift import shift
from edge.fit.signs import NO_SIGNS, Signs

_HALF = 15  # pictures: two halves that agree are a look
_NEW = 45  # pictures of a look: until then it learns how damaged its stream looks when it is well
_SAME, _OTHER = 0.4, 0.55  # likeness: of a view to one just begun; below it may be another look
_LEAST = 0.8  # of the likeness its first pictures have at least
_IN_PLACE = 0.15  # likeness of the same view in quite other light
_ALIKE = 0.7  # of the usual structure, likeness or sharpness: as good as it was
_HEAL_S, _YOUNG_S = 600.0, 120.0  # for how long a block has to show something else
_YOUNG_PICTURES = 900  # a quarter of an hour: who stood there at first is gone
_RECENT = 1 / 60
_KEPT = 0.85  # so much of the structure there ever was must stay


@dataclass(frozen=True)
class Learning:
    """What may become a look (the means of its last pictures and of those before them), the mean of
    the last minute, and for how many seconds each block has shown something else."""

    earlier: Look | None = None
    later: Look | None = None
    recent: Field | None = None
    other_s: Blocks | None = None


@dataclass(frozen=True)
class Beside:
    """The look a picture is nearest to: its number, itself, how the picture compares, and the mean
    signs of damage of the last ones."""

    number: int
    look: Look
    now: Compared
    lately: Signs = NO_SIGNS


def learnt(
    baseline: Baseline, learning: Learning, beside: Beside | None, seen: Measures, hour: float
) -> tuple[Baseline, Learning]:
    """After a picture in which nothing is wrong. No look beside it: none has its size."""
    if beside is None:
        return _begin(baseline, learning, seen)
    look, now = beside.look, beside.now
    least = _LEAST * (1 - look.usual.unlike)  # its own pictures are no more alike
    if now.likeness < min(_OTHER, least) and _same_view(seen, look, now):
        return _begin(baseline, learning, seen)
    learning = replace(learning, earlier=None, later=None)
    if not look.is_learnt and now.likeness > min(_SAME, least):
        look = joined(look, begun(seen, now.signs if look.pictures < _NEW else NO_SIGNS))
        look = replace(look, usual_lately=look.usual_lately.most(beside.lately))
    elif now.likeness > min(_OTHER, least):
        look, learning = _heal(look, learning, now, seen)
    return baseline.with_this(beside.number, noted(look, seen, hour)), learning


def with_usual(baseline: Baseline, beside: Beside) -> Baseline:
    """After a picture that seems damaged. While a look is new that is how its camera's stream is:
    hard compression and somebody who fills the view leave the same signs."""
    look = beside.look
    if look.pictures >= _NEW:
        return baseline
    look = replace(look, usual=look.usual.most(beside.now.signs), pictures=look.pictures + 1)
    return baseline.with_this(beside.number, look)


def _same_view(seen: Measures, look: Look, now: Compared) -> bool:
    """Whether it is the view of that look by other light."""
    if now.structure < _ALIKE:
        return False
    where = shift(seen.edges, look.edges)
    return where.length < 2 and where.likeness > _IN_PLACE


def _begin(baseline: Baseline, learning: Learning, seen: Measures) -> tuple[Baseline, Learning]:
    """Two means that agree are a look. One picture beside a mean tells little where people fill the
    view or the sensor is noisy."""
    earlier, later = learning.earlier, learning.later
    if earlier is not None and not earlier.fits(seen):
        earlier = later = None
    one = begun(seen, NO_SIGNS if earlier is None else compared(seen, earlier).signs)
    later = joined(later, one) if later and later.fits(seen) else one
    if later.pictures < _HALF:
        return baseline, replace(learning, earlier=earlier, later=later)
    if earlier is None or likeness(earlier, later) < _SAME:
        earlier = replace(later, usual=NO_SIGNS)
        return baseline, replace(learning, earlier=earlier, later=None)
    return baseline.with_new(joined(earlier, later)), Learning()


def _heal(look: Look, learning: Learning, now: Compared, seen: Measures) -> tuple[Look, Learning]:
    """Blocks that have long shown something else take it on."""
    recent, other_s = learning.recent, learning.other_s
    if recent is None or other_s is None or recent.shape != seen.edges.shape:
        return look, replace(learning, recent=seen.edges, other_s=np.zeros_like(look.luma))
    recent = np.asarray(recent + np.float32(_RECENT) * (seen.edges - recent), np.complex64)
    other_s = np.where(now.lost, other_s + 1, np.maximum(0, other_s - 3)).astype(np.float32)
    known = max(look.known, int(np.count_nonzero(look.structured)))
    look = look if known == look.known else replace(look, known=known)
    young = sum(look.hours) < _YOUNG_PICTURES
    due = other_s >= (_YOUNG_S if young else _HEAL_S)
    if due.any() and _may_heal(look, now, seen):
        healed = _patched(look, recent, seen, due)
        if np.count_nonzero(healed.structured) >= _KEPT * known:
            look = healed
        other_s = np.where(due, 0, other_s).astype(np.float32)
    return look, replace(learning, recent=recent, other_s=other_s)


def _may_heal(look: Look, now: Compared, seen: Measures) -> bool:
    """Whether the rest of the view is where it was, and as sharp: no slow sabotage."""
    if now.share(now.blurred) > 1 - _ALIKE or now.again < _ALIKE:
        return False
    where = shift(seen.edges, look.edges)
    return where.length == 0 and where.likeness > _OTHER


def _patched(look: Look, recent: Field, seen: Measures, due: Flags) -> Look:
    height, width = recent.shape
    rows = np.minimum(np.arange(height) * due.shape[0] // height, due.shape[0] - 1)
    columns = np.minimum(np.arange(width) * due.shape[1] // width, due.shape[1] - 1)
    return replace(
        look,
        edges=np.where(due[np.ix_(rows, columns)], recent, look.edges).astype(np.complex64),
        luma=np.where(due, seen.luma, look.luma),
        laplacian=np.where(due, seen.laplacian, look.laplacian),
        gradient=np.where(due, seen.gradient, look.gradient),
    )
