"""The first layer as it ships: bytes in, and one convolution where training has slices and one.

YOLOX's stem lays the four pixels of each 2×2 block behind one another (Focus) and convolves the 12
channels 3×3. One convolution of 6×6 with stride 2 over the picture itself adds up the very same
products, which is how YOLOv5 did away with Focus in its version 6. The slices alone took a sixth of
a picture's time on a CPU.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.darknet import bias_of
from models.network import Network


class ByteStem(nn.Module):
    """Pictures N×H×W×3 uint8 RGB to the stem's map, N×16×(H/2)×(W/2).

    The cast comes first, before anything is moved: TensorRT (8.5 to 10) lets uint8 inputs feed
    nothing but a cast (https://github.com/NVIDIA/TensorRT/issues/3985). The mean is taken off while
    channels lie last, so that OpenVINO need not move the picture at all, and as one row of the
    picture, which ONNX Runtime subtracts faster than three numbers. It cannot go into the bias:
    beyond the picture's edge the convolution sees zeros, which mean the mean. The scale can go into
    the weights.
    """

    mean_row: Tensor

    def __init__(self, network: Network, width: int) -> None:
        super().__init__()
        parted = network.backbone.stem.conv
        self.conv = nn.Conv2d(3, parted.out_channels, 6, 2, 2)
        with torch.no_grad():
            self.conv.weight.copy_(whole(parted.weight) / network.std)
            bias_of(self.conv).copy_(bias_of(parted))
        self.register_buffer("mean_row", network.mean.view(1, 3).repeat(width, 1))

    def forward(self, pictures: Tensor) -> Tensor:
        """See the class."""
        images = (pictures.float() - self.mean_row).permute(0, 3, 1, 2)
        return functional.silu(self.conv(images))


def whole(parted: Tensor) -> Tensor:
    """Weights O×12×3×3 over sliced pictures as O×3×6×6 over whole ones."""
    weights = parted.new_zeros(len(parted), 3, 6, 6)
    for number, (row, column) in enumerate(_CORNERS):
        weights[:, :, row::2, column::2] = parted[:, 3 * number : 3 * number + 3]
    return weights


def parted(whole: Tensor) -> Tensor:
    """Weights O×3×6×6 over whole pictures as O×12×3×3 over sliced ones."""
    return torch.cat([whole[:, :, row::2, column::2] for row, column in _CORNERS], 1)


# In the order in which `models.darknet.Backbone.fine` slices: row, column.
_CORNERS = ((0, 0), (1, 0), (0, 1), (1, 1))
