"""Who decodes a camera: a Jetson's decoder, a graphics card's, or the CPU."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Literal

from alerts.errors import BadConfig
from edge.ports import Source
from edge.sources import nvdec_trial
from edge.sources.camera import Camera
from edge.sources.decoding import FfmpegDecoder
from edge.sources.gstreamer import GstreamerSource
from edge.sources.gstreamer_elements import CPU, JETSON, Elements
from edge.sources.gstreamer_library import NoGStreamer
from edge.sources.knock import Doubts
from edge.sources.mistrust import Mistrust
from edge.sources.nvdec import NvdecDecoder
from edge.sources.rtsp import RtspSource

_log = logging.getLogger(__name__)
L4T_RELEASE = Path("/etc/nv_tegra_release")  # every JetPack has it, and nothing else
Wanted = Literal["auto", "ffmpeg", "gstreamer", "nvdec"]
Decoder = Literal["ffmpeg", "gstreamer", "nvdec"]


@dataclass(frozen=True)
class Choice:
    """Who decodes, and why in words; `elements` are GStreamer's."""

    decoder: Decoder
    why: str
    elements: Elements = CPU


@dataclass(frozen=True)
class Machine:
    """What is here. `gstreamer` gives its elements, or raises NoGStreamer; `no_nvdec` says why no
    graphics card decodes, or nothing."""

    jetson: bool
    gstreamer: Callable[[], Elements]
    no_nvdec: Callable[[], str]


def this_machine() -> Machine:
    """Nothing is tried before it is asked for."""
    return Machine(L4T_RELEASE.is_file(), elements_here, nvdec_trial.why_not)


@cache
def elements_here() -> Elements:
    """A Jetson's, where GStreamer has them; else those for the CPU. Raises NoGStreamer."""
    missing: tuple[str, ...] = ()
    for elements in (JETSON, CPU):
        missing = elements.missing()
        if not missing:
            return elements
    raise NoGStreamer(
        f"GStreamer lacks {', '.join(missing)}: apt-get install gstreamer1.0-plugins-good "
        "gstreamer1.0-plugins-bad and, on a Jetson, nvidia-l4t-gstreamer, else gstreamer1.0-libav"
    )


def choose(wanted: Wanted, machine: Machine) -> Choice:
    """Who decodes here. Raises BadConfig, saying what to install, where somebody else is named and
    cannot."""
    if wanted == "ffmpeg":
        return Choice("ffmpeg", "so the site file says")
    if wanted == "gstreamer":
        try:
            return Choice("gstreamer", "so the site file says", machine.gstreamer())
        except NoGStreamer as lacking:
            raise BadConfig(f"decoder: gstreamer cannot be used here: {lacking}") from None
    if wanted == "nvdec":
        if words := machine.no_nvdec():
            raise BadConfig(f"decoder: nvdec cannot be used here: {words}")
        return Choice("nvdec", "so the site file says")
    return _chosen(machine)


def _chosen(machine: Machine) -> Choice:
    if not machine.jetson:
        words = machine.no_nvdec()
        return Choice("ffmpeg", words) if words else Choice("nvdec", "a graphics card is here")
    try:
        elements = machine.gstreamer()
    except NoGStreamer as lacking:
        return Choice("ffmpeg", f"this is a Jetson, but {lacking}")
    if elements is not JETSON:
        lacking_words = ", ".join(JETSON.missing())
        return Choice("ffmpeg", f"this is a Jetson, but its GStreamer lacks {lacking_words}")
    return Choice("gstreamer", "this is a Jetson", elements)


class LiveSources:
    """Makes a source for each connection to one live camera; all of them share what was learnt of
    the camera and of the decoder. Raises BadConfig as `choose` does."""

    def __init__(
        self,
        name: str,
        wanted: Wanted,
        camera: Camera,
        *,
        fit: tuple[int, int],
        sample_fps: float,
        machine: Machine | None = None,
    ) -> None:
        try:
            self.choice = choose(wanted, machine or this_machine())
        except BadConfig as error:
            raise BadConfig(f"camera {name}: {error}; or leave it to `decoder: auto`") from None
        _log.info("camera=%s decoder=%s: %s", name, self.choice.decoder, self.choice.why)
        self._camera = camera
        self._fit = fit
        self._sample_fps = sample_fps
        self._doubts = Doubts()
        self._mistrust = Mistrust(name)

    def __call__(self) -> Source:
        """A source for one connection. For a while after a decoder has failed, FFmpeg's."""
        decoder = self.choice.decoder if self._mistrust.trusts() else "ffmpeg"
        if decoder == "gstreamer":
            return GstreamerSource(
                self._camera,
                fit=self._fit,
                sample_fps=self._sample_fps,
                elements=self.choice.elements,
                doubts=self._doubts,
                mistrust=self._mistrust,
            )
        camera = self._camera
        return RtspSource(
            camera.url,
            fit=self._fit,
            sample_fps=self._sample_fps,
            transport=camera.transport,
            username=camera.username,
            password=camera.password,
            connect_timeout_s=camera.connect_timeout_s,
            read_timeout_s=camera.read_timeout_s,
            doubts=self._doubts,
            decoder=partial(NvdecDecoder, mistrust=self._mistrust)
            if decoder == "nvdec"
            else FfmpegDecoder,
        )
