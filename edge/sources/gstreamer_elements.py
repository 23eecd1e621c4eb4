"""Which GStreamer elements a camera's pictures pass, written as GStreamer writes them.

The names are the only difference between a Jetson and a plain computer. Pictures are made small
before they are copied into memory that we read: on a Jetson the decoder's never leave its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from edge.sources.gstreamer_library import has_element

HasProperty = Callable[[str, str], bool]  # of an element, its name and the property's

PACKETS_MAX = 256  # some ten seconds; then the oldest go, and are counted
# A reader that is a moment late loses no picture; one that is later gets the newest.
_PICTURES_MAX = 16
FRAMES_MAX = 3  # in the decoder's own memory, of which there is little
HELD_MAX = 3  # the same, after they were taken
DROP_INTERVAL = "drop-frame-interval"  # of the Jetson's decoder alone
_INTERVAL_MAX = 30  # the decoder takes no more
# Nobody need take the last ones before the end is known.
_SINK = "sync=false async=false drop=true wait-on-eos=false"
_RTP = {
    "h264": ("rtph264depay", "h264parse", "h264"),
    "hevc": ("rtph265depay", "h265parse", "h265"),
}
CODECS = {"H264": "h264", "H265": "hevc"}  # as RTP calls them, and FFmpeg


@dataclass(frozen=True)
class Elements:
    """The elements of one kind of machine. `decoders` by codec; `scaler` makes pictures small and
    RGBA; `settings` are given to those elements that have them."""

    name: str
    decoders: Mapping[str, str]
    scaler: tuple[str, ...]
    settings: Mapping[str, Mapping[str, str]]

    def missing(self) -> tuple[str, ...]:
        """Those GStreamer cannot make here. Raises NoGStreamer. Loads the others, which takes a
        while the first time, before any camera waits for them."""
        wanted = ["rtspsrc", *(name for names in _RTP.values() for name in names[:2])]
        wanted += [*self.decoders.values(), *self.scaler]
        return tuple(name for name in dict.fromkeys(wanted) if not has_element(name))


JETSON = Elements(
    "jetson",
    {"h264": "nvv4l2decoder", "hevc": "nvv4l2decoder"},
    ("nvvidconv",),
    {
        "nvv4l2decoder": {
            "enable-max-performance": "true",
            # What we hold on to, the decoder must not wait for.
            "num-extra-surfaces": str(FRAMES_MAX + HELD_MAX),
        },
        # The default takes the nearest pixel, and a person far away is few of them.
        "nvvidconv": {"interpolation-method": "2"},
    },
)
CPU = Elements(
    "cpu",
    {"h264": "avdec_h264", "hevc": "avdec_h265"},
    ("videoscale", "videoconvert"),
    {
        "avdec_h264": {"max-threads": "1", "output-corrupt": "false"},
        "avdec_h265": {"max-threads": "1", "output-corrupt": "false"},
        "videoscale": {"n-threads": "1"},
        "videoconvert": {"n-threads": "1"},
    },
)


def drop_interval(fps: float, sample_fps: float) -> int:
    """Only every so manieth picture need leave the decoder; 0 is all. Twice as many as are looked
    at stay, since cameras send fewer than they say. `fps` 0.0 is a camera that says nothing."""
    interval = min(_INTERVAL_MAX, int(fps / (2 * sample_fps)))
    return interval if interval > 1 else 0


def receiving(codec: str) -> str:
    """From RTP to whole access units in Annex B, each with its parameter sets, at a tee `units`;
    `packets` collects them for evidence, `counted` counts them."""
    depay, parse, name = _RTP[codec]
    return (
        f"queue ! {depay} ! {parse} config-interval=-1 ! "
        f"video/x-{name},stream-format=byte-stream,alignment=au ! tee name=units ! "
        f"identity name=counted silent=true ! "
        f"appsink name=packets max-buffers={PACKETS_MAX} {_SINK}"
    )


def decoding(
    elements: Elements, codec: str, size: tuple[int, int], every: int, has: HasProperty
) -> str:
    """From access units to small RGBA pictures (`size` is width and height) in `pictures`, and the
    decoder's own, as they are, in `frames`: those come first, for whoever wants one in full.
    Only each `every`th leaves the decoder (0: all), where it has a way to do that.
    `gate` lets nothing in once it is shut, `waiting` holds what is not decoded yet, and `made`
    counts what is."""
    decoder = elements.decoders[codec]
    more = {DROP_INTERVAL: str(every)} if every else {}
    width, height = size
    return (
        f"valve name=gate ! queue name=waiting ! {_set(elements, decoder, has, more)} ! "
        f"identity name=made silent=true ! tee name=decoded ! "
        f"appsink name=frames max-buffers={FRAMES_MAX} {_SINK} "
        f"decoded. ! {scaling(elements, has)} ! "
        f"video/x-raw,format=RGBA,width={width},height={height} ! "
        f"appsink name=pictures max-buffers={_PICTURES_MAX} {_SINK}"
    )


def enlarging(elements: Elements, has: HasProperty) -> str:
    """From one of the decoder's own pictures to RGBA in full size."""
    return (
        f"appsrc name=entry format=time ! {scaling(elements, has)} ! video/x-raw,format=RGBA ! "
        f"appsink name=exit max-buffers=1 {_SINK}"
    )


def scaling(elements: Elements, has: HasProperty) -> str:
    """The elements that change size and format."""
    return " ! ".join(_set(elements, name, has, {}) for name in elements.scaler)


def _set(elements: Elements, name: str, has: HasProperty, more: Mapping[str, str]) -> str:
    settings = {**elements.settings.get(name, {}), **more}
    return " ".join(
        [name, *(f"{key}={value}" for key, value in settings.items() if has(name, key))]
    )
