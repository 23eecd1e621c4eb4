"""What is wrong in one picture."""

from __future__ import annotations

from edge.fit.measures import Measures
from edge.fit.telling import OK, Finding

_BLACK, _WHITE = 0.98, 0.6  # of all pixels


def found(seen: Measures) -> Finding:
    """By rules that hold for every camera."""
    if seen.black >= _BLACK:
        return Finding("dark", "the picture is black: is the light out, or the lens covered?")
    if seen.white >= _WHITE:
        words = "the picture is white: does a lamp or the sun shine into the lens?"
        return Finding("bright", words, seen.white)
    if seen.changed == 0.0:
        return Finding("frozen", "the camera sends the same picture again and again")
    return OK
