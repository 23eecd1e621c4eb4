"""The picture that goes with an alert: where to look, and why. A report draws its stills the same
way.

The tint is the network's own: the cells whose liquid, or whose person down, made the score. It
is as strong as can be where the picture's strongest cell is (or the threshold, if that is higher),
and a line runs round what reaches the threshold. The box says how strong the strongest cell in it
is, a pale line where the zone ends, the band along the lower edge what the tint means.
"""

from __future__ import annotations

import cv2
import numpy as np

from edge.core.geometry import Polygon
from edge.core.types import Box, Decision, Grid, Label, Rgb, Scores

_COLOURS = {"collapse": (235, 64, 52), "spill": (36, 160, 237)}  # RGB, told apart by colour-blind
_NAMES = {"collapse": "down", "spill": "liquid"}
_HEAT_FLOOR = 0.15  # of the strongest; less is not shown
_HEAT_SHARE_MAX = 0.6
_FACE = cv2.FONT_HERSHEY_SIMPLEX
_WHITE, _PALE = (255, 255, 255), (225, 225, 225)
_QUALITY = 85
WIDTH_PX_MAX = 1280


def jpeg(
    picture: Rgb,
    decision: Decision,
    scores: Scores,
    caption: str,
    zone: Polygon | None = None,
) -> bytes:
    """A JPEG of the full picture (H×W×3) with heat map, box, the outline of the zone (fractions of
    the picture) if there is one, one line of text and a legend."""
    label, threshold = decision.label, decision.threshold
    small = np.array(shrunk(picture, WIDTH_PX_MAX), order="C")
    if zone is not None:
        outlined(small, zone)
    rgb = marked(small, label, decision.box, scores, threshold)
    _write(rgb, caption, label, _peak(_grid(label, scores), threshold))
    return encoded(rgb, _QUALITY)


