"""Pictures to network input. The only preprocessing there is: training calls it too."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from edge.core.card import Input
from edge.core.types import Rgb


def fill(batch: NDArray[np.float32], index: int, rgb: Rgb) -> None:
    """Put one H×W×3 uint8 picture, which must already fit, top left into N×3×H×W float32."""
    height, width = rgb.shape[:2]
    batch[index, :, :height, :width] = rgb.transpose(2, 0, 1)


def to_batch(pictures: Sequence[Rgb], spec: Input) -> NDArray[np.float32]:
    """N pictures that fit inside `spec.width` × `spec.height` as N×3×H×W float32 RGB 0–255.

    Raises ValueError where a picture is too large: sources scale, this does not.
    """
    batch = np.full((len(pictures), 3, spec.height, spec.width), spec.pad, dtype=np.float32)
    for index, rgb in enumerate(pictures):
        if rgb.shape[0] > spec.height or rgb.shape[1] > spec.width:
            raise ValueError(f"picture {rgb.shape} does not fit {spec.height}×{spec.width}")
        fill(batch, index, rgb)
    return batch
