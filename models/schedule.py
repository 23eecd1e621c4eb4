"""How learning rates go: up to the top at first, then half a cosine down to a fiftieth."""

from __future__ import annotations

import math

import torch


def set_rates(
    optimiser: torch.optim.Optimizer, step: int, steps: int, warm_up_steps: float
) -> None:
    """The rates of a step: of each group a share of its `top`."""
    warm = min(1.0, (step + 1) / warm_up_steps)
    factor = warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / steps)))
    for group in optimiser.param_groups:
        group["lr"] = group["top"] * factor
