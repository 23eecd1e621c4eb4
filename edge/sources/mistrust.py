"""Whether a decoder of this machine is to be used again for one camera."""

from __future__ import annotations

import logging

_log = logging.getLogger(__name__)


class Mistrust:
    """Shared by all connections to one camera, called `name`. Once a decoder has failed, `words`
    say how; that FFmpeg takes its place is logged then, and only then."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.words = ""

    def note(self, words: str) -> None:
        """It failed, in words."""
        if not self.words:
            _log.warning("camera=%s is decoded by FFmpeg from now on: %s", self._name, words)
        self.words = self.words or words
