"""What is hard to see, by name, and one picture of it with its truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.core.types import Box, Label

Rgb = NDArray[np.uint8]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Condition:
    """A situation, and whether it is an incident of its label (`wanted`) or only looks like one."""

    name: str
    label: Label
    wanted: bool


@dataclass(frozen=True)
class Hard:
    """One picture of a condition, H×W×3 uint8 as a camera delivers it. What the condition is about
    lies in `box` (people, and what is taken for them) or in the pixels of `spot`, H×W (liquids, and
    what is taken for them); with neither it is about all of the picture."""

    condition: Condition
    seed: int
    rgb: Rgb
    box: Box | None = None
    spot: Mask | None = None
