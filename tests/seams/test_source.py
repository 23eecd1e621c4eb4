"""What every `Source` promises, asked of each kind in turn."""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event

import av
import cv2
import numpy as np
import pytest
from av.video.codeccontext import VideoCodecContext

from edge.core.types import Box
from edge.errors import SourceLost
from edge.ports import Packet, Picture, Source, StreamInfo
from edge.sources.camera import Camera
from edge.sources.decoding import FfmpegDecoder
from edge.sources.file import FileSource
from edge.sources.folder import FolderSource
from edge.sources.gstreamer import GstreamerSource
from edge.sources.gstreamer_elements import CPU
from edge.sources.mistrust import Mistrust
from edge.sources.nvdec import NvdecDecoder
from edge.sources.pattern import Mark, PatternSource, Script, draw
from edge.sources.rtsp import RtspSource
from edge.sources.sampling import fit_inside
from tests.support.clips import write_pattern
from tests.support.gstreamer import gstreamer_or_skip
from tests.support.nvdec_stand_in import lent
from tests.support.rtsp_server import Mount, RtspServer, rtsp_server_or_skip
from tests.support.until import until

FIT = (208, 208)
SAMPLE_FPS = 5.0
PASSWORD = "s3cret/?@"
SCRIPT = Script(
    marks=(Mark("down", Box(0.3, 0.6, 0.3, 0.2)),), duration_s=1.2, fps=10.0, size=(320, 180)
)
KINDS = (
    *("h264 file", "hevc file", "folder", "pattern"),
    *("rtsp h264 tcp", "rtsp hevc udp"),
    *("gstreamer h264 tcp", "gstreamer hevc udp"),
    *("nvdec h264 tcp", "nvdec hevc udp"),
)


