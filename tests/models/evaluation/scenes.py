"""Recordings, traces and alerts from plain lists: for tests of what is counted, without a picture.

A `Bout` is a time in which something is seen; `watched` lets the alarm step make alerts of bouts,
`told` takes alerts as they are given.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge.core.evidence import Evidence
from edge.core.policy import Policy
from edge.core.types import LABELS, Box, Grid, Label, Phase
from models.evaluation import alarms
from models.evaluation.alarms import Alert, Watched
from models.evaluation.recording import Kind, Recording, Span, SpanLabel
from models.evaluation.trace import Gap, Trace, Values
from tests.support.scenes import ASPECT, FPS, policy

SpanRow = tuple[SpanLabel, float, float] | tuple[SpanLabel, float, float, str]


@dataclass(frozen=True)
class Bout:
    """Something is seen with a score (which is also what holds an event) in [from_s, to_s).
    Places 0–3 lie too far apart to be one event."""

    label: Label
    from_s: float
    to_s: float
    score: float
    place: int = 0


def recording(
    name: str = "a.mp4",
    spans: Sequence[SpanRow] = (),
    seconds: float = 300.0,
    *,
    source: str = "scene",
    kind: Kind = "video",
    camera: str = "",
    columns: Mapping[str, str] | None = None,
    trained: bool = False,
    mask: Path | None = None,
) -> Recording:
    """Spans are (label, onset_s, end_s[, incident])."""
    rows = (
        Span(row[0], row[1], row[2], row[3] if len(row) > 3 else f"{source}/{name}#{n}", f"t:{n}")
        for n, row in enumerate(spans, 2)
    )
    return Recording(
        name=name,
        path=Path(name),
        kind=kind,
        source=source,
        spans=tuple(sorted(rows, key=lambda span: span.onset_s)),
        seconds=0.0 if kind == "picture" else seconds,
        sha256=hashlib.sha256(f"{source}/{name}".encode()).hexdigest(),
        camera=camera,
        mask=mask,
        columns=columns or {},
        trained=trained,
    )


def trace(
    seconds: float = 300.0,
    bouts: Sequence[Bout] = (),
    *,
    held_s: float = 0.0,
    gaps: Sequence[Gap] = (),
    fps: float = FPS,
    damage: str = "",
) -> Trace:
    """Pictures at a steady rate but for the gaps, the last one held for `held_s`. What a picture
    says by itself is what is seen in it."""
    every_s = np.arange(round((seconds + held_s) * fps)) / fps
    own_s = [at for at in every_s if not any(gap.from_s <= at < gap.to_s for gap in gaps)]
    evidence = tuple(_evidence(at, bouts) for at in own_s)
    return Trace(
        at_ns=np.array([round(at * 1e9) for at in own_s], np.int64),
        held=np.array([at >= seconds for at in own_s], np.bool_),
        glance={label: _strongest(label, evidence) for label in LABELS},
        evidence=evidence,
        aspect=ASPECT,
        seconds=seconds,
        gaps=tuple(gaps),
        damage=damage,
    )


def watched(of: Recording, seen: Trace, rules: Policy | None = None) -> Watched:
    """With the alerts that the alarm step makes of what is seen."""
    rules = rules or policy()
    return Watched(of, seen, rules, alarms.alerts(seen, rules))


def told(of: Recording, alerts: Sequence[Alert] = (), seen: Trace | None = None) -> Watched:
    """With alerts as given, whether or not anything is seen."""
    return Watched(of, seen or trace(of.seconds), policy(), tuple(alerts))


def alert(
    t_s: float,
    phase: Phase = "opened",
    event: int = 0,
    *,
    label: Label = "collapse",
    reopened: bool = False,
    held: bool = False,
    score: float = 0.8,
) -> Alert:
    return Alert(
        label=label,
        event=event,
        phase=phase,
        t_s=t_s,
        onset_s=t_s,
        score=score,
        threshold=0.5,
        zone=None,
        box=_box(0),
        path="persist" if label == "spill" else "fast",
        reopened=reopened,
        held=held,
    )


def picture(of: Recording, score: float, grid: Grid | None = None) -> Watched:
    """A single picture, whose wettest place has this score."""
    if grid is None:
        grid = np.zeros((18, 32), np.float32)
        grid[:2, :2] = score
    one = Trace(
        at_ns=np.zeros(1, np.int64),
        held=np.zeros(1, np.bool_),
        glance={"collapse": np.zeros(1, np.float32), "spill": np.full(1, score, np.float32)},
        evidence=((),),
        aspect=ASPECT,
        seconds=0.0,
        grid=grid,
    )
    return Watched(of, one, policy(), ())


def _evidence(at_s: float, bouts: Sequence[Bout]) -> tuple[Evidence, ...]:
    found = [
        Evidence(
            label=bout.label,
            zone=None,
            box=_box(bout.place),
            score=bout.score,
            holding=bout.score,
            since_ns=round(bout.from_s * 1e9),
            path="persist" if bout.label == "spill" else "fast",
        )
        for bout in bouts
        if bout.from_s <= at_s < bout.to_s
    ]
    return tuple(sorted(found, key=lambda one: (LABELS.index(one.label), -one.score)))


def _box(place: int) -> Box:
    return Box(0.05 + 0.25 * place, 0.6, 0.06, 0.08)


def _strongest(label: Label, evidence: Sequence[tuple[Evidence, ...]]) -> Values:
    return np.array(
        [max((one.score for one in seen if one.label == label), default=0.0) for seen in evidence],
        np.float32,
    )
