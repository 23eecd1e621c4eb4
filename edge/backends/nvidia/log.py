"""TensorRT's own messages, into our log.

TensorRT keeps the first logger it is given for the whole process, whoever gives it: so there is
one a module, and builders take it from here too. Not its error recorder: whatever that hears is
told to the logger as well, and a recorder is asked from threads that are not Python's, by pointers
into Python's strings.
"""

from __future__ import annotations

import logging
from collections import deque
from functools import cache
from typing import Any

_log = logging.getLogger(__name__)
# By TensorRT's severities: internal error, error, warning, info, verbose.
LEVELS = (logging.ERROR, logging.ERROR, logging.WARNING, logging.DEBUG, logging.DEBUG)
_ERROR = 1
_KEPT = 8
_LINE_MAX = 300


class Heard:
    """The last errors TensorRT spoke of. Its own threads speak too: appending is atomic."""

    def __init__(self) -> None:
        self._errors: deque[str] = deque(maxlen=_KEPT)

    def hear(self, severity: int, said: str) -> None:
        """Into the log, and kept if it is an error."""
        line = " ".join(said.split())
        _log.log(LEVELS[min(severity, len(LEVELS) - 1)], "TensorRT: %s", line)
        if severity <= _ERROR:
            self._errors.append(line[:_LINE_MAX])

    def forget(self) -> None:
        """Before something whose errors are asked for afterwards."""
        self._errors.clear()

    def words(self) -> str:
        """The first error since `forget`: what came after it mostly followed from it."""
        return self._errors[0] if self._errors else "nothing was said why"


@cache
def logger_for(trt: Any) -> tuple[Any, Heard]:
    """The logger of that module (`tensorrt` or `tensorrt_rtx`), an `ILogger`, and what it hears.
    The same ones every time."""
    heard = Heard()

    def begin(self: Any) -> None:
        trt.ILogger.__init__(self)  # pybind asks for this one by name

    def log(self: Any, severity: Any, msg: str) -> None:
        heard.hear(int(severity), msg)

    return type("Logger", (trt.ILogger,), {"__init__": begin, "log": log})(), heard
