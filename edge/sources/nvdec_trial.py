"""Whether the graphics card really decodes: tried once, in a process of its own.

Where the driver and the card do not get on, PyNvVideoCodec does not raise: it ends the process. So
another process decodes a second of video and compares; `python -m edge.sources.nvdec_trial` is it.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from importlib.util import find_spec
from io import BytesIO
from itertools import islice

import av
import av.error
import numpy as np

from edge.core.types import Rgb
from edge.sources.mistrust import Mistrust
from edge.sources.nvdec import MODULE, NvdecDecoder
from edge.sources.scaling import full_size

_TRIAL_S_MAX = 60.0  # the first use of a card may take ten
_SIZE = (320, 192)
_PICTURES = 25
_AWAY_MAX = 12.0  # of 255, on average; another picture is some 80 away


@cache
def why_not() -> str:
    """Why no camera is decoded by a graphics card here, in words; empty where one can be."""
    if find_spec(MODULE) is None:
        return f"{MODULE} is not installed: pip install 'floorwatch[nvdec]'"
    try:
        done = subprocess.run(
            [sys.executable, "-m", "edge.sources.nvdec_trial"],
            cwd="/",  # `-m` imports from here first: where we are, anybody's files may lie
            capture_output=True,
            text=True,
            timeout=_TRIAL_S_MAX,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"{MODULE} did not decode a second of video in {_TRIAL_S_MAX:g} s"
    if done.returncode == 0:
        return ""
    said = (done.stdout.strip() or done.stderr.strip()).splitlines() or ["it said nothing"]
    return f"{MODULE} does not decode here: {said[-1][:200]}"


def trial() -> str:
    """Decodes a little video and compares; what is wrong in words, nothing where all is well."""
    video, pictures = BytesIO(), [_drawn(number) for number in range(_PICTURES)]
    with av.open(video, "w", format="h264") as written:
        stream = written.add_stream("libx264", rate=Fraction(25), options={"tune": "zerolatency"})
        stream.width, stream.height, stream.pix_fmt = *_SIZE, "yuv420p"
        for rgb in pictures:
            written.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
        written.mux(stream.encode())
    video.seek(0)
    mistrust = Mistrust("trial")
    decoded = list(islice(_decoded(video, mistrust), _PICTURES))
    if mistrust.words or not decoded:
        return mistrust.words or "no picture came"
    away = max(
        float(np.abs(one.astype(int) - rgb).mean())
        for one, rgb in zip(decoded, pictures, strict=False)
    )
    return f"its pictures are wrong by {away:.0f} of 255" if away > _AWAY_MAX else ""


def _decoded(video: BytesIO, mistrust: Mistrust) -> Iterator[Rgb]:
    with av.open(video, format="h264") as container:
        stream = container.streams.video[0]
        decoder = NvdecDecoder(stream, mistrust)
        for packet in container.demux(stream):
            if packet.size:
                for one in decoder.decode(packet):
                    yield full_size(decoder.frame(one))


def _drawn(number: int) -> Rgb:
    """A slope of grey that moves on, row by row."""
    rows, columns = np.mgrid[0 : _SIZE[1], 0 : _SIZE[0]]
    grey = (128 + 100 * np.sin((rows + columns + 8 * number) / 40)).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)


if __name__ == "__main__":
    if words := trial():
        print(words)
        raise SystemExit(1)
