"""Why a camera cannot be read, from what GStreamer reports, in the words used for FFmpeg.

GStreamer's own texts are looked into and never repeated: they may quote the address.
"""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass

from edge.sources.camera import NO_RIGHTS, NO_RTSP, WRONG_LOGIN, Camera

_STATUS = re.compile(r"\((\d{3})\)\s*$")
_WORDS = {
    401: WRONG_LOGIN,
    403: NO_RIGHTS,
    404: "no such stream (404): check the path in its url",
}
_SILENT = "timed out"
_RESOURCE = "gst-resource-error-quark"


@dataclass(frozen=True)
class Report:
    """An error message of GStreamer's: who sent it, of what kind it is, and its details."""

    element: str
    domain: str
    details: str


def why_not_open(report: Report, camera: Camera) -> str:
    """Why connecting failed, and what to look at."""
    found = _STATUS.search(report.details.strip())
    if found is not None:
        return _why_refused(int(found[1]))
    if report.domain != _RESOURCE:
        return "the stream has no video that can be read: check the path in its url"
    if "Failed to connect" in report.details:
        return _why_no_line(camera)
    if "imed out" in report.details or "imeout" in report.details:
        return f"{_SILENT}: no answer within {camera.connect_timeout_s:g} s"
    return NO_RTSP


def _why_refused(status: int) -> str:
    if status >= 500:
        return "the camera reports an error of its own (5xx)"
    return _WORDS.get(status, "the camera refuses the request: try the other transport")


def made_no_sense(words: str) -> bool:
    """Whether these words say that nothing came that one could understand, or nothing at all."""
    return words == NO_RTSP or words.startswith(_SILENT)


def why_broken(report: Report) -> str:
    """Why a stream that was open is no more."""
    if report.element == "rtspsrc":
        return "the connection broke"
    return f"the decoder failed ({report.element})"


def _why_no_line(camera: Camera) -> str:
    """GStreamer does not say; one more attempt does."""
    try:
        with socket.create_connection(camera.host_port, camera.connect_timeout_s):
            return "the camera closed the connection"
    except ConnectionRefusedError:
        return "connection refused: nothing listens there; check the port"
    except TimeoutError:
        return f"{_SILENT}: no answer within {camera.connect_timeout_s:g} s"
    except OSError as error:
        return f"cannot connect ({error.strerror or type(error).__name__})"
