"""What a network sees, place by place and in few numbers: what a camera's normal pattern is learnt
from.

    the neck's stride-16 map ─ mean over each 64×64 pixels ─ 128 channels to 32 ─ features

At 640×384 that is 6×10 places of 32 numbers. Of the maps there are, this one told what is unusual
in a room (somebody on the floor, a puddle, a thing that was not there) as well as any, alone or
several together: see `models/LAB.md`. The 32 are the first axes of a fixed random rotation, under
which distances survive (Johnson and Lindenstrauss). So no picture is needed to make them, and
everybody makes the same; principal components were no better, as PaDiM found (Defard et al., 2020,
https://arxiv.org/abs/2011.08785).
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from models.network import STRIDES, WIDTHS, Maps, Network

CHANNELS = 32
STRIDE = 64  # pixels of the network's input that a place is wide and high
_LEVEL = 1  # of the neck
_SEED = 8


class FeatureHead(nn.Module):
    """Features from a network's maps. Nothing in it learns."""

    axes: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("axes", torch.from_numpy(_axes())[..., None, None])

    def forward(self, maps: Maps) -> Tensor:
        """N×32×⌊H/64⌋×⌊W/64⌋."""
        return functional.conv2d(
            functional.avg_pool2d(maps.levels[_LEVEL], STRIDE // STRIDES[_LEVEL]), self.axes
        )


def of_pictures(network: Network, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Features N×32×⌊H/64⌋×⌊W/64⌋ of pictures N×H×W×3 RGB, as the network's input wants them."""
    images = torch.from_numpy(np.ascontiguousarray(pictures.transpose(0, 3, 1, 2))).float()
    with torch.no_grad():
        found: NDArray[np.float32] = FeatureHead()(network.maps(network.fine(images))).numpy()
    return found


def _axes() -> NDArray[np.float32]:
    """CHANNELS×width of the map, rows of length one at right angles to each other."""
    drawn = np.random.default_rng(_SEED).normal(size=(WIDTHS[_LEVEL], CHANNELS))
    axes: NDArray[np.float32] = np.linalg.qr(drawn)[0].T.astype(np.float32)
    return axes
