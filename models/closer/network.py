"""The network that looks a second time: a close-up of one place, and how whoever is there is.

The shipped network looks at a whole view, in which somebody far away is a few dozen pixels long.
This one sees the place alone, cut out of the full picture: the same trunk and neck, which know
people, read once at the place's middle instead of everywhere.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.closer.close_ups import NOTHING
from models.network import WIDTHS, Network

SIDE = 128  # pixels of the close-up
CLASSES = NOTHING + 1
_WIDE = 0.5  # of half a side: how far from the middle a cell counts to 0.6
_HIDDEN = 128


class Closer(nn.Module):
    """Close-ups N×3×SIDE×SIDE float32 RGB 0–255 to N×CLASSES logits: the states, then nobody."""

    mean: Tensor
    std: Tensor

    def __init__(self, begun: Network) -> None:
        """`begun` lends its trunk and neck, which are learnt further in place."""
        super().__init__()
        self.backbone, self.neck = begun.backbone, begun.neck
        self.register_buffer("mean", begun.mean.clone())
        self.register_buffer("std", begun.std.clone())
        self.register_buffer("fine", _middle(SIDE // 8))
        self.register_buffer("coarse", _middle(SIDE // 16))
        into = sum(WIDTHS) + WIDTHS[-1]
        self.head = nn.Sequential(
            nn.Linear(into, _HIDDEN), nn.SiLU(), nn.Dropout(0.2), nn.Linear(_HIDDEN, CLASSES)
        )

    def forward(self, images: Tensor) -> Tensor:
        """N×CLASSES logits."""
        trunk = self.backbone((images - self.mean) / self.std)
        p8, p16, p32 = (level.float() for level in self.neck(*trunk[1:]))
        seen = [
            (p8 * self.fine).sum((2, 3)),
            (p16 * self.coarse).sum((2, 3)),
            p32.mean((2, 3)),
            trunk[3].float().mean((2, 3)),
        ]
        y: Tensor = self.head(torch.cat(seen, 1))
        return y


def _middle(cells: int) -> Tensor:
    """Weights of cells×cells, most in the middle, that sum to 1."""
    at = torch.linspace(-1, 1, cells)
    weight = torch.exp(-(at[:, None] ** 2 + at[None] ** 2) / (2 * _WIDE**2))
    return weight / weight.sum()
