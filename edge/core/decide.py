"""The alarm step: (state, scores, policy) to (state, decisions). Pure.

Its first half, `observe`, never looks at a threshold: it follows people, remembers the floor, and
weighs what it sees. `trip` compares with the threshold and is therefore monotone in it. The life
of events comes after.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from edge.core import collapse, life, spill, upright
from edge.core.evidence import Evidence
from edge.core.geometry import grid_mask, overlap_share
from edge.core.policy import Area, Policy
from edge.core.tracks import Track, follow
from edge.core.types import LABELS, Box, Decision, Label, Scores

_MASKED = 0.5  # share of a box under a mask
_IN_ZONE = 0.3  # share of a box in a zone: somebody across its border is not to be missed


@dataclass(frozen=True)
class State:
    """All that is remembered of one camera between frames."""

    tracks: tuple[Track, ...] = ()
    glimpses: tuple[upright.Glimpse, ...] = ()
    puddles: spill.Puddles | None = None
    incidents: tuple[life.Incident, ...] = ()


def step(
    camera: str,
    state: State,
    scores: Scores,
    policy: Policy,
    active: frozenset[Label] = frozenset(LABELS),
) -> tuple[State, tuple[Evidence, ...], tuple[Decision, ...]]:
    """One frame's scores in; what speaks for an incident, and the phases of events to tell of, out.
    `active` are the labels whose schedule runs now: others are watched, so that they are known when
    it begins, but not told."""
    state, evidence = observe(state, scores, policy)
    moment = life.Moment(scores.at_ns, scores.aspect, policy, active)
    state, decisions = tell(camera, state, evidence, moment)
    return state, evidence, decisions


def tell(
    camera: str, state: State, evidence: tuple[Evidence, ...], moment: life.Moment
) -> tuple[State, tuple[Decision, ...]]:
    """The second half of a step: what `observe` made of a frame against the thresholds."""
    incidents, told = life.live(state.incidents, evidence, moment)
    decisions = tuple(
        life.decision(camera, phase, incident, moment.at_ns, moment.policy)
        for phase, incident in told
    )
    return replace(state, incidents=incidents), decisions


def glance(scores: Scores, policy: Policy) -> dict[Label, float]:
    """What one frame alone says, 0–1, without memory: the surest person down and the wettest block
    of cells, where each may alarm. Not what alarms, but what a network is measured by."""
    down = [person.down_score for person in scores.people if may_collapse(person.box, policy)]
    allowed = _allowed_cells(policy.zones, policy.masks, *scores.spill.shape)
    return {"collapse": max(down, default=0.0), "spill": spill.wettest(scores.spill, allowed)}


def may_collapse(box: Box, policy: Policy) -> bool:
    """Whether a collapse may alarm there: in a zone, where there are any, and not under a mask."""
    return _place(box, "collapse", policy)[0]


def observe(state: State, scores: Scores, policy: Policy) -> tuple[State, tuple[Evidence, ...]]:
    """Everything in view that speaks for an incident, strongest first within a label."""
    span_ns = collapse.history_ns(policy.collapse)
    tracks = follow(state.tracks, scores, span_ns)
    glimpses = upright.remember(state.glimpses, scores, span_ns)
    puddles = state.puddles
    if puddles is None or puddles.total.shape != scores.spill.shape:
        puddles = spill.start(scores, policy.spill)
    puddles = spill.remember(puddles, scores)
    past = collapse.Past(glimpses, scores.aspect)
    evidence = (*_collapses(tracks, past, policy), *_spills(puddles, policy))
    return replace(state, tracks=tracks, glimpses=glimpses, puddles=puddles), evidence


def finish(
    camera: str, state: State, at_ns: int, policy: Policy
) -> tuple[State, tuple[Decision, ...]]:
    """Close what is open: the recording ended, or the daemon stops."""
    closed = tuple(life.close(i, at_ns) for i in state.incidents if i.closed_ns is None)
    cooling = tuple(i for i in state.incidents if i.closed_ns is not None)
    decisions = tuple(life.decision(camera, "closed", i, at_ns, policy) for i in closed)
    return replace(state, incidents=(*closed, *cooling)), decisions


def _collapses(
    tracks: tuple[Track, ...], past: collapse.Past, policy: Policy
) -> tuple[Evidence, ...]:
    found = []
    for track in tracks:
        allowed, zone = _place(track.box, "collapse", policy)
        if allowed:
            found.append(collapse.weigh(track, past, zone, policy.collapse))
    return tuple(sorted(found, key=lambda evidence: -evidence.score))


def _spills(puddles: spill.Puddles, policy: Policy) -> tuple[Evidence, ...]:
    rows, columns = puddles.total.shape
    allowed = _allowed_cells(policy.zones, policy.masks, rows, columns)
    return spill.weigh(puddles, allowed, lambda box: _place(box, "spill", policy)[1], policy.spill)


def _place(box: Box, label: Label, policy: Policy) -> tuple[bool, str | None]:
    """Whether a label may alarm at a box, and in which zone that is. A box lies in the zone that
    holds most of it, if that is a fair part; half of it under a mask silences it."""
    if any(overlap_share(box, mask.polygon) >= _MASKED for mask in _of(policy.masks, label)):
        return False, None
    zones = _of(policy.zones, label)
    if not zones:
        return True, None
    shares = [overlap_share(box, zone.polygon) for zone in zones]
    most = max(shares)
    return (True, zones[shares.index(most)].name) if most >= _IN_ZONE else (False, None)


def _of(areas: Iterable[Area], label: Label) -> tuple[Area, ...]:
    return tuple(area for area in areas if label in area.labels)


@lru_cache(maxsize=256)
def _allowed_cells(
    zones: tuple[Area, ...], masks: tuple[Area, ...], rows: int, columns: int
) -> NDArray[np.bool_]:
    """The cells of a grid in which a spill may alarm; the same for every frame of a camera."""
    watched = _of(zones, "spill")
    allowed = np.full((rows, columns), not watched)
    for zone in watched:
        allowed |= grid_mask(zone.polygon, rows, columns)
    for mask in _of(masks, "spill"):
        allowed &= ~grid_mask(mask.polygon, rows, columns)
    return allowed
