"""Hard negatives out of unlabelled footage: the moments of a recording at which a network comes
near an alarm.

Of half an hour a few seconds matter: somebody kneels, a coat slides off a chair. Pictures taken at
even distances miss them, so the whole recording is looked at, `EVERY_S` apart, and of each stretch
of it the picture nearest an alarm is kept. Footage in which nothing happened is taken at its word;
`sheet` shows the nearest of all, for a person to see that nothing did.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from edge.core import gate
from edge.core.policy import SECOND_NS
from edge.core.spill import wettest
from edge.core.types import LABELS, Blocks, Box, Label, Rgb, Scores
from models.eye import Eye

EVERY_S = 1.0
UNSAID_S = 1800.0  # how long a recording is taken to be that does not say
NEAR = 0.5  # of the threshold: what is not far from an alarm may be one tomorrow
COLUMNS, TILES_MAX, TILE = 4, 24, (320, 180)
_INK, _RED = (255, 255, 0), (230, 40, 40)
_FACE = cv2.FONT_HERSHEY_SIMPLEX


@dataclass(frozen=True)
class Near:
    """A fitted picture of a recording, how near each label's alarm it is (1 is at the threshold),
    and where the nearest of them would be, if that is a person."""

    clip: str
    at_s: float
    rgb: Rgb
    nearness: dict[Label, float]
    box: Box | None


def alarms(scores: Scores) -> dict[Label, float]:
    """What one picture says by itself: the surest person down, the wettest floor, anywhere."""
    everywhere = np.ones(scores.spill.shape, np.bool_)
    down = max((person.down_score for person in scores.people), default=0.0)
    return {"collapse": down, "spill": wettest(scores.spill, everywhere)}


def near(
    clip: str, pictures: Iterable[tuple[float, Rgb]], eye: Eye, thresholds: Mapping[Label, float]
) -> Iterator[Near]:
    """The pictures (seconds, fitted RGB) that come to half a threshold or more. What shows nothing
    new since the last look is passed over: it would say the same again."""
    last: Blocks | None = None
    for at_s, rgb in pictures:
        seen = gate.blocks_of(rgb)
        if last is not None and not gate.changed(last, seen):
            continue
        last = seen
        scores = eye.see(rgb, int(at_s * SECOND_NS))
        said = alarms(scores)
        nearness = {label: said[label] / thresholds[label] for label in LABELS}
        if max(nearness.values()) >= NEAR:
            down = max(scores.people, key=lambda one: one.down_score, default=None)
            yield Near(clip, at_s, rgb, nearness, down.box if down else None)


def chosen(found: Iterable[Near], length_s: float, room: int) -> list[Near]:
    """All of a recording's, where no more than `room` are: what alarms is somebody who kneels for
    some seconds, and each of them teaches. Of more, for each label the nearest of each of so many
    equal stretches. A heap of clothes that is near all day then leaves room for who kneels once,
    and a floor that shines all day for who lies on it."""
    each = max(1, room // len(LABELS))
    stretch_s = (length_s or UNSAID_S) / each
    best: dict[tuple[Label, int], Near] = {}
    every: list[Near] | None = []
    for one in found:
        if every is not None:
            every = [*every, one] if len(every) < room else None
        stretch = min(int(one.at_s / stretch_s), each - 1)
        for label in LABELS:
            kept = best.get((label, stretch))
            nearness = one.nearness[label]
            if nearness >= NEAR and (kept is None or nearness > kept.nearness[label]):
                best[label, stretch] = one
    if every is not None:
        return every
    kept_once = {one.at_s: one for one in best.values()}
    return [kept_once[at_s] for at_s in sorted(kept_once)][:room]


def sheet(found: Sequence[Near]) -> Rgb | None:
    """The nearest ones of every recording and label in turn as one picture, H×W×3, each with its
    clip, second and nearness; None where there are none."""
    ranked: list[tuple[int, float, Label, Near]] = []
    groups = {(one.clip, label) for one in found for label in LABELS}
    for clip, label in groups:
        own = [one for one in found if one.clip == clip and one.nearness[label] >= NEAR]
        own.sort(key=lambda one: -one.nearness[label])
        ranked += [(rank, -one.nearness[label], label, one) for rank, one in enumerate(own)]
    ranked.sort(key=lambda place: (place[:2], place[3].clip, place[3].at_s))
    tiles = [_tile(one, label) for _, _, label, one in ranked[:TILES_MAX]]
    if not tiles:
        return None
    blank = np.zeros_like(tiles[0])
    padded = [*tiles, *([blank] * (-len(tiles) % COLUMNS))]
    rows = [np.hstack(padded[at : at + COLUMNS]) for at in range(0, len(padded), COLUMNS)]
    return np.asarray(np.vstack(rows), np.uint8)


def _tile(one: Near, label: Label) -> Rgb:
    height, width = one.rgb.shape[:2]
    scale = min(TILE[0] / width, TILE[1] / height)
    tile = np.zeros((TILE[1], TILE[0], 3), np.uint8)
    small = cv2.resize(one.rgb, (int(width * scale), int(height * scale)))
    tile[: small.shape[0], : small.shape[1]] = small
    if one.box is not None and label == "collapse":
        high, wide = small.shape[:2]
        corner = (int(one.box.x * wide), int(one.box.y * high))
        size = (int(one.box.w * wide), int(one.box.h * high))
        cv2.rectangle(tile, (*corner, *size), _RED, 1)
    text = f"{one.clip} {one.at_s:.0f} s: {label} {one.nearness[label]:.1f}"
    cv2.putText(tile, text, (4, TILE[1] - 6), _FACE, 0.4, (0, 0, 0), 3, cv2.LINE_AA)
    cv2.putText(tile, text, (4, TILE[1] - 6), _FACE, 0.4, _INK, 1, cv2.LINE_AA)
    return tile
