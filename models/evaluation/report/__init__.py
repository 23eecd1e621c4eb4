"""The page of an evaluation: the verdict in words, curves, timelines, and the errors to look at."""

from __future__ import annotations

import logging

# Else it says, on its first run, that it has made a list of fonts. Before anything imports it.
logging.getLogger("matplotlib").setLevel(logging.WARNING)
