"""Recordings that are none, that are broken, and that only look odd, through the command."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from alerts.main import main
from edge.core.types import Rgb
from edge.sources.pattern import draw
from tests.bad_input.saying import complaint, good_clip, site
from tests.peers.conftest import FALL
from tests.support.clips import Codec, write_clip
from tests.support.site import site_file


def drawn(count: int, size: tuple[int, int] = (64, 64)) -> Iterator[Rgb]:
    return (draw((), number / 5, size) for number in range(count))


def text(folder: Path) -> Path:
    path = folder / "text.mp4"
    path.write_text("This is no video, whatever its name says.\n" * 50)
    return path


def jpeg(folder: Path) -> Path:
    assert cv2.imwrite(str(folder / "jpeg.jpg"), np.zeros((90, 160, 3), np.uint8))
    return (folder / "jpeg.jpg").rename(folder / "jpeg.mp4")


def empty(folder: Path) -> Path:
    (folder / "empty.mp4").touch()
    return folder / "empty.mp4"


def no_pictures(folder: Path) -> Path:
    (folder / "pictures").mkdir()
    return folder / "pictures"


def no_frames(folder: Path, ending: str) -> Path:
    """A header that promises a video, and no picture."""
    path = folder / f"frames.{ending}"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=5)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        container.start_encoding()
    return path


def sound(folder: Path) -> Path:
    path = folder / "sound.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=8000)
        silence = np.zeros((1, 8000), np.float32)
        frame = av.AudioFrame.from_ndarray(silence, format="fltp", layout="mono")
        frame.sample_rate = 8000
        container.mux([*stream.encode(frame), *stream.encode(None)])
    return path


def cut(folder: Path, ending: str, **options: str) -> Path:
    """The first half of a clip of 10 s."""
    path = write_clip(folder / f"cut.{ending}", drawn(50), fps=5, options=options)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def broken(folder: Path) -> Path:
    options = {"movflags": "faststart"}
    path = write_clip(folder / "broken.mp4", drawn(50), fps=5, gop=10, options=options)
    raw = bytearray(path.read_bytes())
    middle = len(raw) // 2
    raw[middle : middle + 1500] = b"\xff" * 1500
    path.write_bytes(bytes(raw))
    return path


NONE: dict[str, tuple[Callable[[Path], Path], str]] = {
    "missing": (lambda folder: folder / "none.mp4", "none.mp4: no such file"),
    "text": (text, "text.mp4: not a video"),
    "a picture named .mp4": (jpeg, "jpeg.mp4: a picture, not a video; name it as one"),
    "zero length": (empty, "empty.mp4: the file is empty"),
    "an empty folder": (no_pictures, "pictures: no pictures in this folder"),
    "no frames, mp4": (lambda folder: no_frames(folder, "mp4"), "holds no video"),
    "no frames, avi": (lambda folder: no_frames(folder, "avi"), "holds no picture"),
    "sound alone": (sound, "sound.mp4: holds no video"),
    "cut off before its index": (lambda folder: cut(folder, "mp4"), "cut off before its index"),
}


@pytest.mark.parametrize("what", NONE)
def test_a_recording_that_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    made, words = NONE[what]
    path = str(made(tmp_path))
    args = ["replay", path, "--config", site(tmp_path), "--out", str(tmp_path / "out")]
    assert words in complaint(capsys, args)
    camera = {"name": "hall", "url": path}
    assert words in complaint(capsys, ["run", str(site_file(tmp_path, [camera]))])


def result(captured: pytest.CaptureFixture[str], folder: Path, path: Path) -> str:
    """The line that `replay` gives for a clip it could play."""
    args = ["replay", str(path), "--config", site(folder), "--out", str(folder / "out")]
    assert main(args) == 0
    err = captured.readouterr().err
    assert "Traceback" not in err
    [line] = [line for line in err.splitlines() if line.startswith(f"{path}: ")]
    return line


BROKEN: dict[str, tuple[Callable[[Path], Path], str]] = {
    "cut off, mkv": (
        lambda folder: cut(folder, "mkv"),
        r"\(cut off or damaged; used the \d\.\d s that decode, of the 10\.0 s it states: \d\d pic",
    ),
    "cut off after its index": (
        lambda folder: cut(folder, "mp4", movflags="faststart"),
        r"\(cut off or damaged; used the \d\.\d s that decode, of the 10\.0 s it states: \d\d pic",
    ),
    "broken middle": (broken, r"\(cut off or damaged; .* pictures, [1-9]\d* skipped\)"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_decodes_is_used_and_the_result_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    made, words = BROKEN[what]
    line = result(capsys, tmp_path, made(tmp_path))
    assert re.search(words, line), line
    pictures = int(line.split(" s, ")[1].split(" pictures")[0])
    assert 10 <= pictures < 50


def test_pictures_of_a_folder_that_cannot_be_read_are_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(4):
        assert cv2.imwrite(str(folder / f"{number}.png"), next(drawn(1)))
    (folder / "2.png").write_bytes(b"no picture")
    line = result(capsys, tmp_path, folder)
    assert "3 pictures (1 of 4 pictures cannot be read): nothing" in line


@pytest.mark.parametrize(
    ("size", "codec"),
    [
        ((320, 240), "h264"),
        ((180, 320), "h264"),
        ((3840, 2160), "h264"),
        ((641, 359), "mpeg4"),
        ((641, 359), "mjpeg"),
        ((1, 1), "mjpeg"),
    ],
    ids=str,
)
def test_any_size_is_played(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], size: tuple[int, int], codec: Codec
) -> None:
    clip = write_clip(tmp_path / "clip.mkv", drawn(3, size), fps=5, codec=codec)
    assert result(capsys, tmp_path, clip) == f"{clip}: 0.4 s, 3 pictures: nothing"


def test_a_clip_turned_by_its_metadata_is_judged_upright(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And with pictures at any times: what happens is told at the time of the clip."""
    times_s = [n / 10 + 0.03 * (n % 3) for n in range(140)]
    lying = (np.ascontiguousarray(np.rot90(draw(FALL, at_s, (320, 180)), -1)) for at_s in times_s)
    path = write_clip(tmp_path / "fall.mp4", lying, fps=10, times_s=times_s, rotation=90)
    line = result(capsys, tmp_path, path)
    assert re.search(r": collapse at [4-7]\.\d s", line), line
    events = (tmp_path / "out" / "events.jsonl").read_text().splitlines()
    box = json.loads(events[0])["box"]
    assert box == pytest.approx([0.20, 0.62, 0.36, 0.16], abs=0.03)


def test_a_missing_clip_is_told_before_anything_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "events.jsonl").write_text("of an earlier run\n")
    clips = [good_clip(tmp_path), str(tmp_path / "none.mp4")]
    args = ["replay", *clips, "--config", site(tmp_path), "--out", str(tmp_path)]
    assert "none.mp4: no such file" in complaint(capsys, args)
    assert (tmp_path / "events.jsonl").read_text() == "of an earlier run\n"


@pytest.mark.parametrize(("made", "words"), [(text, "not a video"), (sound, "holds no video")])
def test_the_demo_of_a_clip_that_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], made: Callable[[Path], Path], words: str
) -> None:
    assert words in complaint(capsys, ["demo", "--json", "--clip", str(made(tmp_path))])


def test_a_place_that_cannot_be_written_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    args = ["--config", site(tmp_path), "--out", str(tmp_path / "file")]
    assert "cannot be written" in complaint(capsys, ["replay", good_clip(tmp_path), *args])
