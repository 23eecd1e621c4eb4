"""The network: YOLOX-Nano's trunk and person path, with a state head and a spill head on top.

    picture ─ normalise ─ Darknet ─ PAFPN ─┬─ person path (COCO's, adapted): box, score
                            │              └─ state head: upright, low, down, bed
                            └─ strides 4, 8, 16 ─ spill head: one probability a stride-8 cell

What COCO knows of people is kept: `models.coco` fills everything but the two new heads, and `coco`
gives the original outputs again so that a test can hold both side by side. Batch norms are folded
into the weights, so there is nothing that behaves differently in training.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models.darknet import Backbone, Neck, Unit, bias_of, double, separable
from models.labels import STATES

STRIDES = (8, 16, 32)
WIDTHS = (64, 128, 256)
SPILL_WIDTH = 40


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
        """N×4, N×1 and N×classes, each ×h×w."""
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
        nn.init.zeros_(bias_of(self.out))

    def forward(self, x: Tensor) -> Tensor:
        """N×(states + 1)×h×w."""
        y: Tensor = self.out(self.body(x))
        return y


class Added(nn.Module):
    """A part whose output is added to its input."""

    def __init__(self, part: nn.Module) -> None:
        super().__init__()
        self.part = part

    def forward(self, x: Tensor) -> Tensor:
        """Same shape out as in."""
        y: Tensor = x + self.part(x)
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
            Added(Unit(width, width, 3)),
            Added(separable(width, width, 5, 1, 2)),
            Added(separable(width, width, 5, 1, 4)),
            Added(Unit(width, width, 3)),
        )
        self.out = nn.Conv2d(width, 1, 1)
        start_lively(self)
        nn.init.constant_(bias_of(self.out), -3.0)  # puddles are rare

    def forward(self, c4: Tensor, c8: Tensor, p16: Tensor) -> Tensor:
        """N×h×w logits, from strides 4 (32), 8 (64) and 16 (128)."""
        maps = [self.from4(c4), self.from8(c8), double(self.from16(p16))]
        y: Tensor = self.out(self.body(torch.cat(maps, 1)))
        return y[:, 0]


def start_lively(part: nn.Module) -> None:
    """Draw a new head's weights so that signals keep their size through it. Without batch norm,
    torch's own draw lets them fade, and eight layers on nothing is learnt."""
    for conv in part.modules():
        if isinstance(conv, nn.Conv2d):
            nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
            nn.init.zeros_(bias_of(conv))


@dataclass(frozen=True)
class Raw:
    """What training needs. A is the number of cells over all levels, boxes in input pixels:
    `boxes` N×A×4 (cx cy w h), `score` N×A logit, `states` N×A×4 logits, `spill` N×h×w logits."""

    boxes: Tensor
    score: Tensor
    states: Tensor
    spill: Tensor


@dataclass(frozen=True)
class Maps:
    """What is seen at the strides 4, 8, 16 and 32, as the backbone gives it (32, 64, 128 and 256
    channels), and at 8, 16 and 32 as the neck does (64, 128 and 256)."""

    trunk: list[Tensor]
    levels: list[Tensor]


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
        return self.read(self.fine(images), size or (images.shape[2], images.shape[3]))

    def fine(self, images: Tensor) -> Tensor:
        """The stride-4 map of pictures, the same in every network that came from COCO."""
        return self.backbone.fine((images - self.mean) / self.std)

    def read(self, fine: Tensor, size: tuple[int, int]) -> Raw:
        """Logits from the stride-4 map of pictures of (height, width)."""
        return self.told(self.maps(fine), size)

    def maps(self, fine: Tensor) -> Maps:
        """All maps from the stride-4 map of pictures."""
        trunk = self.backbone.coarse(fine)
        return Maps(trunk, self.neck(*trunk[1:]))

    def told(self, maps: Maps, size: tuple[int, int]) -> Raw:
        """Logits from the maps of pictures of (height, width)."""
        boxes, score, states = [], [], []
        for number in range(len(STRIDES)):
            box, there = self.place(number, maps.levels[number], size)
            extra = self.judge(number, maps.levels[number], size)
            boxes.append(box)
            score.append(there + extra[..., len(STATES)])
            states.append(extra[..., : len(STATES)])
        spill = self.spill(*maps.trunk[:2], maps.levels[1]).float()
        return Raw(torch.cat(boxes, 1), torch.cat(score, 1), torch.cat(states, 1), spill)

    def place(self, number: int, level: Tensor, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
        """Of one level's cells, by COCO's path: boxes N×a×4 in input pixels, and the logit N×a that
        a person is there."""
        grid = (size[0] // STRIDES[number], size[1] // STRIDES[number])
        # Positions and logarithms need 32 bits where training computes the rest in 16.
        box, there, kind = (x.float() for x in self.person[number](level))
        both = _both(_rows(there, 1, grid), _rows(kind, 1, grid))
        return _decode(_rows(box, 4, grid), grid, STRIDES[number]), both[..., 0]

    def judge(self, number: int, level: Tensor, size: tuple[int, int]) -> Tensor:
        """Of one level's cells, by the state head: N×a×(states + 1), the last of them what is added
        to the logit that a person is there."""
        grid = (size[0] // STRIDES[number], size[1] // STRIDES[number])
        return _rows(self.state[number](level).float(), len(STATES) + 1, grid)

    def forward(self, images: Tensor, size: tuple[int, int] | None = None) -> tuple[Tensor, ...]:
        """`people` N×A×9: cx, cy, w, h, score, and the states; `spill` N×h×w probabilities."""
        return self.said(self.raw(images, size))

    def said(self, raw: Raw) -> tuple[Tensor, Tensor]:
        """`people` and `spill` from the logits."""
        score = torch.sigmoid(raw.score)[..., None]
        # Along rows: along columns OpenVINO takes a fiftieth of a pass longer.
        states = torch.softmax(raw.states.transpose(1, 2), 1).transpose(1, 2)
        return torch.cat([raw.boxes, score, states], 2), torch.sigmoid(raw.spill)

    def person_score(self, fine: Tensor) -> Tensor:
        """N×A probabilities that a person is there, from the stride-4 map and the person path."""
        _, c8, c16, c32 = self.backbone.coarse(fine)
        scores = []
        for head, level in zip(self.person, self.neck(c8, c16, c32), strict=True):
            _, there, kind = (x.float() for x in head(level))
            scores.append((torch.sigmoid(there) * torch.sigmoid(kind)).flatten(1))
        return torch.cat(scores, 1)

    def coco(self, images: Tensor) -> Tensor:
        """N×A×(5 + classes) as the COCO file gives it, from pictures already normalised."""
        _, c8, c16, c32 = self.backbone(images)
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
