"""People made unrecognisable in a picture, before anybody keeps or sends it.

What is hidden is averaged over blocks and gone: no key brings it back. How large the blocks are:

IEC 62676-4 wants 25 pixels per metre to tell that somebody is there, 125 to recognise who it is if
one knows them, 250 to identify a stranger. A person's box is widened and cut into six blocks across
its short side, some 10 per metre on one who stands: a face is one or two blocks. Where the box
shows a head alone, six blocks across are still too few for people; trained networks told faces
apart in finer mosaics (McPherson, Shokri, Shmatikov: Defeating Image Obfuscation with Deep
Learning, arXiv:1609.00408), so no fineness between these was thought worth having. A blur can be
undone as long as it is one; ours softens the blocks, and has nothing to tell that they have not.

Clothes, gait and the place itself stay what they are: who knows the people may still guess.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from edge.core.types import Box, Decision, Rgb

Mode = Literal["none", "others", "people", "all"]
Style = Literal["pixelate", "blur"]

_ACROSS = 6  # blocks over the short side of a widened box
_DOWN_MIN = 48  # blocks are no smaller than this part of the picture's short side
_WHOLE = 24  # blocks over the short side of a whole picture
_MARGIN = 0.2  # of a box's side, on each side of it
_MARGIN_MIN = 0.015  # of the picture's
_PART_OF = 0.5  # of a person's box inside the incident's: that is who it is about


@dataclass(frozen=True)
class Privacy:
    """What pictures of incidents may show. `others` hides everyone but who lies there, `people`
    everyone, `all` the whole view."""

    mode: Mode = "none"
    style: Style = "pixelate"

    @property
    def on(self) -> bool:
        """Whether anything is hidden."""
        return self.mode != "none"

    def hidden(self, picture: Rgb, people: Iterable[Box] | None, spared: Box | None) -> Rgb:
        """The picture (H×W×3) as it may be shown; the one given stays as it is. `people` is who was
        seen in it or near it in time, None where nobody can say: then all of it is hidden. `spared`
        is where the one lies whom `others` shows; see `spared`."""
        if self.mode == "none":
            return picture
        if self.mode == "all" or people is None:
            return _coarse(picture, min(picture.shape[:2]) / _WHOLE, self.style)
        keep = spared if self.mode == "others" else None
        boxes = [_widened(one) for one in people if keep is None or not _belongs(one, keep)]
        return _hidden(picture, boxes, self.style)


NOTHING_HIDDEN = Privacy()


def spared(decision: Decision) -> Box | None:
    """Where the one lies whom an alert is about; None where it is about no person, or about nobody,
    as a drill is."""
    if decision.label != "collapse" or decision.drill:
        return None
    return decision.box


def _belongs(person: Box, incident: Box) -> bool:
    """Whether it is the one who lies there, and not somebody beside or in front: those are hidden
    wholly, even where they hide the one on the floor."""
    place = _widened(incident)
    width = min(person.x + person.w, place.x + place.w) - max(person.x, place.x)
    height = min(person.y + person.h, place.y + place.h) - max(person.y, place.y)
    return width > 0 and height > 0 and width * height >= _PART_OF * person.w * person.h


def _widened(box: Box) -> Box:
    across, down = (max(_MARGIN * side, _MARGIN_MIN) for side in (box.w, box.h))
    left, top = max(0.0, box.x - across), max(0.0, box.y - down)
    right, bottom = min(1.0, box.x + box.w + across), min(1.0, box.y + box.h + down)
    return Box(left, top, right - left, bottom - top)


def _hidden(picture: Rgb, boxes: Iterable[Box], style: Style) -> Rgb:
    """Each box in blocks of its own size, the coarsest on top. All are cut from the picture as it
    was: blocks of blocks would leave nothing of the shape of who lies there."""
    height, width = picture.shape[:2]
    rgb = np.array(picture, order="C")
    places = set()
    for x, y, w, h in boxes:
        left, top = int(x * width), int(y * height)
        right, bottom = int(np.ceil((x + w) * width)), int(np.ceil((y + h) * height))
        side = min(right - left, bottom - top)
        places.add((max(side / _ACROSS, min(height, width) / _DOWN_MIN), left, top, right, bottom))
    for block_px, left, top, right, bottom in sorted(places):
        part = picture[top:bottom, left:right]
        if part.size:
            rgb[top:bottom, left:right] = _coarse(part, block_px, style)
    return rgb


def _coarse(rgb: Rgb, block_px: float, style: Style) -> Rgb:
    """Means of blocks at least that large, as squares or with soft edges."""
    height, width = rgb.shape[:2]
    size = (max(1, int(width / block_px)), max(1, int(height / block_px)))
    means = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    way = cv2.INTER_NEAREST if style == "pixelate" else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(means, (width, height), interpolation=way), np.uint8)