@dataclass(frozen=True)
class Kind:
    """How to build a source that plays `SCRIPT`, and what it is known to give."""

    build: Callable[[], Source]
    live: bool
    codec: str


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The script as pictures, as an H.264 and as an H.265 clip."""
    path = tmp_path_factory.mktemp("sources")
    write_pattern(path / "h264.mp4", SCRIPT)
    write_pattern(path / "hevc.mp4", SCRIPT, codec="hevc")
    (path / "pictures").mkdir()
    for number, at_s in enumerate(SCRIPT.times_s):
        rgb = draw(SCRIPT.marks, at_s, SCRIPT.size)
        assert cv2.imwrite(str(path / "pictures" / f"{number}.png"), rgb[:, :, ::-1])
    return path


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[RtspServer]:
    mounts = (Mount("/h264", folder / "h264.mp4"), Mount("/hevc", folder / "hevc.mp4"))
    with rtsp_server_or_skip()(*mounts, user="joe", password=PASSWORD) as running:
        yield running


@pytest.fixture
def stand_in(tmp_path: Path) -> Iterator[Path]:
    with lent(tmp_path) as package:
        yield package


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest, folder: Path) -> Kind:
    name: str = request.param
    match name.split():
        case [codec, "file"]:
            path = folder / f"{codec}.mp4"
            return Kind(lambda: FileSource(path, fit=FIT, sample_fps=SAMPLE_FPS), False, codec)
        case ["folder"]:
            path = folder / "pictures"
            return Kind(
                lambda: FolderSource(path, fit=FIT, sample_fps=SAMPLE_FPS, folder_fps=10),
                False,
                "",
            )
        case ["pattern"]:
            return Kind(lambda: PatternSource(SCRIPT, fit=FIT, sample_fps=SAMPLE_FPS), False, "")
        case ["rtsp" | "nvdec" as way, codec, transport]:
            url = request.getfixturevalue("server").url(f"/{codec}")
            mistrust = Mistrust("hall")
            if way == "nvdec":
                request.getfixturevalue("stand_in")
            return Kind(
                lambda: RtspSource(
                    url,
                    fit=FIT,
                    sample_fps=SAMPLE_FPS,
                    transport="udp" if transport == "udp" else "tcp",
                    username="joe",
                    password=PASSWORD,
                    decoder=partial(NvdecDecoder, mistrust=mistrust)
                    if way == "nvdec"
                    else FfmpegDecoder,
                ),
                True,
                codec,
            )
        case ["gstreamer", codec, transport]:
            gstreamer_or_skip()
            camera = Camera(
                request.getfixturevalue("server").url(f"/{codec}"),
                "udp" if transport == "udp" else "tcp",
                "joe",
                PASSWORD,
            )
            return Kind(
                lambda: GstreamerSource(camera, fit=FIT, sample_fps=SAMPLE_FPS, elements=CPU),
                True,
                codec,
            )
    raise AssertionError(name)


def taken(source: Source) -> list[Picture]:
    """All pictures to the end."""
    pictures: list[Picture] = []
    try:
        for picture in source.pictures(Event()):
            pictures.append(picture)
    except SourceLost:
        assert source.live, "only a live source is lost at its end"
    else:
        assert not source.live, "a live source that ends says so"
    return pictures


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_pictures_are_small_timed_and_complete(kind: Kind) -> None:
    with kind.build() as source:
        assert source.live is kind.live
        assert source.info.codec == kind.codec
        assert (source.info.width, source.info.height) == SCRIPT.size
        pictures = taken(source)
        assert source.skipped == source.packets_dropped == source.clock_stalls == 0
        assert source.damage == ""
    times = [picture.pts_ns for picture in pictures]
    assert times[0] == 0
    assert times == sorted(set(times))
    assert times == pytest.approx([n * 2e8 for n in range(6)], abs=5e6)
    width, height = fit_inside(SCRIPT.size, FIT)
    for picture in pictures:
        assert picture.rgb.shape == (height, width, 3)
        assert picture.rgb.dtype == np.uint8
        assert picture.rgb.flags.c_contiguous


def test_full_is_the_same_picture_in_full_size(kind: Kind) -> None:
    with kind.build() as source:
        picture = next(iter(source.pictures(Event())))
        full = picture.full()
    assert full.shape == (SCRIPT.size[1], SCRIPT.size[0], 3)
    assert full.dtype == np.uint8
    small = cv2.resize(full, picture.rgb.shape[1::-1], interpolation=cv2.INTER_AREA)
    assert np.abs(small.astype(int) - picture.rgb).mean() < 6


def test_packets_make_a_clip_with_every_picture(kind: Kind, tmp_path: Path) -> None:
    with kind.build() as source:
        info = source.info
        pictures = taken(source)
    packets = [packet for picture in pictures for packet in picture.packets]
    if not kind.codec:
        assert packets == []
        return
    assert packets[0].keyframe
    assert packets[0].pts_ns == pictures[0].pts_ns
    # None left out up to the last picture taken, though only every second was.
    assert [packet.pts_ns for packet in packets] == pytest.approx(
        [n * 1e8 for n in range(len(packets))], abs=5e6
    )
    assert packets[-1].pts_ns >= pictures[-1].pts_ns
    decoded = decoded_alone(packets, info, tmp_path)
    assert len(decoded) == len(packets)
    marked = decoded[-1].to_ndarray(format="rgb24")[int(0.7 * 180), int(0.45 * 320)].astype(int)
    assert np.abs(marked - [255, 0, 255]).max() < 60


def decoded_alone(packets: list[Packet], info: StreamInfo, folder: Path) -> list[av.VideoFrame]:
    """The pictures in packets and extradata and nothing else."""
    if info.extradata.startswith(b"\0\0"):  # Annex B: one after the other they are a file
        clip = folder / f"clip.{info.codec}"
        clip.write_bytes(info.extradata + b"".join(packet.data for packet in packets))
        with av.open(str(clip), format=info.codec) as container:
            return list(container.decode(video=0))
    decoder = av.CodecContext.create(info.codec, "r")
    assert isinstance(decoder, VideoCodecContext)
    decoder.extradata = info.extradata
    frames = [frame for packet in packets for frame in decoder.decode(av.Packet(packet.data))]
    return frames + decoder.decode(None)


def test_setting_stop_ends_the_iteration(kind: Kind) -> None:
    stop = Event()
    with kind.build() as source:
        pictures = source.pictures(stop)
        next(pictures)
        stop.set()
        asked_s = time.monotonic()
        assert len(list(pictures)) <= 1
        assert time.monotonic() - asked_s < 3


def test_stop_set_before_gives_nothing_or_little(kind: Kind) -> None:
    stop = Event()
    stop.set()
    with kind.build() as source:
        assert len(list(source.pictures(stop))) <= 1


def test_leaving_gives_everything_back(kind: Kind) -> None:
    with kind.build():  # what is made once only (decoder tables, resolver) is made here
        pass
    until(lambda: threading.active_count() <= 2, "threads of before to end")
    files, threads = open_files(), threading.active_count()
    for depth in (0, 3):
        with kind.build() as source:
            for _ in itertools.islice(source.pictures(Event()), depth):
                pass
        del source
    until(lambda: open_files() <= files, "files and sockets to be closed")
    until(lambda: threading.active_count() <= threads, "threads to end")


def test_a_source_is_used_once(kind: Kind) -> None:
    source = kind.build()
    with pytest.raises(RuntimeError):
        assert source.info
    with pytest.raises(RuntimeError):
        next(iter(source.pictures(Event())))
    with source:
        pass
    with pytest.raises(RuntimeError, match="once"), source:
        pass


def test_the_password_is_in_no_text(kind: Kind, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    with kind.build() as source:
        taken(source)
        texts = [repr(source), str(source), repr(source.info), caplog.text]
        texts += [thread.name for thread in threading.enumerate()]
    assert not any(PASSWORD in text or "s3cret" in text for text in texts)
