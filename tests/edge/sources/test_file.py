from __future__ import annotations

import logging
import shutil
import subprocess
import threading
import time
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from edge.core.types import Rgb
from edge.errors import BadClip
from edge.ports import Picture
from edge.sources.file import FileSource
from edge.sources.pattern import draw
from tests.edge.sources.conftest import SCRIPT
from tests.support.clips import Codec, write_clip

FIT = (320, 192)


def drawn(count: int) -> Iterable[Rgb]:
    return (draw(SCRIPT.marks, number / 12, SCRIPT.size) for number in range(count))


def taken(path: Path, sample_fps: float = 100) -> tuple[list[Picture], FileSource]:
    with FileSource(path, fit=FIT, sample_fps=sample_fps) as source:
        return list(source.pictures(Event())), source


def bad(path: Path) -> str:
    with pytest.raises(BadClip) as caught:
        taken(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("codec", "suffix"),
    [("h264", ".mp4"), ("h264", ".mkv"), ("h264", ".ts"), ("hevc", ".mp4"), ("mpeg4", ".avi"),
     ("mjpeg", ".avi")],
)  # fmt: skip
def test_anything_ffmpeg_reads(tmp_path: Path, codec: Codec, suffix: str) -> None:
    clip = write_clip(tmp_path / f"clip{suffix}", drawn(24), fps=12, codec=codec)
    pictures, source = taken(clip)
    assert source.info.codec == codec
    assert source.skipped == 0
    times = [picture.pts_ns for picture in pictures]
    assert times == pytest.approx([n * 1e9 / 12 for n in range(24)], abs=2e6)
    assert sum(len(picture.packets) for picture in pictures) == 24


