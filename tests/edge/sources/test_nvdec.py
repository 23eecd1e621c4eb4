"""NVIDIA's decoder of a graphics card, held by a stand-in; nothing here has seen a card."""

from __future__ import annotations

import inspect
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from edge.core.types import Rgb
from edge.sources import nvdec_trial
from edge.sources.decoding import Decoder, FfmpegDecoder
from edge.sources.mistrust import Mistrust
from edge.sources.nvdec import NvdecDecoder
from edge.sources.scaling import full_size
from tests.support import nvdec_stand_in
from tests.support.clips import write_clip
from tests.support.nvdec_stand_in import lent

ROOT = Path(__file__).resolve().parents[3]
SURFACES = json.loads((Path(__file__).parent / "nvdec_surface.json").read_text())


@pytest.fixture
def stand_in(tmp_path: Path) -> Iterator[Path]:
    with lent(tmp_path) as package:
        yield package


@pytest.mark.parametrize("version", SURFACES)
def test_the_stand_in_has_no_name_that_the_package_lacks(version: str) -> None:
    real = SURFACES[version]
    for name in ("PacketData", "PyNvDecoder", "DecodedFrame", "cudaVideoCodec", "Pixel_Format"):
        kind = getattr(nvdec_stand_in, name)
        ours = {one for one in dir(kind) if not one.startswith("_")} - {"name", "value"}
        assert ours <= set(real[name]), name
        assert ours, name
    assert {"PyNvVCException", "PyNvVCExceptionUnsupported"} <= set(real["exceptions"])
    taken = inspect.signature(nvdec_stand_in.CreateDecoder).parameters
    assert set(taken) <= set(real["CreateDecoder"])


def pictures(clip: Path, decoder: str, mistrust: Mistrust) -> list[tuple[int, Rgb]]:
    """Time and picture of all that comes, but for what a decoder holds back at the end."""
    found = []
    with av.open(str(clip), format="h264" if clip.suffix == ".h264" else None) as container:
        stream = container.streams.video[0]
        one: Decoder = (
            NvdecDecoder(stream, mistrust) if decoder == "nvdec" else FfmpegDecoder(stream)
        )
        for number, packet in enumerate(container.demux(stream)):
            if packet.size:
                packet.pts = packet.dts = number  # an elementary stream has no times
                for decoded in one.decode(packet):
                    assert decoded.pts is not None
                    found.append((decoded.pts, full_size(one.frame(decoded))))
    return found


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # Rough, so that pictures lean on those before, as a camera's do.
    rough = np.random.default_rng(0).integers(0, 255, (96, 128, 1), np.uint8).repeat(3, 2)
    drawn = [np.roll(rough, 2 * number, axis=1) for number in range(24)]
    return write_clip(tmp_path_factory.mktemp("card") / "clip.h264", drawn, gop=8)


@pytest.mark.usefixtures("stand_in")
def test_its_pictures_and_times_are_those_of_ffmpeg(clip: Path) -> None:
    mistrust = Mistrust("hall")
    ours, theirs = (pictures(clip, way, mistrust) for way in ("nvdec", "ffmpeg"))
    assert not mistrust.words
    assert [at for at, _ in ours] == [at for at, _ in theirs]
    assert len(ours) >= 20
    away = [np.abs(a.astype(int) - b).mean() for (_, a), (_, b) in zip(ours, theirs, strict=True)]
    assert max(away) < 3


@pytest.mark.usefixtures("stand_in")
def test_where_it_fails_ffmpeg_takes_over_with_the_next_key_frame(
    clip: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    monkeypatch.setenv("FLOORWATCH_STAND_IN", "fails at 5")
    mistrust = Mistrust("hall")
    times = [at for at, _ in pictures(clip, "nvdec", mistrust)]
    assert times == sorted(set(times))
    assert not {5, 6, 7} & set(times), "they lean on what only the card knew"
    assert 8 in times
    assert "NVDEC failed: HandleVideoSequence" in mistrust.words
    assert caplog.text.count("camera=hall is decoded by FFmpeg for 10 minutes") == 1


@pytest.mark.usefixtures("stand_in")
def test_what_it_is_not_used_for_is_ffmpegs_from_the_beginning(tmp_path: Path) -> None:
    mistrust = Mistrust("hall")
    grey = [np.full((96, 128, 3), 90, np.uint8)] * 6
    clip = write_clip(tmp_path / "clip.avi", grey, codec="mjpeg")
    assert len(pictures(clip, "nvdec", mistrust)) == 6
    assert "not for mjpeg" in mistrust.words


def test_without_the_package_it_is_ffmpegs(clip: Path) -> None:
    mistrust = Mistrust("hall")
    assert len(pictures(clip, "nvdec", mistrust)) >= 20
    assert "PyNvVideoCodec cannot be loaded" in mistrust.words


@pytest.mark.parametrize(
    ("wrong", "code", "words"),
    [
        ("", 0, ""),
        ("wrong pictures", 1, "its pictures are wrong by"),
    ],
)
def test_the_trial_finds_out_in_a_process_of_its_own(
    stand_in: Path, wrong: str, code: int, words: str
) -> None:
    reach = os.pathsep.join((str(stand_in), str(ROOT)))
    done = subprocess.run(
        [sys.executable, "-m", "edge.sources.nvdec_trial"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": reach, "FLOORWATCH_STAND_IN": wrong},
    )
    assert done.returncode == code, done.stderr
    assert words in done.stdout


def test_what_the_trial_finds_is_said_in_a_line(
    stand_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(stand_in), str(ROOT))))
    for wrong in ("no device", ""):
        monkeypatch.setenv("FLOORWATCH_STAND_IN", wrong)
        nvdec_trial.why_not.cache_clear()
        words = nvdec_trial.why_not()
        nvdec_trial.why_not.cache_clear()
        assert bool(words) is bool(wrong)
        assert "\n" not in words
        assert not words or words.startswith("PyNvVideoCodec does not decode here: [FATAL]")
