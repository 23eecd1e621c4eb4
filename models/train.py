"""Training, in one file to be read from top to bottom.

    floorwatch train shipped --data DIR --out runs/x

The whole network learns, but not alike: the two new heads fast, what came from COCO slowly, and
wherever we have no label the teacher's opinion is the target: the untouched COCO network's. The
weights that are kept are a running mean over the last few hundred steps.

What is drawn for a step, and the rates at it, depend on the recipe and the step alone. So a run
that was interrupted and goes on ends with the same weights, to the bit, as one that was not: on
the same machine with as many threads, and on a CPU.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from alerts.errors import UserError
from models import checkpoints, material, quiet, remember, run_folder, weights
from models.checkpoints import State
from models.dataset import Ahead, Batch
from models.losses import Truth, all_losses
from models.material import Material
from models.network import Network, Raw
from models.quiet import Alarming
from models.recipe import Recipe
from models.schedule import set_rates

PARTS = ("box", "score", "state", "spill")
Stopped = Callable[[], bool]


class NoDevice(UserError):
    """The recipe asks for a GPU that is not there."""


def train(
    recipe: Recipe, learnt_from: Material, data: Path | None, out: Path, stopped: Stopped
) -> bool:
    """Train, or go on where `out` stopped, leaving `last.pt` and `log.jsonl` there. Whether all
    steps were taken: `stopped` is asked after each."""
    torch.set_num_threads(recipe.threads)
    device = _device(recipe)
    network, teacher = weights.begin(recipe, data)
    alarming = _mined(network.to(device), learnt_from, recipe)
    state = State(network, recipe, data)
    if (out / checkpoints.FILE).exists():
        state.resume(out / checkpoints.FILE)
    course = Course(recipe, state, teacher.to(device), device, alarming)
    ahead = Ahead(material.mix(learnt_from, recipe), recipe.batch, state.step)
    try:
        with (out / run_folder.LOG).open("a", encoding="utf-8") as log:
            course.run(ahead, out, log, stopped)
    finally:
        ahead.close()
    state.keep(out / checkpoints.FILE)
    return state.step >= recipe.steps


class Course:
    """A run on its way."""

    def __init__(
        self,
        recipe: Recipe,
        state: State,
        teacher: Network,
        device: torch.device,
        alarming: list[Alarming],
    ) -> None:
        self.recipe, self.state, self.teacher, self.device = recipe, state, teacher, device
        self.alarming = alarming
        self.size = (recipe.side_px, recipe.side_px)
        # The teacher reads the network's own first map where that never changes from its own.
        self.shares_first = {"stem", "stage4"} <= set(recipe.frozen) and _same_first(
            state.network, teacher
        )

    def run(self, ahead: Ahead, out: Path, log: TextIO, stopped: Stopped) -> None:
        """Step until there are enough, or `stopped` says so."""
        recipe, state = self.recipe, self.state
        taken: list[dict[str, Tensor]] = []
        with tqdm(total=recipe.steps, initial=state.step, unit="step", mininterval=2) as bar:
            while state.step < recipe.steps and not stopped():
                set_rates(state.optimiser, state.step, recipe.steps, recipe.warm_up_steps)
                taken.append(self.learn(ahead.next()))
                state.follow(recipe.mean_steps)
                state.step += 1
                bar.update()
                if state.step % run_folder.LOG_STEPS == 0:
                    means, taken = run_folder.means(taken), []
                    log.write(json.dumps({"step": state.step, **means}) + "\n")
                    log.flush()
                    bar.set_postfix(means, refresh=False)
                if state.step % recipe.keep_every_steps == 0:
                    state.keep(out / checkpoints.FILE)

    def learn(self, batch: Batch) -> dict[str, Tensor]:
        """One step of gradient descent. Returns each part of the loss."""
        images = batch.images.contiguous(memory_format=torch.channels_last).to(self.device)
        truths = [_on(truth, self.device) for truth in batch.truths]
        with self.device:  # cells and grids are made where the pictures are
            with torch.autocast(self.device.type, torch.bfloat16, enabled=self.recipe.amp):
                fine = self.state.network.fine(images)
                raw = self.state.network.read(fine, self.size)
                before = self._before(images, fine)
                opinion = self._opinion(images, fine, truths, raw, before)
                quiet_raw = self._alarming_again()
            found = all_losses(raw, opinion, truths, self.size)
            losses = {name: getattr(found, name) for name in PARTS}
            if before is not None:
                losses["remember"] = remember.loss(raw, before, truths)
            if quiet_raw is not None:
                at = self.recipe.alarms
                losses["quiet"] = quiet.loss(quiet_raw, at.collapse_weight, at.spill_weight)
        self.state.optimiser.zero_grad(set_to_none=True)
        torch.stack([*losses.values()]).sum().backward()  # type: ignore[no-untyped-call]  # untyped
        learning = self.state.network.parameters()
        torch.nn.utils.clip_grad_norm_(learning, self.recipe.gradient_max)
        self.state.optimiser.step()
        return {name: value.detach() for name, value in losses.items()}

    @torch.no_grad()
    def _before(self, images: Tensor, fine: Tensor) -> Raw | None:
        """What the network said of these pictures before a site's came; None for the sources."""
        if self.recipe.learns_from != "site":
            return None
        own = fine if self.shares_first else self.teacher.fine(images)
        return self.teacher.read(own, self.size)

    def _alarming_again(self) -> Raw | None:
        """What the network says now of places that alarmed when the run began."""
        if not self.alarming:
            return None
        rng = np.random.default_rng((self.recipe.seed, self.state.step, len(self.alarming)))
        crops = quiet.views(
            self.alarming, self.recipe.quiet, self.recipe.side_px, rng,
            plain=self.recipe.learns_from == "site",
        )  # fmt: skip
        images = torch.from_numpy(np.stack(crops)).to(self.device).permute(0, 3, 1, 2).float()
        return self.state.network.raw(images, self.size)

    @torch.no_grad()
    def _opinion(
        self, images: Tensor, fine: Tensor, truths: list[Truth], raw: Raw, before: Raw | None
    ) -> Tensor:
        """N×A: the teacher's probability that a person is there. Of the sources it looks only at
        pictures in which somebody may be whom nobody labelled."""
        if before is not None:
            return remember.opinion(before)
        opinion = torch.zeros_like(raw.score)
        unsure = [n for n, truth in enumerate(truths) if bool((truth.sure == 0).any())]
        if unsure:
            own = fine[unsure] if self.shares_first else self.teacher.fine(images[unsure])
            opinion[unsure] = self.teacher.person_score(own)
        return opinion


def _mined(network: Network, learnt_from: Material, recipe: Recipe) -> list[Alarming]:
    """Where nothing happens and the network a run begins with comes near an alarm."""
    if not recipe.quiet:
        return []
    at = recipe.alarms
    pictures = material.eventless(learnt_from, recipe.held_out)
    return quiet.mine(network, pictures, at.collapse, at.spill)


def _device(recipe: Recipe) -> torch.device:
    there = torch.cuda.is_available()
    if recipe.device == "cuda" and not there:
        raise NoDevice("device: cuda: torch finds no GPU here; say auto or cpu")
    return torch.device("cuda" if there and recipe.device != "cpu" else "cpu")


def _same_first(network: Network, teacher: Network) -> bool:
    parts = [(n.backbone.stem, n.backbone.stage4) for n in (network, teacher)]
    pairs = (zip(a.parameters(), b.parameters(), strict=True) for a, b in zip(*parts, strict=True))
    return all(torch.equal(one, other) for pair in pairs for one, other in pair)


def _on(truth: Truth, device: torch.device) -> Truth:
    return Truth(truth.people.to(device), truth.spill.to(device), truth.sure.to(device))
