"""The network: YOLOX-Nano's trunk and person path, with a state head and a spill head on top.

    picture ─ normalise ─ Darknet ─ PAFPN ─┬─ person path (COCO's, adapted): box, score
                            │              └─ state head: upright, low, down, bed
                            └─ strides 4, 8, 16 ─ spill head: one probability a stride-8 cell

What COCO knows of people is kept: `load_coco` fills everything but the two new heads, and `coco`
gives the original outputs again so that a test can hold both side by side. Batch norms are folded
into the weights, so there is nothing that behaves differently in training.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

STATES = ("upright", "low", "down", "bed")
STRIDES = (8, 16, 32)
WIDTHS = (64, 128, 256)
SPILL_STRIDE = 8
SPILL_WIDTH = 40


class Unit(nn.Module):
    """Convolution (its batch norm folded in) and SiLU. Keeps the size but for its stride."""

    def __init__(
        self, into: int, out: int, kernel: int = 1, stride: int = 1, groups: int = 1, spread: int = 1
    ) -> None:
        super().__init__()
        padding = spread * (kernel // 2)
        self.conv = nn.Conv2d(into, out, kernel, stride, padding, spread, groups)

    def forward(self, x: Tensor) -> Tensor:
        return functional.silu(self.conv(x))


def separable(into: int, out: int, kernel: int = 3, stride: int = 1, spread: int = 1) -> nn.Module:
    """A depthwise and a pointwise unit."""
    return nn.Sequential(Unit(into, into, kernel, stride, into, spread), Unit(into, out))


class Residual(nn.Module):
    """1×1, separable 3×3, and (in the backbone) the input added again."""

    def __init__(self, width: int, add: bool) -> None:
        super().__init__()
        self.narrow = Unit(width, width)
        self.look = separable(width, width)
        self.add = add

    def forward(self, x: Tensor) -> Tensor:
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
        y: Tensor = self.join(torch.cat([self.deep(self.through(x)), self.by(x)], 1))
        return y


class Pyramid(nn.Module):
    """Spatial pyramid pooling: the same map seen through 5, 9 and 13 cells."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.narrow = Unit(width, width // 2)
        self.join = Unit(width * 2, width)

    def forward(self, x: Tensor) -> Tensor:
        x = self.narrow(x)
        pools = [functional.max_pool2d(x, k, 1, k // 2) for k in (5, 9, 13)]
        y: Tensor = self.join(torch.cat([x, *pools], 1))
        return y


class Backbone(nn.Module):
    """CSP-Darknet, depth 0.33, width 0.25. Gives strides 2 (16), 4 (32), 8, 16 and 32."""

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
        corners = [images[..., r::2, c::2] for c in (0, 1) for r in (0, 1)]
        maps = [self.stem(torch.cat(corners, 1))]
        for stage in (self.stage4, self.stage8, self.stage16, self.stage32):
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
        top = self.lateral32(c32)
        middle = self.lateral16(self.merge16(torch.cat([_double(top), c16], 1)))
        p8 = self.merge8(torch.cat([_double(middle), c8], 1))
        p16 = self.again16(torch.cat([self.down8(p8), middle], 1))
        p32 = self.again32(torch.cat([self.down16(p16), top], 1))
        return [p8, p16, p32]


def _double(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2.0, mode="nearest")


class PersonHead(nn.Module):
    """YOLOX's decoupled head for one level, its 80 classes cut down to `person` when `classes` is
    1. Gives the box (4), and the logits that something is there (1) and what it is (classes)."""

    def __init__(self, into: int, classes: int) -> None:
        super().__init__()
        self.stem = Unit(into, 64)
        self.kind = nn.Sequential(separable(64, 64), separable(64, 64))
        self.kind_out = nn.Conv2d(64, classes, 1)
        self.place = nn.Sequential(separable(64, 64), separable(64, 64))
        self.box_out = nn.Conv2d(64, 4, 1)
        self.there_out = nn.Conv2d(64, 1, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        x = self.stem(x)
        place = self.place(x)
        return self.box_out(place), self.there_out(place), self.kind_out(self.kind(x))


class StateHead(nn.Module):
    """Per cell of one level: logits of the four states, and a correction to the person's score."""

    def __init__(self, into: int) -> None:
        super().__init__()
        self.body = nn.Sequential(Unit(into, 64), separable(64, 64, 5), separable(64, 64, 5))
        self.out = nn.Conv2d(64, len(STATES) + 1, 1)
        nn.init.zeros_(self.out.weight)  # a fresh head leaves COCO's scores as they are
        nn.init.zeros_(_bias(self.out))

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.out(self.body(x))
        return y


class SpillHead(nn.Module):
    """Liquid or not, per stride-8 cell, from fine texture (stride 4), shapes and the room."""

    def __init__(self) -> None:
        super().__init__()
        width = SPILL_WIDTH
        self.from4 = separable(32, width, 3, 2)
        self.from8 = Unit(64, width)
        self.from16 = Unit(128, width)
        self.body = nn.Sequential(
            Unit(3 * width, width),
            Unit(width, width, 3),
            separable(width, width, 5, 1, 2),
            separable(width, width, 5, 1, 4),
            Unit(width, width, 3),
        )
        self.out = nn.Conv2d(width, 1, 1)
        nn.init.constant_(_bias(self.out), -4.0)  # puddles are rare

    def forward(self, c4: Tensor, c8: Tensor, p16: Tensor) -> Tensor:
        maps = [self.from4(c4), self.from8(c8), _double(self.from16(p16))]
        y: Tensor = self.out(self.body(torch.cat(maps, 1)))
        return y[:, 0]


def _bias(conv: nn.Conv2d) -> Tensor:
    assert conv.bias is not None
    return conv.bias


@dataclass(frozen=True)
class Raw:
    """What training needs. A is the number of cells over all levels, boxes in input pixels:
    `boxes` N×A×4 (cx cy w h), `score` N×A logit, `states` N×A×4 logits, `spill` N×h×w logits."""

    boxes: Tensor
    score: Tensor
    states: Tensor
    spill: Tensor


class Network(nn.Module):
    """Pictures N×3×H×W float32 RGB 0–255 (H and W multiples of 32) to `people` and `spill`."""

    mean: Tensor
    std: Tensor

    def __init__(self, classes: int = 1) -> None:
        super().__init__()
        self.backbone = Backbone()
        self.neck = Neck()
        self.person = nn.ModuleList(PersonHead(width, classes) for width in WIDTHS)
        self.state = nn.ModuleList(StateHead(width) for width in WIDTHS)
        self.spill = SpillHead()
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1) * 255)
        self.register_buffer("std", torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1) * 255)

    def raw(self, images: Tensor, size: tuple[int, int] | None = None) -> Raw:
        """Logits, for the losses. `size` is (height, width) where the pictures' own shape must
        not be asked, because the graph is being traced."""
        height, width = size or (images.shape[2], images.shape[3])
        c4, levels = self._maps(images)
        boxes, score, states = [], [], []
        for number, stride in enumerate(STRIDES):
            grid = (height // stride, width // stride)
            box, there, kind = self.person[number](levels[number])
            extra = _rows(self.state[number](levels[number]), len(STATES) + 1, grid)
            boxes.append(_decode(_rows(box, 4, grid), grid, stride))
            both = _both(_rows(there, 1, grid), _rows(kind, 1, grid))
            score.append(both[..., 0] + extra[..., len(STATES)])
            states.append(extra[..., : len(STATES)])
        spill = self.spill(c4, levels[3], levels[1])
        return Raw(torch.cat(boxes, 1), torch.cat(score, 1), torch.cat(states, 1), spill)

    def _maps(self, images: Tensor) -> tuple[Tensor, list[Tensor]]:
        """The stride-4 map; and the neck's three levels, with the backbone's stride 8 behind."""
        _, c4, c8, c16, c32 = self.backbone((images - self.mean) / self.std)
        return c4, [*self.neck(c8, c16, c32), c8]

    def forward(
        self, images: Tensor, size: tuple[int, int] | None = None
    ) -> tuple[Tensor, Tensor]:
        """`people` N×A×9: cx, cy, w, h, score, and the states; `spill` N×h×w probabilities."""
        raw = self.raw(images, size)
        score = torch.sigmoid(raw.score)[..., None]
        states = torch.softmax(raw.states, 2)
        return torch.cat([raw.boxes, score, states], 2), torch.sigmoid(raw.spill)

    def person_score(self, images: Tensor) -> Tensor:
        """N×A probabilities that a person is there, from the person path alone."""
        scores = []
        for head, level in zip(self.person, self._maps(images)[1], strict=False):
            _, there, kind = head(level)
            scores.append((torch.sigmoid(there) * torch.sigmoid(kind)).flatten(1))
        return torch.cat(scores, 1)

    def coco(self, images: Tensor) -> Tensor:
        """N×A×(5 + classes) as the COCO file gives it, from pictures already normalised."""
        _, _, c8, c16, c32 = self.backbone(images)
        outs = []
        for head, level in zip(self.person, self.neck(c8, c16, c32), strict=True):
            box, there, kind = head(level)
            every = torch.cat([box, torch.sigmoid(there), torch.sigmoid(kind)], 1)
            outs.append(every.flatten(2).transpose(1, 2))
        return torch.cat(outs, 1)


def _rows(x: Tensor, channels: int, grid: tuple[int, int]) -> Tensor:
    """N×C×h×w to N×(h·w)×C, rows of the picture first."""
    return x.reshape(-1, channels, grid[0] * grid[1]).transpose(1, 2)


def _both(there: Tensor, kind: Tensor) -> Tensor:
    """The logit of σ(there)·σ(kind), without leaving the logarithm: log(p / (1 − p))."""
    # 1 − p = (e^-a + e^-b + e^-(a+b)) / ((1 + e^-a)(1 + e^-b)), so p / (1 − p) is its inverse.
    a = there.clamp(-12, 12)
    b = kind.clamp(-12, 12)
    return -torch.log(torch.exp(-a) + torch.exp(-b) + torch.exp(-a - b))


def _decode(box: Tensor, grid: tuple[int, int], stride: int) -> Tensor:
    """Offsets in cells to cx, cy, w, h in input pixels."""
    y, x = torch.meshgrid(torch.arange(grid[0]), torch.arange(grid[1]), indexing="ij")
    cells = torch.stack([x, y], 2).view(1, -1, 2).to(box.dtype)
    centre = (box[..., :2] + cells) * stride
    return torch.cat([centre, torch.exp(box[..., 2:].clamp(-6, 6)) * stride], 2)


def load_coco(network: Network, file: Path) -> None:
    """Fill trunk, neck and person path from the COCO ONNX file.

    The file names its initialisers by its own counting, so they are taken in the order its nodes
    use them, which is the order `_coco_order` walks our modules in; every shape must fit. A
    network with one class takes the `person` row of the 80. Raises ValueError on a misfit.
    """
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(str(file)).graph
    values = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    theirs = [[values[name] for name in n.input[1:]] for n in graph.node if n.op_type == "Conv"]
    ours = _coco_order(network)
    if len(theirs) != len(ours):
        raise ValueError(f"{file} has {len(theirs)} convolutions, the network {len(ours)}")
    with torch.no_grad():
        for conv, (weight, bias) in zip(ours, theirs, strict=True):
            few = conv.out_channels == 1 and weight.shape[0] == 80
            w = torch.tensor(weight[:1] if few else weight)
            if w.shape != conv.weight.shape:
                raise ValueError(f"{file}: {tuple(w.shape)} where {tuple(conv.weight.shape)} fits")
            conv.weight.copy_(w)
            _bias(conv).copy_(torch.tensor(bias[:1] if few else bias))


def _coco_order(network: Network) -> list[nn.Conv2d]:
    """Convolutions as YOLOX's forward pass meets them."""
    order: list[nn.Conv2d] = []
    for part in (network.backbone, network.neck, network.person):
        for module in part.modules():
            if isinstance(module, Split):
                order += [module.through.conv, module.by.conv]
                order += [m for m in module.deep.modules() if isinstance(m, nn.Conv2d)]
                order.append(module.join.conv)
            elif isinstance(module, nn.Conv2d) and not any(module is m for m in order):
                order.append(module)
    return order
