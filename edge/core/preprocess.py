"""Pictures to network input. The only preprocessing there is; the network does the rest itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from edge.core.card import Input
from edge.core.types import Rgb


def to_batch(pictures: Sequence[Rgb], spec: Input) -> NDArray[np.uint8]:
    """N pictures that fit inside `spec.width` × `spec.height` as N×H×W×3 uint8 RGB: each top left,
    the rest `spec.pad`.

    Raises ValueError where a picture is too large: sources scale, this does not.
    """
    batch = np.empty((len(pictures), spec.height, spec.width, 3), np.uint8)
    for place, rgb in zip(batch, pictures, strict=True):
        height, width = rgb.shape[:2]
        if height > spec.height or width > spec.width:
            raise ValueError(f"picture {rgb.shape} does not fit {spec.height}×{spec.width}")
        place[:height, :width] = rgb
        place[:height, width:] = spec.pad
        place[height:] = spec.pad
    return batch
