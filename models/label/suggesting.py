"""What the model suggests for a picture or a clip, by the shipped pipeline and its thresholds.

A picture: whoever it sees, each with a state; what it takes for liquid, as outlines; and as answer
the label whose score stands highest over its threshold, if it is more likely than not. A clip: what
the whole pipeline would have alarmed for, from when to when, and the scores of its pictures as a
curve. What a picture alone says is no alarm; it is what a person is to look at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from edge import wiring
from edge.config import cameras
from edge.core import decide
from edge.core.types import LABELS, Grid, Label, Person, Scores
from models.evaluation.recording import Recording
from models.evaluation.trace import Trace, Values
from models.evaluation.tracing import Setup, trace
from models.eye import Eye
from models.label import footage
from models.label.words import PERSON, Answer, Curve, Item, Marked, Marks, Outlined, Suggestion
from models.labels import STATES

_PERSON_FLOOR = 0.35  # surer than this, a box saves more presses than it costs
_STATE_FLOOR = 0.5
# An alarm's threshold is for what stays; of a single picture it would suggest too much.
_PICTURE_FLOOR = 0.5
_AREAS_MAX = 6
_FINER = 4  # the grid is coarse: outlines are drawn on one four times as fine
_BEND = 0.6  # of a cell: what an outline may be off to have fewer corners
_CORNERS_MAX = 32
_POINTS_MAX = 600  # of a curve; a screen has few more columns
Corners = NDArray[Any]  # N×…×2
Progress = Callable[[float], None]  # seconds of the clip done; may raise, to stop


class Suggester:
    """Suggests, with an opened model, as a site that has nothing but defaults would alarm."""

    def __init__(self, eye: Eye) -> None:
        self._eye = eye
        config = cameras.defaults("label")
        camera = config.cameras[0]
        policy = wiring.policy(config.alarms, camera, eye.card, None)
        self._setup = Setup(camera, policy, wiring.gate(config))
        self._fit = wiring.fit(eye.card)

    @property
    def model_sha256(self) -> str:
        """Which model it is."""
        return self._eye.card.sha256

    def suggest(self, item: Item, progress: Progress = lambda _seconds: None) -> Suggestion:
        """For one item of a book. Raises BadClip where it cannot be read."""
        return self._picture(item) if item.kind == "picture" else self._clip(item, progress)

    def _picture(self, item: Item) -> Suggestion:
        scores = self._eye.see(footage.small(item, self._fit))
        said = decide.glance(scores, self._setup.policy)
        answer, score = self._answer(said, _PICTURE_FLOOR)
        marks = Marks(self._boxes(scores, answer), self._areas(scores.spill))
        return self._made(item, answer, score, said, marks)

    def _clip(self, item: Item, progress: Progress) -> Suggestion:
        recording = Recording(
            item.path.name, item.path, "video", "label", (), item.length_s or 0.0, item.digest
        )
        seen = trace(recording, self._setup, self._eye, progress)
        said = {label: float(seen.strongest(label).max(initial=0.0)) for label in LABELS}
        answer, score = self._answer(said)
        made = self._made(item, answer, score, said, Marks())
        made = replace(made, curve=_curve(seen))
        if answer not in LABELS:
            return made
        onset_s, end_s = _span(seen, answer, self._setup.policy.threshold(answer))
        return replace(made, onset_s=onset_s, end_s=end_s)

    def _made(
        self, item: Item, answer: Answer, score: float, said: dict[Label, float], marks: Marks
    ) -> Suggestion:
        return Suggestion(
            item.number, answer, score, said["collapse"], said["spill"],
            model_sha256=self.model_sha256, marks=marks,
        )  # fmt: skip

    def _answer(self, said: dict[Label, float], floor: float = 0.0) -> tuple[Answer, float]:
        """The label furthest above its threshold, or nothing."""
        over = {label: said[label] / self._setup.policy.threshold(label) for label in LABELS}
        first = max(LABELS, key=over.__getitem__)
        if over[first] >= 1 and said[first] >= floor:
            return first, said[first]
        return "nothing", 1.0 - said[first]

    def _boxes(self, scores: Scores, answer: Answer) -> tuple[Marked, ...]:
        sure = [one for one in scores.people if one.score >= _PERSON_FLOOR]
        marked = [Marked(one.box, _state(one)) for one in sure]
        if answer == "collapse" and not any(one.state == "down" for one in marked):
            fallen = max(scores.people, key=lambda one: one.down_score)
            marked = [one for one in marked if one.box != fallen.box]
            marked.append(Marked(fallen.box, "down"))
        return tuple(marked)

    def _areas(self, grid: Grid) -> tuple[Outlined, ...]:
        return outlines(grid, self._setup.policy.threshold("spill"))


def _state(person: Person) -> str:
    likely = max(STATES, key=lambda state: getattr(person, state))
    return likely if getattr(person, likely) >= _STATE_FLOOR else PERSON


def outlines(grid: Grid, threshold: float) -> tuple[Outlined, ...]:
    """The parts of a liquid map (h×w, 0–1) that reach a threshold, as outlines; the largest first.
    What is narrower than the block of cells that alarms is left out."""
    rows, columns = grid.shape
    block = np.ones((2, 2), np.uint8)
    wet = cv2.morphologyEx((grid >= threshold).astype(np.uint8), cv2.MORPH_OPEN, block)
    fine = (columns * _FINER, rows * _FINER)
    smooth = cv2.resize(np.where(wet > 0, grid, 0).astype(np.float32), fine)
    edges, _ = cv2.findContours(
        (smooth >= threshold).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    edges = sorted(edges, key=cv2.contourArea, reverse=True)[:_AREAS_MAX]
    found = [_corners(edge) / (fine[0] - 1, fine[1] - 1) for edge in edges]
    return tuple(
        Outlined("spill", tuple((float(x), float(y)) for x, y in corners))
        for corners in found
        if len(corners) >= 3
    )


def _corners(edge: Corners) -> Corners:
    """N×2: few enough to be moved by hand."""
    bend = _BEND * _FINER
    while len(found := cv2.approxPolyDP(edge, bend, True)) > _CORNERS_MAX:
        bend *= 1.5
    return np.asarray(found[:, 0, :], np.float64)


def _span(seen: Trace, label: Label, threshold: float) -> tuple[float, float]:
    """From when it is dated to when nothing holds it any more, seconds of the clip."""
    end_s = seen.seconds
    onset_s: float | None = None
    for at_ns, evidence in zip(seen.at_ns, seen.evidence, strict=True):
        own = [one for one in evidence if one.label == label]
        if onset_s is None:
            tripped = [one.since_ns for one in own if one.score >= threshold]
            onset_s = min(tripped) / 1e9 if tripped else None
        elif max((one.holding for one in own), default=0.0) >= threshold:
            end_s = float(at_ns) / 1e9
    return max(0.0, onset_s or 0.0), min(end_s, seen.seconds)


def _curve(seen: Trace) -> Curve:
    """What each of the clip's own pictures says by itself; of many, the highest of some."""
    own = ~seen.held
    at_s = seen.at_s[own]
    step = max(1, -(-len(at_s) // _POINTS_MAX))
    values = {label: _highest(seen.glance[label][own], step) for label in LABELS}
    return Curve(
        tuple(round(float(at), 2) for at in at_s[::step]), values["collapse"], values["spill"]
    )


def _highest(values: Values, step: int) -> tuple[float, ...]:
    parts = [values[at : at + step] for at in range(0, len(values), step)]
    return tuple(round(float(part.max()), 3) for part in parts)
