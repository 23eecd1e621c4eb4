"""Who decodes a camera, and what is said where the one that was named cannot."""

from __future__ import annotations

import logging

import pytest

from alerts.errors import BadConfig
from edge.sources.camera import Camera
from edge.sources.choice import LiveSources, Machine, Wanted, choose, elements_here
from edge.sources.gstreamer import GstreamerSource
from edge.sources.gstreamer_elements import CPU, JETSON, Elements
from edge.sources.gstreamer_library import NoGStreamer
from edge.sources.rtsp import RtspSource
from tests.support.gstreamer import gstreamer_or_skip


def machine(
    *, jetson: bool = False, elements: Elements | None = None, no_nvdec: str = "no card"
) -> Machine:
    def gstreamer() -> Elements:
        if elements is None:
            raise NoGStreamer("apt-get install gstreamer")
        return elements

    return Machine(jetson, gstreamer, lambda: no_nvdec)


@pytest.mark.parametrize(
    ("wanted", "here", "decoder", "why"),
    [
        ("auto", machine(jetson=True, elements=JETSON), "gstreamer", "this is a Jetson"),
        ("auto", machine(jetson=True), "ffmpeg", "this is a Jetson, but apt-get install"),
        ("auto", machine(no_nvdec=""), "nvdec", "a graphics card is here"),
        ("auto", machine(elements=CPU), "ffmpeg", "no card"),
        ("ffmpeg", machine(jetson=True, elements=JETSON), "ffmpeg", "the site file says"),
        ("gstreamer", machine(elements=CPU), "gstreamer", "the site file says"),
        ("nvdec", machine(no_nvdec=""), "nvdec", "the site file says"),
    ],
)
def test_the_choice(wanted: Wanted, here: Machine, decoder: str, why: str) -> None:
    choice = choose(wanted, here)
    assert choice.decoder == decoder
    assert why in choice.why


def test_on_a_jetson_whose_gstreamer_lacks_its_own_elements_the_cpu_decodes() -> None:
    gstreamer_or_skip()
    choice = choose("auto", machine(jetson=True, elements=CPU))
    assert choice.decoder == "ffmpeg"
    assert "lacks nvv4l2decoder, nvvidconv" in choice.why
    assert elements_here() is CPU


@pytest.mark.parametrize("wanted", ["gstreamer", "nvdec"])
def test_one_that_was_named_and_cannot_is_said_with_what_to_install(wanted: Wanted) -> None:
    here = machine(no_nvdec="pip install PyNvVideoCodec")
    with pytest.raises(BadConfig) as caught:
        sources(wanted, here)
    said = str(caught.value)
    assert said.startswith(f"camera hall: decoder: {wanted} cannot be used here: ")
    assert "install" in said
    assert "decoder: auto" in said
    assert "\n" not in said


def sources(wanted: Wanted, here: Machine) -> LiveSources:
    camera = Camera("rtsp://192.0.2.1/a")
    return LiveSources("hall", wanted, camera, fit=(64, 64), sample_fps=5, machine=here)


def test_it_is_said_once_and_each_connection_has_a_source_of_its_own(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    gstreamer_or_skip()
    made = sources("gstreamer", machine(elements=CPU))
    first, second = made(), made()
    assert isinstance(first, GstreamerSource)
    assert isinstance(second, GstreamerSource)
    assert first is not second
    assert caplog.text.count("camera=hall decoder=gstreamer: so the site file says") == 1
    assert isinstance(sources("auto", machine())(), RtspSource)
    assert "camera=hall decoder=ffmpeg: no card" in caplog.text
