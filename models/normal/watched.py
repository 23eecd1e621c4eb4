"""What the shipped network's features are of rendered days, kept beside the clips: they are looked
at many times. Also of what the same camera would send if something had been done to it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Literal, get_args

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from edge.backends.onnx import OnnxBackend
from edge.core.preprocess import to_batch
from edge.core.types import Rgb
from edge.errors import BadModel
from edge.normality import in_view
from edge.zoo import Model

Track = NDArray[np.float32]  # T×C×h×w, a second each
Change = Literal["none", "turned", "dirty", "refurnished"]
CHANGES: tuple[Change, ...] = get_args(Change)
FOLDER = "features"
_TURNED = 0.12  # of the picture's width
_DIRTY_PX = 7.0
_THINGS = 4
_TRIES = 10


def track(clip: Path, model: Model, backend: OnnxBackend, change: Change = "none") -> Track:
    """The features of each picture of a clip, one a second. Raises BadModel where the network gives
    none."""
    card = model.card
    if card.features is None:
        raise BadModel(f"{card.name} gives no features")
    kept = clip.parent / FOLDER / f"{clip.stem}-{change}-{card.sha256[:8]}.npy"
    if kept.exists():
        found: Track = np.load(kept, allow_pickle=False)
        return found
    seen: list[NDArray[np.float32]] = []
    for rgb in _pictures(clip):
        altered = ALTERED[change](rgb)
        out = backend.infer(to_batch([altered], card.input))[card.features.name][0]
        seen.append(in_view(out, altered.shape, card.features.stride))
    kept.parent.mkdir(exist_ok=True)
    np.save(kept, np.array(seen, np.float32))
    return np.array(seen, np.float32)


def network_ms(clip: Path, model: Model, backend: OnnxBackend) -> float:
    """Processor time of the network, a picture."""
    batch = to_batch([next(_pictures(clip))], model.card.input)
    backend.infer(batch)
    began = time.process_time()
    for _ in range(_TRIES):
        backend.infer(batch)
    return 1e3 * (time.process_time() - began) / _TRIES


def _pictures(clip: Path) -> Iterator[Rgb]:
    with av.open(str(clip)) as container:
        for frame in container.decode(container.streams.video[0]):
            yield frame.to_ndarray(format="rgb24")


def _turned(rgb: Rgb) -> Rgb:
    """The camera looks a little to one side, and up."""
    height, width = rgb.shape[:2]
    move = np.array([[1, 0, _TURNED * width], [0, 1, _TURNED * height / 2]], np.float32)
    moved = cv2.warpAffine(rgb, move, (width, height), borderMode=cv2.BORDER_REFLECT)
    return np.asarray(moved, np.uint8)


def _dirty(rgb: Rgb) -> Rgb:
    """A greasy lens: soft, and paler."""
    soft = cv2.GaussianBlur(rgb, (0, 0), _DIRTY_PX).astype(np.float32)
    return np.asarray(0.75 * soft + 0.25 * 150, np.uint8)


def _refurnished(rgb: Rgb) -> Rgb:
    """New cupboards, always the same, over two fifths of the view."""
    rng = np.random.default_rng(3)
    out, (height, width) = rgb.copy(), rgb.shape[:2]
    for number in range(_THINGS):
        left = round((number + 0.15) / _THINGS * width)
        wide, top = round(0.14 * width), round(float(rng.uniform(0.15, 0.35)) * height)
        colour = rng.integers(40, 210, 3)
        out[top : top + round(0.6 * height), left : left + wide] = colour
        out[top + round(0.28 * height) : top + round(0.3 * height), left : left + wide] = 20
    return np.asarray(cv2.GaussianBlur(out, (3, 3), 0), np.uint8)


ALTERED: Mapping[Change, Callable[[Rgb], Rgb]] = {
    "none": lambda rgb: rgb,
    "turned": _turned,
    "dirty": _dirty,
    "refurnished": _refurnished,
}
