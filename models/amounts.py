"""Numbers on the command line: argparse is told here what they may be, and says so in one line."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable


def whole(least: int, most: int = 10_000_000) -> Callable[[str], int]:
    """A type for argparse: whole numbers from `least` to `most`."""

    def number(text: str) -> int:
        try:
            found = int(text)
        except ValueError:
            found = least - 1
        if not least <= found <= most:
            raise argparse.ArgumentTypeError(
                f"{text!r} is not a whole number from {least} to {most}"
            )
        return found

    return number


def real(least: float, most: float, unit: str) -> Callable[[str], float]:
    """A type for argparse: so many of a unit, from `least` to `most`."""

    def number(text: str) -> float:
        try:
            found = float(text)
        except ValueError:
            found = math.nan
        if not least <= found <= most:
            raise argparse.ArgumentTypeError(
                f"{text!r} is not a number of {unit} from {least:g} to {most:g}"
            )
        return found

    return number
