"""What an encoder makes of a dark room where nothing moves: the same picture for a whole group."""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import pairwise

import av
import cv2
import numpy as np

from edge.core.types import Rgb
from edge.fit import State
from tests.edge.fit.rooms import HEIGHT, WIDTH, furnished, watch

GROUP = 30  # pictures


def night(seconds: int) -> Iterator[Rgb]:
    """A dim room with little noise, through H.264 that saves where it can."""
    rng = np.random.default_rng(0)
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.options = {
            "crf": "36", "g": str(GROUP), "preset": "veryfast", "sc_threshold": "0",
            "tune": "zerolatency",
        }  # fmt: skip
        for _ in range(seconds):
            noisy = cv2.GaussianBlur(furnished(), (0, 0), 1.0) * 0.35 + rng.normal(
                0, 0.5, (HEIGHT, WIDTH, 1)
            )
            picture = np.clip(noisy, 0, 255).astype(np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode(None))
    file.seek(0)
    with av.open(file) as clip:
        for frame in clip.decode(video=0):
            yield frame.to_ndarray(format="rgb24")


def test_a_camera_learns_for_how_long_its_own_encoder_stands_still() -> None:
    pictures = list(night(300))
    same = sum(np.array_equal(a, b) for a, b in pairwise(pictures))
    assert same > 150, "else this tests nothing"
    state, said = watch(pictures, State())
    assert {one.reason for one in said[100:]} == {"ok"}
    assert sum(one.reason == "frozen" for one in said[:100]) < 60
    _, stuck = watch([pictures[-1]] * 60, state, from_s=300)
    assert stuck[-1].reason == "frozen"
