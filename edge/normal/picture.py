"""What a camera usually shows, small: people who pass leave nothing in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.core.types import Rgb

_MEMORY_S = 1800.0


@dataclass
class Usual:
    """A slow mean of pictures, 90×160×3 as floats 0–255; the shape of the view is lost. Used by
    one thread."""

    SHAPE: ClassVar[tuple[int, int, int]] = (90, 160, 3)
    rgb: NDArray[np.float32]
    seconds: float

    @classmethod
    def empty(cls) -> Usual:
        """Nothing seen yet."""
        return cls(np.zeros(cls.SHAPE, np.float32), 0.0)

    def add(self, rgb: Rgb) -> None:
        """A second's picture, H×W×3."""
        small = cv2.resize(rgb, (self.SHAPE[1], self.SHAPE[0]), interpolation=cv2.INTER_AREA)
        self.seconds = min(self.seconds + 1, _MEMORY_S)
        self.rgb += (small - self.rgb) / np.float32(self.seconds)

    def drawn(self) -> Rgb | None:
        """90×160×3; None where nothing was seen."""
        return np.clip(self.rgb, 0, 255).astype(np.uint8) if self.seconds else None
