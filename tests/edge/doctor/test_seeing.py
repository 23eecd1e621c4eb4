"""Decoder, network and cameras: what is measured here, and what numbers mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import repeat
from pathlib import Path

import pytest

from edge.config.load import load
from edge.core.types import Rgb
from edge.doctor import cameras, decoder, inference, site
from edge.ports import StreamInfo
from edge.sources.choice import Machine
from edge.sources.gstreamer_elements import JETSON, Elements
from edge.sources.gstreamer_library import NoGStreamer
from edge.sources.pattern import draw, pattern_named
from tests.edge.doctor.devices import by_check
from tests.support.clips import write_clip
from tests.support.rtsp_server import Mount, rtsp_server_or_skip
from tests.support.site import site_file

# --- decoder ---


def no_gstreamer() -> Elements:
    raise NoGStreamer("this Python has no PyGObject")


BARE = Machine(jetson=False, gstreamer=no_gstreamer, no_nvdec=lambda: "no card here")


def test_a_pc_decodes_with_ffmpeg() -> None:
    found = by_check(decoder.judge(decoder.probe(BARE, gpu=False)))
    assert {one.verdict for one in found.values()} == {"good"}
    assert found["chosen"].found == "FFmpeg on the CPU: there is no decoder of NVIDIA's"
    assert "PyAV" in found["ffmpeg"].found


def test_a_card_that_could_decode() -> None:
    found = by_check(decoder.judge(decoder.probe(BARE, gpu=True)))["chosen"]
    assert found.verdict == "look"
    assert "no card here" in found.found
    assert "[nvdec]" in found.mend
    seen = decoder.probe(replace(BARE, no_nvdec=lambda: ""), gpu=True)
    assert by_check(decoder.judge(seen))["chosen"].verdict == "good"


def test_a_jetson_without_its_decoder() -> None:
    found = by_check(decoder.judge(decoder.probe(replace(BARE, jetson=True), gpu=False)))["chosen"]
    assert found.verdict == "look"
    assert "PyGObject" in found.found
    assert "--system-site-packages" in found.mend
    seen = decoder.probe(replace(BARE, jetson=True, gstreamer=lambda: JETSON), gpu=False)
    assert by_check(decoder.judge(seen))["chosen"].verdict == "good"


def test_an_ffmpeg_without_h265() -> None:
    seen = replace(decoder.probe(BARE, gpu=False), codecs=frozenset({"h264"}))
    found = by_check(decoder.judge(seen))["ffmpeg"]
    assert found.verdict == "bad"
    assert found.found.endswith("without H.265")


@pytest.mark.parametrize(
    ("rate", "verdict"), [(250.0, "good"), (3.0, "bad"), (None, "not_applicable")]
)
def test_what_a_speed_of_decoding_means(rate: float | None, verdict: str) -> None:
    assert decoder.speed("h264", rate, 2).verdict == verdict


def test_decoding_is_measured_on_a_clip_of_our_own() -> None:
    rate = decoder.decode_rate("h264")
    assert rate is not None
    assert decoder.speed("h264", rate, 2).numbers["pictures_per_cpu_s"] == round(rate, 1)


# --- the network ---

SEEN = inference.Inference("first 0.3.0", "onnx", (), 100.0, 12.0, 40.0, 5.0, "")


@pytest.mark.parametrize(
    ("rate", "busy", "verdict"),
    [(100, False, "good"), (60, False, "look"), (30, False, "bad"), (30, True, "look")],
)
def test_what_a_speed_of_the_network_means(rate: float, busy: bool, verdict: str) -> None:
    found = by_check(inference.judge(replace(SEEN, rate=rate), site=True, busy=busy))
    assert (found["network"].verdict, found["speed"].verdict) == ("good", verdict)
    assert found["speed"].numbers["cameras"] == rate // 5


def test_a_processor_too_slow_until_the_engine_is_ready_is_no_fault() -> None:
    seen = replace(SEEN, rate=1.0, meanwhile=True)
    found = by_check(inference.judge(seen, site=True, busy=False))["speed"]
    assert found.verdict == "look"
    assert "until the engine is ready" in found.why


def test_the_site_s_own_runtime_is_run(tmp_path: Path) -> None:
    config = load(site_file(tmp_path, [{"name": "hall", "url": "pattern:both"}]))
    seen = inference.probe(config, measured=True)
    assert (seen.model, seen.runtime, seen.fault) == ("pattern 1", "scripted", "")
    assert seen.rate
    quick = inference.probe(config, measured=False)
    found = by_check(inference.judge(quick, site=True, busy=False))
    assert found["speed"].verdict == "not_applicable"


def test_a_network_that_cannot_be_opened(tmp_path: Path) -> None:
    path = site_file(tmp_path, [{"name": "hall", "url": "pattern:both"}])
    (tmp_path / "model/model.onnx").write_bytes(b"another")
    found = list(inference.judge(inference.probe(load(path), measured=True), site=True, busy=False))
    assert [(one.check, one.verdict) for one in found] == [("network", "bad")]
    assert "sha256" in found[0].found


# --- cameras ---

WATCHED = cameras.Watched(
    camera="hall", fault="", info=StreamInfo("h264", 640, 360, 15, b""), live=True, seconds=8.0,
    fps=15.0, bits_s=5e5, key_s=2.0, clock_rate=1.0, clock_stalls=0, record_apart=True,
    wanted_fps=5,
)  # fmt: skip
LARGE = StreamInfo("h264", 1920, 1080, 25, b"")


@pytest.mark.parametrize(
    ("seen", "check", "words"),
    [
        (replace(WATCHED, info=StreamInfo("mjpeg", 640, 360, 15, b"")), "stream", "H.265"),
        (replace(WATCHED, fps=3.0), "stream", "analyse_fps"),
        (replace(WATCHED, info=LARGE), "size", "`record_url:` is the larger one already"),
        (replace(WATCHED, info=LARGE, record_apart=False), "size", "this one as `record_url:`"),
        (replace(WATCHED, key_s=10.0), "key frames", "30 pictures: one every 2 s"),
        (replace(WATCHED, key_s=None), "key frames", "smart"),
        (replace(WATCHED, clock_stalls=1), "clock", "time server"),
        (replace(WATCHED, clock_rate=0.1), "clock", "time server"),
    ],
)
def test_what_a_stream_means(seen: cameras.Watched, check: str, words: str) -> None:
    well = {one.verdict for one in cameras.judge(WATCHED)}
    found = by_check(cameras.judge(seen))
    doubted = {name for name, one in found.items() if one.verdict != "good"}
    assert (well, doubted) == ({"good"}, {f"hall {check}"})
    assert words in found[f"hall {check}"].mend


def still(pictures: int) -> Iterator[Rgb]:
    """The same picture again and again: key frames come by the interval alone."""
    picture = draw(pattern_named("both").marks, 0.0, (160, 90))
    return repeat(picture, pictures)


def test_recordings_are_watched(tmp_path: Path) -> None:
    write_clip(tmp_path / "night.mp4", still(30), fps=10, gop=10)
    sources = [
        {"name": "night", "url": "night.mp4"},
        {"name": "lost", "url": "lost.mp4"},
    ]
    found = by_check(site.watched(load(site_file(tmp_path, sources))))
    assert {check: one.verdict for check, one in found.items()} == {
        "night stream": "good", "night size": "good", "night key frames": "good",
        "lost stream": "not_applicable",
    }  # fmt: skip
    assert found["night key frames"].numbers == {"key_s": 1.0}
    assert found["night stream"].numbers["fps"] == pytest.approx(10, abs=0.5)


def test_a_camera_with_key_frames_far_apart(tmp_path: Path) -> None:
    server = rtsp_server_or_skip()
    clip = write_clip(tmp_path / "long.mp4", still(300), fps=20, gop=200)
    with server(Mount("/small", clip)) as running:
        config = load(site_file(tmp_path, [{"name": "yard", "url": running.url("/small")}]))
        found = by_check(cameras.judge(cameras.watch(config, config.cameras[0], 4.0)))
    verdicts = {check.removeprefix("yard "): one.verdict for check, one in found.items()}
    assert verdicts == {"stream": "good", "size": "good", "key frames": "look", "clock": "good"}
    assert "fewer than two" in found["yard key frames"].found
