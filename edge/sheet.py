"""A white page on which what is known of a camera is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from alerts.errors import UserError
from edge.core.types import Rgb
from edge.normal.hours import HOURS

Colour = tuple[int, int, int]
INK: Colour = (32, 36, 44)
PALE: Colour = (214, 218, 224)
BLUE: Colour = (52, 104, 176)
VIEW = (480, 270)
MARGIN, GAP = 24, 40
WIDTH = 2 * MARGIN + 2 * VIEW[0] + GAP
HOUR_PX = (WIDTH - 2 * MARGIN) // HOURS  # of a day's chart
Bars = Sequence[tuple[int, Colour]]  # how high, in pixels, and in what colour


class Sheet:
    """A white page on which things are put, top left first."""

    def __init__(self, height: int) -> None:
        self.rgb: Rgb = np.full((height, WIDTH, 3), 255, np.uint8)

    def write(self, at: tuple[int, int], words: str, size: float = 0.45, ink: Colour = INK) -> None:
        """Words with their lower left corner at (x, y) pixels."""
        plain = words.encode("ascii", "replace").decode()
        cv2.putText(self.rgb, plain, at, cv2.FONT_HERSHEY_SIMPLEX, size, ink, 1, cv2.LINE_AA)

    def put(self, at: tuple[int, int], picture: Rgb) -> None:
        """A picture with its upper left corner at (x, y) pixels."""
        x, y = at
        self.rgb[y : y + picture.shape[0], x : x + picture.shape[1]] = picture

    def bar(self, at: tuple[int, int], size: tuple[int, int], ink: Colour) -> None:
        """A filled box that stands on (x, y), so wide and high in pixels."""
        cv2.rectangle(self.rgb, (at[0], at[1] - size[1]), (at[0] + size[0] - 1, at[1]), ink, -1)

    def hour(self, hour: int, at: tuple[int, int], minutes: float, bars: Bars) -> None:
        """One hour of a day's chart in its column: bars that stand on (x, y), each over the one
        before, `HOUR_PX` wide, and below them the hour and how many minutes of it are known."""
        x, y = at
        for high, ink in bars:
            self.bar((x + 4, y), (HOUR_PX - 8, high), ink)
        known = minutes >= 1
        self.write((x + HOUR_PX // 2 - 7, y + 16), f"{hour:02d}")
        words = f"{minutes:.0f} min" if known else "-"
        self.write((x + 4, y + 32), words, 0.35, INK if known else PALE)

    def line(self, points: NDArray[np.int32], ink: Colour, thick: int = 1) -> None:
        """Through N×2 points."""
        cv2.polylines(self.rgb, [points.reshape(-1, 1, 2)], False, ink, thick, cv2.LINE_AA)

    def save(self, path: Path) -> None:
        """As a PNG. Raises UserError where that cannot be."""
        if path.suffix.lower() != ".png":
            raise UserError(f"--out {path}: name a .png")
        try:
            path.write_bytes(cv2.imencode(".png", self.rgb[..., ::-1])[1].tobytes())
        except OSError as error:
            raise UserError(f"--out {path}: cannot be written: {error.strerror}") from error
