"""GStreamer's Python bindings: loaded when a camera wants them, and not before.

They come from the system's packages, never from PyPI: on a Jetson only NVIDIA's own GStreamer knows
its decoder. PyGObject has no types, so what it gives is `Any` here and in the other files of this
family, and nowhere else.
"""

from __future__ import annotations

import importlib
from functools import cache
from typing import Any

_INSTALL = (
    "apt-get install python3-gi gir1.2-gst-plugins-base-1.0 gstreamer1.0-plugins-good "
    "gstreamer1.0-plugins-bad (a virtual environment sees them if made with "
    "--system-site-packages)"
)


class NoGStreamer(Exception):
    """GStreamer cannot be used here; says in words what to install."""


@cache
def library() -> Any:
    """The module `Gst`, ready to use. Raises NoGStreamer."""
    try:
        gi = importlib.import_module("gi")
        gi.require_version("Gst", "1.0")
        gi.require_version("GstApp", "1.0")
        # Loaded for what it adds to appsink and appsrc; nobody names it.
        importlib.import_module("gi.repository.GstApp")
        gst = importlib.import_module("gi.repository.Gst")
    except (ImportError, ValueError):  # the latter for a missing description of a library
        raise NoGStreamer(f"GStreamer's Python bindings are missing: {_INSTALL}") from None
    ready, _ = gst.init_check(None)
    if not ready:
        raise NoGStreamer(f"GStreamer does not start: mend its installation, {_INSTALL}")
    return gst


def faults() -> tuple[type[Exception], ...]:
    """What GStreamer raises where a description asks for what it cannot make."""
    error: type[Exception] = importlib.import_module("gi.repository.GLib").Error
    return (error,)


def has_element(name: str) -> bool:
    """Whether GStreamer makes an element of this name. Raises NoGStreamer."""
    return library().ElementFactory.make(name) is not None


def has_property(element: str, name: str) -> bool:
    """Whether this machine's version of an element has such a property. Raises NoGStreamer."""
    made = library().ElementFactory.make(element)
    return made is not None and made.find_property(name) is not None
