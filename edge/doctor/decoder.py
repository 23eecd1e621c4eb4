"""What decodes the cameras' video here, and how fast one core does it.

Who decodes is chosen by `edge.sources.choice`, as in the daemon; decoding on the CPU is FFmpeg's,
through PyAV.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
import av.codec
import av.error
import numpy as np

from edge.doctor.finding import Finding, Group
from edge.sources.choice import Choice, Machine, choose

Codec = Literal["h264", "hevc"]

_GROUP = Group("decoder")
NAMES: dict[Codec, str] = {"h264": "H.264", "hevc": "H.265"}
# Encoder, its preset, and how many pictures: on a slow device it takes longer than decoding.
_CLIPS: dict[Codec, tuple[str, str, int]] = {
    "h264": ("libx264", "superfast", 20),
    "hevc": ("libx265", "ultrafast", 12),
}
_SIZE, _FPS = (1920, 1080), 25
_BITS_S = 4_000_000  # what cameras send at that size
_SAMPLED_FPS = 15  # a common rate of cameras, to say how many there may be
_CALLED = {
    "ffmpeg": "FFmpeg on the CPU",
    "gstreamer": "GStreamer",
    "nvdec": "the graphics card",
}


@dataclass(frozen=True)
class Decoder:
    """Who would decode, and why. `codecs` are FFmpeg's names."""

    jetson: bool
    gpu: bool
    choice: Choice
    ffmpeg: str
    codecs: frozenset[str]


def probe(here: Machine, *, gpu: bool) -> Decoder:
    """Chooses; `gpu` says whether there is a graphics card of NVIDIA's."""
    return Decoder(
        jetson=here.jetson,
        gpu=gpu,
        choice=choose("auto", here),
        ffmpeg=f"PyAV {av.__version__}, libavcodec {_dotted(av.library_versions['libavcodec'])}",
        codecs=frozenset(av.codec.codecs_available),
    )


def judge(seen: Decoder) -> Iterator[Finding]:
    """What it means."""
    yield _chosen(seen)
    missing = [name for codec, name in NAMES.items() if codec not in seen.codecs]
    if missing:
        why = "cameras that send it cannot be seen"
        mend = "pip install --force-reinstall av (its own FFmpeg has both)"
        yield _GROUP.bad("ffmpeg", f"{seen.ffmpeg}, without {', '.join(missing)}", why, mend)
    else:
        yield _GROUP.good("ffmpeg", seen.ffmpeg)


def _chosen(seen: Decoder) -> Finding:
    words = f"{_CALLED[seen.choice.decoder]}: {seen.choice.why}"
    slow = seen.choice.decoder == "ffmpeg"
    why = "decoding takes the processors' time while a decoder of its own has nothing to do"
    if slow and seen.jetson:
        mend = "sudo apt install nvidia-l4t-gstreamer gstreamer1.0-plugins-good "
        mend += "gstreamer1.0-plugins-bad python3-gi gir1.2-gst-plugins-base-1.0; and make the "
        mend += "environment with `python3 -m venv --system-site-packages`"
        return _GROUP.look("chosen", words, why, mend)
    if slow and seen.gpu:
        return _GROUP.look("chosen", words, why, "pip install 'floorwatch[nvdec]'")
    # Where there is nothing of NVIDIA's, why theirs does not decode is of no interest.
    idle = f"{_CALLED['ffmpeg']}: there is no decoder of NVIDIA's"
    return _GROUP.good("chosen", idle if slow else words)


def speed(codec: Codec, rate: float | None, cores: float) -> Finding:
    """What `decode_rate` found, on a device where so many cores are ours."""
    check = f"{NAMES[codec]} speed"
    if rate is None:
        return _GROUP.none(check, "not measured: this FFmpeg cannot make such a clip")
    streams = rate * cores / _SAMPLED_FPS
    words = (
        f"{rate:.0f} pictures of 1080p in a second of one core: "
        f"{streams:.0f} cameras at {_SAMPLED_FPS} fps on {cores:g} cores, decoding alone"
    )
    numbers = {"pictures_per_cpu_s": round(rate, 1), "streams_1080p": round(streams, 1)}
    if streams >= 1:
        return _GROUP.good(check, words, **numbers)
    why = "not even one such camera can be followed"
    return _GROUP.bad(check, words, why, "use the cameras' smaller streams", **numbers)


def decode_rate(codec: Codec) -> float | None:
    """Pictures of 1920×1080 that a second of one core's time decodes, in the way `FileSource` and
    `RtspSource` decode: one thread, without the deblocking filter. None where FFmpeg lacks the
    encoder of the clip, or the decoder."""
    with tempfile.TemporaryDirectory(prefix="floorwatch-") as folder:
        path = Path(folder) / "clip.mkv"
        try:
            _write(path, codec)
            return _decode(path)
        except (av.error.FFmpegError, ValueError, OSError):  # the second: no such codec
            return None


def _write(path: Path, codec: Codec) -> None:
    """A wall that drifts by with a camera's noise on it, at a camera's bit rate: without the noise
    it would decode three times as fast as what cameras send."""
    width, height = _SIZE
    rng = np.random.default_rng(0)
    wall = np.kron(
        rng.integers(60, 190, (height // 8, width // 4), np.int16), np.ones((8, 8), np.int16)
    )
    noise = rng.integers(-5, 6, (height + 64, width + 64), np.int8)
    encoder, preset, count = _CLIPS[codec]
    options = {"preset": preset, "x265-params": "log-level=none:pools=none"}
    with av.open(str(path), "w") as container:
        stream = container.add_stream(encoder, rate=_FPS, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.bit_rate, stream.gop_size, stream.max_b_frames = _BITS_S, _FPS, 0
        stream.codec_context.time_base = Fraction(1, _FPS)
        for number in range(count):
            row, column = rng.integers(0, 64, 2)
            grain = noise[row : row + height, column : column + width]
            shown = (wall[:, 2 * number : 2 * number + width] + grain).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(shown, format="gray").reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, _FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def _decode(path: Path) -> float:
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        context.thread_count = 1
        context.options = {"skip_loop_filter": "all"}
        packets = list(container.demux(video=0))
        # The thread's own time: what else runs on the device does not count.
        began_s = time.thread_time()
        pictures = sum(len(packet.decode()) for packet in packets)
        return pictures / max(time.thread_time() - began_s, 1e-6)


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(str(part) for part in version)
