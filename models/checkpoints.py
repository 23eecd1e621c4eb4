"""Everything that changes while training, and how it is kept."""

from __future__ import annotations

import copy
import os
from pathlib import Path
from typing import Any

import torch

from models import splits
from models.network import Network
from models.recipe import Recipe

FILE = "last.pt"


class State:
    """The network, its running mean (which is what ships), the optimiser, and the step."""

    def __init__(self, network: Network, recipe: Recipe) -> None:
        self.network = network
        begun = Path(recipe.init)
        self.held_outs = [*(held_outs(begun) if begun.is_file() else []), recipe.held_out]
        for name in recipe.frozen:
            part = network.neck if name == "neck" else getattr(network.backbone, name)
            part.requires_grad_(False)
        self.mean = copy.deepcopy(network)
        self.optimiser = _optimiser(network, recipe)
        self.step = 0

    def keep(self, file: Path) -> None:
        """Write all of it beside the old checkpoint, then put it in its place."""
        state = {
            "network": self.network.state_dict(),
            "mean": self.mean.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "held_outs": [list(held) for held in self.held_outs],
        }
        part = file.with_suffix(".part")
        with part.open("wb") as out:
            torch.save(state, out)
            out.flush()
            os.fsync(out.fileno())
        part.replace(file)

    def resume(self, file: Path) -> None:
        """Go on where a checkpoint was written."""
        kept: dict[str, Any] = torch.load(file, weights_only=True)
        self.network.load_state_dict(kept["network"])
        self.mean.load_state_dict(kept["mean"])
        self.optimiser.load_state_dict(kept["optimiser"])
        self.step = kept["step"]

    @torch.no_grad()
    def follow(self, steps_max: int) -> None:
        """Move the mean towards the network, as if over the last `steps_max` steps."""
        steps = min(self.step / 10.0, float(steps_max))
        for kept, new in zip(self.mean.parameters(), self.network.parameters(), strict=True):
            kept.lerp_(new, 1.0 / (steps + 1.0))


def _optimiser(network: Network, recipe: Recipe) -> torch.optim.Optimizer:
    new = [*network.state.parameters(), *network.spill.parameters()]
    fresh = {id(p) for p in new}
    old = [p for p in network.parameters() if p.requires_grad and id(p) not in fresh]
    groups = [
        {"params": new, "lr": recipe.rates.heads, "top": recipe.rates.heads},
        {"params": old, "lr": recipe.rates.trunk, "top": recipe.rates.trunk},
    ]
    return torch.optim.AdamW(groups, weight_decay=recipe.decay)


def held_outs(file: Path) -> list[tuple[str, ...]]:
    """What was held out of the run that wrote a checkpoint, and of those it began from."""
    kept = torch.load(file, weights_only=True, map_location="cpu")
    # Checkpoints from before recipes had the shipped list.
    return [tuple(held) for held in kept.get("held_outs", [splits.LISTS["shipped"]])]


def steps_done(file: Path) -> int:
    """The step a checkpoint was written at; 0 where there is none."""
    return int(torch.load(file, weights_only=True)["step"]) if file.is_file() else 0
