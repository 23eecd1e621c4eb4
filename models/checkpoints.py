"""Everything that changes while training, and how it is kept."""

from __future__ import annotations

import copy
import os
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor

from models import kept, lineage, recipes, sources, splits
from models.lineage import Past
from models.network import Network
from models.recipe import COCO, Recipe

FILE = "last.pt"


class State:
    """The network, its running mean (which is what ships), the optimiser, and the step."""

    def __init__(self, network: Network, recipe: Recipe, data: Path | None = None) -> None:
        self.network = network
        named = recipe.init in (COCO, recipes.SHIPPED)
        self.past = [*([] if named else past(Path(recipe.init))), lineage.of_run(recipe, data)]
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
        state = kept.read(file, "network", "optimiser", "step")
        self.network.load_state_dict(state["network"])
        self.mean.load_state_dict(state["mean"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step = state["step"]
        if "past" in state:
            *before, own = map(lineage.read, state["past"])
            self.past = [*before, self.past[-1].went_on(own)]

    @torch.no_grad()
    def follow(self, steps_max: int) -> None:
        """Move the mean towards the network, as if over the last `steps_max` steps."""
        steps = min(self.step / 10.0, float(steps_max))
        for own, new in zip(self.mean.parameters(), self.network.parameters(), strict=True):
            own.lerp_(new, 1.0 / (steps + 1.0))


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
    """A checkpoint's mean with so much of the weights it began with mixed in, as a checkpoint that
    knows what both learnt from."""
    begun = start.state_dict()
    mean = {name: own.lerp(begun[name], start_share) for name, own in kept.weights(file).items()}
    keep_weights(mean, past(file), to)


def keep_weights(mean: dict[str, Tensor], past: list[Past], to: Path) -> None:
    """Write weights as a checkpoint that nothing goes on from, with what they learnt from."""
    torch.save({kept.MEAN: mean, "past": [asdict(run) for run in past]}, to)


def past(file: Path) -> list[Past]:
    """Of the run that wrote a checkpoint, and before it of those it began from. Raises
    NoCheckpoint."""
    state = kept.read(file)
    if "past" not in state:  # from before recipes: all there was
        return [Past(tuple(s for one in sources.ALL for s in one.shares), splits.LISTS["first"])]
    return [lineage.read(run) for run in state["past"]]


def steps_done(file: Path) -> int:
    """The step a checkpoint was written at; 0 where there is none."""
    if not file.is_file():
        return 0
    return int(kept.read(file, "step")["step"])
