"""The trunk and the neck of YOLOX-Nano: CSP-Darknet and PAFPN, depthwise, batch norms folded in.

Attribute order matters: `models.coco` fills the weights in the order YOLOX's forward pass meets
them, which is the order the modules stand in here.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class Unit(nn.Module):
    """Convolution (its batch norm folded in) and SiLU. Keeps the size but for its stride."""

    def __init__(
        self,
        into: int,
        out: int,
        kernel: int = 1,
        stride: int = 1,
        *,
        groups: int = 1,
        spread: int = 1,
    ) -> None:
        super().__init__()
        padding = spread * (kernel // 2)
        self.conv = nn.Conv2d(into, out, kernel, stride, padding, spread, groups)

    def forward(self, x: Tensor) -> Tensor:
        """N×into×h×w to N×out×(h/stride)×(w/stride)."""
        if self.conv.groups == 1:
            return functional.silu(self.conv(x))
        # In 16 bits a CPU takes longer for depthwise gradients than in 32.
        with torch.autocast(x.device.type, enabled=False):
            y = self.conv(x.float())
        return functional.silu(y.to(x.dtype))


def separable(into: int, out: int, kernel: int = 3, stride: int = 1, spread: int = 1) -> nn.Module:
    """A depthwise and a pointwise unit."""
    return nn.Sequential(
        Unit(into, into, kernel, stride, groups=into, spread=spread), Unit(into, out)
    )


class Residual(nn.Module):
    """1×1, separable 3×3, and (in the backbone) the input added again."""

    def __init__(self, width: int, add: bool) -> None:
        super().__init__()
        self.narrow = Unit(width, width)
        self.look = separable(width, width)
        self.add = add

    def forward(self, x: Tensor) -> Tensor:
        """Same shape out as in."""
        y: Tensor = self.look(self.narrow(x))
        return x + y if self.add else y


class Split(nn.Module):
    """A cross-stage-partial block: half goes through residuals, half goes by."""

    def __init__(self, into: int, out: int, depth: int, add: bool = True) -> None:
        super().__init__()
        half = out // 2
        self.through = Unit(into, half)
        self.by = Unit(into, half)
        # YOLOX keeps the joining layer before the residuals; so do its weights here.
        self.deep = nn.Sequential(*(Residual(half, add) for _ in range(depth)))
        self.join = Unit(2 * half, out)

    def forward(self, x: Tensor) -> Tensor:
        """N×into×h×w to N×out×h×w."""
        y: Tensor = self.join(torch.cat([self.deep(self.through(x)), self.by(x)], 1))
        return y


class Pyramid(nn.Module):
    """Spatial pyramid pooling: the same map seen through 5, 9 and 13 cells."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.narrow = Unit(width, width // 2)
        self.join = Unit(width * 2, width)

    def forward(self, x: Tensor) -> Tensor:
        """Same shape out as in."""
        x = self.narrow(x)
        pools = [functional.max_pool2d(x, k, 1, k // 2) for k in (5, 9, 13)]
        y: Tensor = self.join(torch.cat([x, *pools], 1))
        return y


class Backbone(nn.Module):
    """CSP-Darknet, depth 0.33, width 0.25. Gives strides 4 (32), 8 (64), 16 (128), 32."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = Unit(12, 16, 3)
        self.stage4 = nn.Sequential(separable(16, 32, 3, 2), Split(32, 32, 1))
        self.stage8 = nn.Sequential(separable(32, 64, 3, 2), Split(64, 64, 3))
        self.stage16 = nn.Sequential(separable(64, 128, 3, 2), Split(128, 128, 3))
        self.stage32 = nn.Sequential(
            separable(128, 256, 3, 2), Pyramid(256), Split(256, 256, 1, add=False)
        )

    def forward(self, images: Tensor) -> list[Tensor]:
        """Normalised N×3×H×W to the maps of strides 4, 8, 16 and 32."""
        return self.coarse(self.fine(images))

    def fine(self, images: Tensor) -> Tensor:
        """The stride-4 map, which training leaves as COCO has it."""
        corners = [images[..., r::2, c::2] for c in (0, 1) for r in (0, 1)]
        c4: Tensor = self.stage4(self.stem(torch.cat(corners, 1)))
        return c4

    def coarse(self, c4: Tensor) -> list[Tensor]:
        """The maps of strides 4 to 32 from the first of them."""
        maps = [c4]
        for stage in (self.stage8, self.stage16, self.stage32):
            maps.append(stage(maps[-1]))
        return maps


class Neck(nn.Module):
    """PAFPN: down from stride 32 to 8, and up again, so that each level knows of the others."""

    def __init__(self) -> None:
        super().__init__()
        self.lateral32 = Unit(256, 128)
        self.merge16 = Split(256, 128, 1, add=False)
        self.lateral16 = Unit(128, 64)
        self.merge8 = Split(128, 64, 1, add=False)
        self.down8 = separable(64, 64, 3, 2)
        self.again16 = Split(128, 128, 1, add=False)
        self.down16 = separable(128, 128, 3, 2)
        self.again32 = Split(256, 256, 1, add=False)

    def forward(self, c8: Tensor, c16: Tensor, c32: Tensor) -> list[Tensor]:
        """Maps of strides 8 (64), 16 (128) and 32 (256) to three of the same shapes."""
        top = self.lateral32(c32)
        middle = self.lateral16(self.merge16(torch.cat([double(top), c16], 1)))
        p8 = self.merge8(torch.cat([double(middle), c8], 1))
        p16 = self.again16(torch.cat([self.down8(p8), middle], 1))
        p32 = self.again32(torch.cat([self.down16(p16), top], 1))
        return [p8, p16, p32]


def double(x: Tensor) -> Tensor:
    """A map at twice its size, each cell repeated."""
    return functional.interpolate(x, scale_factor=2.0, mode="nearest")


def bias_of(conv: nn.Conv2d) -> Tensor:
    """The bias of a convolution that has one, as all of ours do; raises ValueError if not."""
    if conv.bias is None:
        raise ValueError("this convolution was made without a bias")
    return conv.bias
