"""The demo's rendered clips as a camera would send them: larger, faster."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np

from edge.core.types import Rgb
from tests.support.clips import write_clip

_DEMO = Path(__file__).parents[2] / "configs" / "demo"


def filmed(folder: Path, name: str, size: tuple[int, int], fps: float) -> Path:
    """`collapse` or `spill` at another size (width, height) and rate; pictures are repeated."""
    path = folder / f"{name}.{size[1]}p{fps:g}.mp4"
    folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        write_clip(path, _pictures(_DEMO / f"{name}.mp4", size, fps), fps=fps, gop=int(2 * fps))
    return path


def _pictures(clip: Path, size: tuple[int, int], fps: float) -> Iterator[Rgb]:
    sent = 0
    with av.open(str(clip)) as container:
        rate = float(container.streams.video[0].average_rate or 12)
        for number, frame in enumerate(container.decode(video=0)):
            rgb = cv2.resize(frame.to_ndarray(format="rgb24"), size)
            while sent / fps < (number + 1) / rate:
                yield np.asarray(rgb, np.uint8)
                sent += 1
