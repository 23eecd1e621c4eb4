"""What a network sees, place by place and in few numbers: what a camera's normal pattern is learnt
from.

    a map of the trunk ─ mean over each 64×64 pixels ─ 128 channels to 32 ─ features

At 640×384 that is 6×10 places of 32 numbers. The 32 are a fixed random rotation's first axes
(Johnson and Lindenstrauss: distances survive it), so that no picture is needed to make them, and
everybody makes the same: PaDiM (Defard et al., 2020, https://arxiv.org/abs/2011.08785) found random
channels no worse than principal components.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from models.network import Network

CHANNELS = 32
STRIDE = 64  # pixels of the network's input a place is wide and high
_MAP_STRIDE, _MAP_WIDTH = 16, 128
_SEED = 8


class FeatureHead(nn.Module):
    """The stride-16 map of the trunk to features. Has no weights that learn."""

    axes: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("axes", torch.from_numpy(_axes()).view(CHANNELS, _MAP_WIDTH, 1, 1))

    def forward(self, c16: Tensor) -> Tensor:
        """N×128×h×w to N×32×(h/4)×(w/4); what does not fill a place is left away."""
        return functional.conv2d(functional.avg_pool2d(c16, STRIDE // _MAP_STRIDE), self.axes)


def of_pictures(network: Network, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Features N×32×(H/64)×(W/64) of pictures N×H×W×3 RGB, as the network's input wants them."""
    images = torch.from_numpy(np.ascontiguousarray(pictures.transpose(0, 3, 1, 2))).float()
    with torch.no_grad():
        _, _, c16, _ = network.backbone.coarse(network.fine(images))
        found: NDArray[np.float32] = FeatureHead()(c16).numpy()
    return found


def _axes() -> NDArray[np.float32]:
    """CHANNELS×_MAP_WIDTH, rows of length one at right angles to each other."""
    drawn = np.random.default_rng(_SEED).normal(size=(_MAP_WIDTH, CHANNELS))
    return np.linalg.qr(drawn)[0].T.astype(np.float32)
