"""Everything that changes while training, and how it is kept."""

from __future__ import annotations

import copy
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from models import sources, splits
from models.network import Network
from models.recipe import Recipe

FILE = "last.pt"


@dataclass(frozen=True)
class Past:
    """What a run learnt from: the names in its recipe's `shares:`, and the places held out."""

    shares: tuple[str, ...]
    held_out: tuple[str, ...]


class State:
    """The network, its running mean (which is what ships), the optimiser, and the step."""

    def __init__(self, network: Network, recipe: Recipe) -> None:
        self.network = network
        begun = Path(recipe.init)
        own = Past(tuple(recipe.shares), recipe.held_out)
        self.past = [*(past(begun) if begun.is_file() else []), own]
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
            "past": [asdict(run) for run in self.past],
        }
        part = file.with_suffix(".part")
        with part.open("wb") as out:
            torch.save(state, out)
            out.flush()
            os.fsync(out.fileno())
        part.replace(file)

    def resume(self, file: Path) -> None:
        """Go on where a checkpoint was written."""
        kept: dict[str, Any] = torch.load(file, weights_only=True, map_location="cpu")
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


@torch.no_grad()
def blend(file: Path, start: Network, start_share: float, to: Path) -> None:
    """A checkpoint's mean with so much of the weights it began with mixed in, as a checkpoint."""
    kept = torch.load(file, weights_only=True, map_location="cpu")
    begun = start.state_dict()
    mean = {name: kept["mean"][name].lerp(begun[name], start_share) for name in kept["mean"]}
    torch.save({"mean": mean, "past": kept["past"]}, to)


def past(file: Path) -> list[Past]:
    """Of the run that wrote a checkpoint, and before it of those it began from."""
    kept = torch.load(file, weights_only=True, map_location="cpu")
    if "past" not in kept:  # from before recipes: all there was
        return [Past(tuple(s for one in sources.ALL for s in one.shares), splits.LISTS["first"])]
    return [Past(tuple(run["shares"]), tuple(run["held_out"])) for run in kept["past"]]


def steps_done(file: Path) -> int:
    """The step a checkpoint was written at; 0 where there is none."""
    if not file.is_file():
        return 0
    return int(torch.load(file, weights_only=True, map_location="cpu")["step"])