def captioned(picture: Rgb, caption: str) -> bytes:
    """A JPEG of the full picture (H×W×3) with one line of text: of what is no incident there."""
    rgb = np.array(shrunk(picture, WIDTH_PX_MAX), order="C")
    height = rgb.shape[0]
    words, scale = caption.encode("ascii", "replace").decode(), max(0.35, height / 900)
    (wide, high), _ = cv2.getTextSize(words, _FACE, scale, 1)
    band = high * 2 or 1
    rgb[height - band :] = rgb[height - band :] // 4
    fits = scale * min(1.0, (rgb.shape[1] - band) / max(1, wide))
    at = (band // 2, height - band // 3)
    cv2.putText(rgb, words, at, _FACE, fits, _WHITE, 1, cv2.LINE_AA)
    return encoded(rgb, _QUALITY)


def plain(picture: Rgb) -> bytes:
    """A JPEG of the full picture (H×W×3), as large as that of `jpeg`, nothing drawn into it."""
    return encoded(shrunk(picture, WIDTH_PX_MAX), _QUALITY)


def marked(picture: Rgb, label: Label, box: Box | None, scores: Scores, threshold: float) -> Rgb:
    """The picture (H×W×3) with what the network sees of the label as a tint, a line round what of
    it reaches the threshold, and the box if there is one. The picture given stays as it is."""
    rgb, colour, grid = np.array(picture, order="C"), _COLOURS[label], _grid(label, scores)
    heat = cv2.resize(grid, (rgb.shape[1], rgb.shape[0])).astype(np.float32)
    rgb = _tinted(rgb, heat / _peak(grid, threshold), colour)
    reached = (heat >= threshold).astype(np.uint8)
    edges, _ = cv2.findContours(reached, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(rgb, edges, -1, colour, max(1, _thick(rgb) // 2))
    if box is not None:
        _frame(rgb, box, colour)
        strongest = float(grid[box.cells(*grid.shape)].max(initial=0.0))
        _tag(rgb, box.x, box.y, f"{_NAMES[label]} {strongest:.2f}")
    return rgb


def named(rgb: Rgb, box: Box, words: str) -> None:
    """A thin box on the picture (H×W×3), and a few words at its lower edge."""
    cv2.rectangle(rgb, *_corners(rgb, box), _PALE, 1, cv2.LINE_AA)
    _tag(rgb, box.x, box.y + box.h, words)


def outlined(rgb: Rgb, zone: Polygon) -> None:
    """A pale line round a zone (fractions) on the picture (H×W×3), dark at its sides, so that it is
    seen on any floor."""
    corners = np.array(zone) * (rgb.shape[1] - 1, rgb.shape[0] - 1)
    line, thick = [np.round(corners).astype(np.int32)], (_thick(rgb) + 1) // 2
    cv2.polylines(rgb, line, isClosed=True, color=(0, 0, 0), thickness=thick + 2)
    cv2.polylines(rgb, line, isClosed=True, color=_PALE, thickness=thick)


def shrunk(picture: Rgb, width_px_max: int) -> Rgb:
    """The picture (H×W×3) no wider than that, its shape kept; never enlarged."""
    height, width = picture.shape[:2]
    if width <= width_px_max:
        return picture
    size = (width_px_max, max(1, round(height * width_px_max / width)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def encoded(rgb: Rgb, quality: int) -> bytes:
    """The picture (H×W×3) as JPEG, `quality` 0–100."""
    done, data = cv2.imencode(".jpg", rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError(f"a picture of shape {rgb.shape} cannot be written as JPEG")
    return data.tobytes()


def _grid(label: Label, scores: Scores) -> Grid:
    """h×w, 0–1: the network's own map of liquid, or of people down. Where it tells of people alone
    and not of its cells, each one's `score × down` as a soft spot over their box."""
    if label == "spill":
        return scores.spill
    if scores.down is not None:
        return scores.down
    rows, columns = scores.spill.shape
    ys, xs = np.mgrid[0:rows, 0:columns].astype(np.float32) + 0.5
    heat = np.zeros((rows, columns), np.float32)
    for person in scores.people:
        (cx, cy), (_, _, w, h) = person.box.centre, person.box
        away = ((xs / columns - cx) / (w / 2 + 1e-6)) ** 2 + (
            (ys / rows - cy) / (h / 2 + 1e-6)
        ) ** 2
        heat = np.maximum(heat, person.down_score * np.exp(-away))
    return heat


def _peak(grid: Grid, threshold: float) -> float:
    """What the full tint stands for."""
    return max(float(grid.max()), threshold)


def _tinted(rgb: Rgb, heat: Grid, colour: tuple[int, int, int]) -> Rgb:
    share = np.where(heat >= _HEAT_FLOOR, heat * _HEAT_SHARE_MAX, 0.0)[..., None]
    tinted = rgb * (1 - share) + np.array(colour, np.float32) * share
    return np.asarray(tinted, np.uint8)


def _frame(rgb: Rgb, box: Box, colour: tuple[int, int, int]) -> None:
    thick = _thick(rgb)
    cv2.rectangle(rgb, *_corners(rgb, box), (0, 0, 0), thick + 2, cv2.LINE_AA)
    cv2.rectangle(rgb, *_corners(rgb, box), colour, thick, cv2.LINE_AA)


def _corners(rgb: Rgb, box: Box) -> tuple[tuple[int, int], tuple[int, int]]:
    height, width = rgb.shape[:2]
    x, y, w, h = box
    return (round(x * width), round(y * height)), (round((x + w) * width), round((y + h) * height))


def _thick(rgb: Rgb) -> int:
    return int(max(1, round(rgb.shape[0] / 240)))


def _tag(rgb: Rgb, x: float, y: float, words: str) -> None:
    """A few words on a dark patch above a point (fractions), moved to where there is room."""
    height, width = rgb.shape[:2]
    scale = max(0.35, height / 1100)
    (wide, high), below = cv2.getTextSize(words, _FACE, scale, 1)
    left = min(max(0, round(x * width)), max(0, width - wide - 4))
    base = min(max(high + below + 2, round(y * height) - _thick(rgb) - 1), height)
    rgb[max(0, base - high - below) : base, left : left + wide + 4] //= 4
    cv2.putText(rgb, words, (left + 2, base - below + 1), _FACE, scale, _WHITE, 1, cv2.LINE_AA)


def _write(rgb: Rgb, caption: str, label: Label, peak: float) -> None:
    """One line on a band along the lower edge, and at its end what the tint means: from nothing to
    its strongest. OpenCV's letters are ASCII only."""
    height, width = rgb.shape[:2]
    words = (caption.encode("ascii", "replace").decode(), f"{_NAMES[label]} 0", f"{peak:.2f}")
    scale = max(0.35, height / 900)
    sizes = [cv2.getTextSize(one, _FACE, scale, 1)[0] for one in words]
    band = round(sizes[0][1] * 2) or 1
    room = max(0.2 * width, width - 5.0 * band)  # beside the mark, the bar and the gaps
    shrink = min(1.0, room / max(1, sum(wide for wide, _ in sizes)))
    said, none, most = (round(wide * shrink) for wide, _ in sizes)
    rgb[height - band :] = rgb[height - band :] // 4
    cv2.rectangle(rgb, (0, height - band), (max(3, band // 4), height), _COLOURS[label], -1)
    right = width - band // 4 - most
    left = right - 2 * band - band // 4
    for one, x in zip(words, (band // 2, left - none - band // 4, right), strict=True):
        at = (x, height - band // 3)
        cv2.putText(rgb, one, at, _FACE, scale * shrink, _WHITE, 1, cv2.LINE_AA)
    if left > band // 2 + said:
        bar = rgb[height - band * 3 // 4 : height - band // 4, left : left + 2 * band]
        ramp = np.linspace(0, 1, bar.shape[1])[None, :, None]
        bar[:] = bar * (1 - ramp) + np.array(_COLOURS[label]) * ramp
