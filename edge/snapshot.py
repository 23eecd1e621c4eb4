"""The picture that goes with an alert: where to look, and why. A report draws its stills the same
way."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.core.types import Box, Decision, Label, Rgb, Scores

_COLOURS = {"collapse": (235, 64, 52), "spill": (36, 160, 237)}  # RGB, told apart by colour-blind
_HEAT_FLOOR = 0.15
_HEAT_SHARE_MAX = 0.4
_QUALITY = 85
_WIDTH_PX_MAX = 1280


def jpeg(picture: Rgb, decision: Decision, scores: Scores, caption: str) -> bytes:
    """A JPEG of the full picture (H×W×3) with heat map, box and one line of text."""
    rgb = marked(shrunk(picture, _WIDTH_PX_MAX), decision.label, decision.box, scores)
    _write(rgb, caption, _COLOURS[decision.label])
    return encoded(rgb, _QUALITY)


def marked(picture: Rgb, label: Label, box: Box | None, scores: Scores) -> Rgb:
    """The picture (H×W×3) with what the network sees of the label as a tint, and the box if there
    is one. The picture given stays as it is."""
    rgb, colour = np.array(picture, order="C"), _COLOURS[label]
    rgb = _tinted(rgb, _heat(label, scores, rgb.shape[:2]), colour)
    if box is not None:
        _frame(rgb, box, colour)
    return rgb


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


def _heat(label: Label, scores: Scores, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """H×W, 0–1: the network's own liquid map, or for people each one's `score × down` as a soft
    spot over their box."""
    height, width = shape[0], shape[1]
    if label == "spill":
        return cv2.resize(scores.spill, (width, height)).astype(np.float32)
    heat = np.zeros((height, width), np.float32)
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    for person in scores.people:
        (cx, cy), (_, _, w, h) = person.box.centre, person.box
        away = ((xs / width - cx) / (w / 2 + 1e-6)) ** 2 + (
            (ys / height - cy) / (h / 2 + 1e-6)
        ) ** 2
        heat = np.maximum(heat, person.score * person.down * np.exp(-away))
    return heat


def _tinted(rgb: Rgb, heat: NDArray[np.float32], colour: tuple[int, int, int]) -> Rgb:
    share = np.where(heat >= _HEAT_FLOOR, heat * _HEAT_SHARE_MAX, 0.0)[..., None]
    tinted = rgb * (1 - share) + np.array(colour, np.float32) * share
    return np.asarray(tinted, np.uint8)


def _frame(rgb: Rgb, box: Box, colour: tuple[int, int, int]) -> None:
    height, width = rgb.shape[:2]
    start = (round(box.x * width), round(box.y * height))
    end = (round((box.x + box.w) * width), round((box.y + box.h) * height))
    thick = max(1, round(height / 240))
    cv2.rectangle(rgb, start, end, (0, 0, 0), thick + 2, cv2.LINE_AA)
    cv2.rectangle(rgb, start, end, colour, thick, cv2.LINE_AA)


def _write(rgb: Rgb, caption: str, colour: tuple[int, int, int]) -> None:
    """One line on a band along the lower edge. OpenCV's letters are ASCII only."""
    height, width = rgb.shape[:2]
    text = caption.encode("ascii", "replace").decode()
    scale, face = max(0.35, height / 900), cv2.FONT_HERSHEY_SIMPLEX
    (text_width, text_height), _ = cv2.getTextSize(text, face, scale, 1)
    scale = min(scale, scale * 0.96 * width / max(text_width, 1))
    band = round(text_height * 2)
    rgb[height - band :] = rgb[height - band :] // 4
    cv2.rectangle(rgb, (0, height - band), (max(3, band // 4), height), colour, -1)
    origin = (band // 2, height - band // 3)
    cv2.putText(rgb, text, origin, face, scale, (255, 255, 255), 1, cv2.LINE_AA)