def test_a_bare_stream_without_time_stamps(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.h264", drawn(24), fps=12)
    pictures, _ = taken(clip)
    assert len(pictures) == 24
    times = [picture.pts_ns for picture in pictures]
    assert times == sorted(set(times))


def test_pictures_that_lean_on_later_ones_come_in_order(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", drawn(24), fps=12, b_frames=3)
    pictures, _ = taken(clip)
    times = [picture.pts_ns for picture in pictures]
    assert times == pytest.approx([n * 1e9 / 12 for n in range(24)], abs=1e6)


def test_a_variable_rate_is_sampled_by_its_own_times(tmp_path: Path) -> None:
    times_s = [0.0, 0.04, 0.08, 0.12, 0.5, 0.51, 0.9, 2.0, 2.05, 2.21]
    clip = write_clip(tmp_path / "clip.mp4", drawn(10), times_s=times_s)
    pictures, _ = taken(clip, sample_fps=5)
    seconds = [picture.pts_ns / 1e9 for picture in pictures]
    assert seconds == pytest.approx([0.0, 0.5, 0.9, 2.0, 2.21], abs=2e-3)
    assert [len(picture.packets) for picture in pictures] == [1, 4, 2, 1, 2]


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_telephones_picture_is_turned_upright(tmp_path: Path, degrees: int) -> None:
    upright = draw(SCRIPT.marks, 0, SCRIPT.size)
    lying = np.ascontiguousarray(np.rot90(upright, -degrees // 90))
    clip = write_clip(tmp_path / "clip.mp4", [lying] * 6, rotation=degrees)
    pictures, _ = taken(clip)
    assert pictures[0].rgb.shape == (180, 320, 3)
    for rgb in (pictures[0].rgb, pictures[0].full()):
        assert np.abs(rgb.astype(int) - upright).mean() < 6


def test_what_is_no_video_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("not a video " * 1000)
    assert "no such file" in bad(tmp_path / "missing.mp4")
    assert "empty" in bad(tmp_path / "empty.mp4")
    assert "not a video" in bad(tmp_path / "text.mp4")
    assert "not a file" in bad(tmp_path)


def test_sound_alone_is_no_video(tmp_path: Path) -> None:
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        pytest.skip("ffmpeg is not installed")
    path = tmp_path / "sound.wav"
    tone = ["-f", "lavfi", "-i", "sine=duration=0.2", str(path)]
    subprocess.run([ffmpeg, "-v", "error", *tone], check=True, timeout=60)
    assert "holds no video" in bad(path)


@pytest.mark.parametrize("suffix", [".ts", ".mkv", ".avi"])
def test_a_cut_off_clip_gives_what_it_has_and_says_so_once(
    tmp_path: Path, suffix: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    clip = write_clip(tmp_path / f"clip{suffix}", drawn(60), fps=12)
    clip.write_bytes(clip.read_bytes()[: int(clip.stat().st_size * 0.6)])
    pictures, _ = taken(clip)
    assert 10 <= len(pictures) < 60
    if suffix == ".mkv":  # the others state no length, or guess it: a clean cut cannot be seen
        assert caplog.text.count("cut off or damaged") == 1


def test_a_cut_off_mp4_has_no_index(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", drawn(60), fps=12)
    clip.write_bytes(clip.read_bytes()[: int(clip.stat().st_size * 0.6)])
    assert "cut off before its index" in bad(clip)


def test_a_cut_off_mp4_with_its_index_first(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    clip = write_clip(tmp_path / "clip.mp4", drawn(60), fps=12, options={"movflags": "faststart"})
    clip.write_bytes(clip.read_bytes()[: int(clip.stat().st_size * 0.6)])
    pictures, _ = taken(clip)
    assert 10 <= len(pictures) < 60
    assert caplog.text.count("cut off or damaged") == 1


def test_damage_in_the_middle_is_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    clip = write_clip(tmp_path / "clip.ts", drawn(60), fps=12)
    raw = bytearray(clip.read_bytes())
    middle = len(raw) // 2
    raw[middle : middle + 9000] = b"\xff" * 9000
    clip.write_bytes(bytes(raw))
    pictures, _ = taken(clip)
    times = [picture.pts_ns for picture in pictures]
    assert 30 <= len(pictures) <= 60
    assert times == sorted(set(times))


def test_the_last_picture_is_held(h264_clip: Path) -> None:
    with FileSource(h264_clip, fit=FIT, sample_fps=5, hold_last_s=2) as source:
        pictures = list(source.pictures(Event()))
    seconds = [picture.pts_ns / 1e9 for picture in pictures]
    assert seconds[-1] == pytest.approx(3.9, abs=0.21)
    held = [picture for picture in pictures if picture.pts_ns > 2.0e9]
    assert len(held) >= 9
    assert all(picture.rgb is held[0].rgb and picture.packets == () for picture in held)
    gaps = np.diff([picture.pts_ns for picture in held])
    assert set(gaps) == {200_000_000}


def test_a_loop_goes_on_forward(h264_clip: Path) -> None:
    with FileSource(h264_clip, fit=FIT, sample_fps=5, loop=True, hold_last_s=0.5) as source:
        pictures = list(islice(source.pictures(Event()), 36))
    times = [picture.pts_ns for picture in pictures]
    assert times == sorted(set(times))
    assert 6 < times[-1] / 1e9 < 9
    assert np.diff(times).max() < 4.5e8


def test_packets_keep_the_pictures_time_through_a_loop(h264_clip: Path) -> None:
    with FileSource(h264_clip, fit=FIT, sample_fps=12, loop=True) as source:
        pictures = list(islice(source.pictures(Event()), 70))
    for picture in pictures:
        assert all(abs(packet.pts_ns - picture.pts_ns) < 1e8 for packet in picture.packets)
    assert sum(packet.keyframe for picture in pictures for packet in picture.packets) == 6


def test_real_time_is_no_faster_than_the_clip_and_stop_is_honoured(h264_clip: Path) -> None:
    with FileSource(h264_clip, fit=FIT, sample_fps=5, pace="real_time") as source:
        began_s = time.monotonic()
        for picture in islice(source.pictures(Event()), 4):
            assert time.monotonic() - began_s >= picture.pts_ns / 1e9 - 0.05
    stop, ended = Event(), Event()

    def play() -> None:
        built = FileSource(h264_clip, fit=FIT, sample_fps=0.5, pace="real_time")
        with built:
            list(built.pictures(stop))
        ended.set()

    thread = threading.Thread(target=play)
    thread.start()
    stop.set()
    assert ended.wait(2)
    thread.join()


def test_the_same_file_gives_the_same_pictures(h264_clip: Path) -> None:
    first, again = taken(h264_clip, 5)[0], taken(h264_clip, 5)[0]
    assert [one.pts_ns for one in first] == [one.pts_ns for one in again]
    assert all(np.array_equal(a.rgb, b.rgb) for a, b in zip(first, again, strict=True))
