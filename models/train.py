"""Training, in one file to be read from top to bottom.

    floorwatch train --data DIR --out runs/x [--minutes N] [--resume]

The whole network learns, but not alike: the two new heads fast, what came from COCO slowly, and
wherever we have no label the untouched COCO network's own opinion is the target. The weights that
are kept are a running mean over the last few hundred steps.
"""

from __future__ import annotations

import copy
import json
import math
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

import torch
from torch import Tensor
from tqdm import tqdm

from models import figures, prepare, stores
from models.coco import load_coco
from models.cutout import Rgba
from models.dataset import Ahead, Mix
from models.losses import Losses, all_losses
from models.network import Network
from models.stores import Store

CHECKPOINT = "last.pt"
LOG_STEPS, KEEP_STEPS = 20, 100
BLAZEPOSE = "pretrained/blazepose_lite/blazepose_lite.onnx"
COCO = "pretrained/yolox_nano_coco/yolox_nano_coco.onnx"


@dataclass(frozen=True)
class Settings:
    """Everything a run depends on beside the data; written beside its log."""

    minutes: float = 30.0
    batch: int = 16
    side_px: int = 320
    rate_heads: float = 2e-3
    rate_trunk: float = 3e-4
    decay: float = 1e-4
    warm_steps: int = 100
    mean_steps: float = 300.0
    gradient_max: float = 10.0
    threads: int = 1
    seed: int = 1


class Run:
    """Everything that changes while training, and how it is kept."""

    def __init__(self, data: Path, settings: Settings) -> None:
        self.teacher = _coco(data)
        self.network = _coco(data)
        # Edges and textures stay as COCO has them; learning them again would cost half the time.
        for part in (self.network.backbone.stem, self.network.backbone.stage4):
            part.requires_grad_(False)
        self.mean = copy.deepcopy(self.network)
        self.optimiser = _optimiser(self.network, settings)
        self.step, self.spent_s = 0, 0.0

    def start_from(self, checkpoint: Path) -> None:
        """Take a checkpoint's weights where they still fit; a changed head starts afresh."""
        weights = torch.load(checkpoint, weights_only=True)["mean"]
        own = self.network.state_dict()
        fits = {n: w for n, w in weights.items() if n in own and own[n].shape == w.shape}
        self.network.load_state_dict(fits, strict=False)
        self.mean.load_state_dict(self.network.state_dict())

    def resume(self, checkpoint: Path) -> None:
        """Go on where the checkpoint was written."""
        kept = torch.load(checkpoint, weights_only=True)
        self.network.load_state_dict(kept["network"])
        self.mean.load_state_dict(kept["mean"])
        self.optimiser.load_state_dict(kept["optimiser"])
        self.step, self.spent_s = kept["step"], kept["spent_s"]

    def keep(self, checkpoint: Path) -> None:
        """Write the checkpoint beside the old one, then put it in its place."""
        state = {
            "network": self.network.state_dict(),
            "mean": self.mean.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "spent_s": self.spent_s,
        }
        torch.save(state, checkpoint.with_suffix(".next"))
        checkpoint.with_suffix(".next").replace(checkpoint)


def train(
    data: Path, out: Path, settings: Settings, resume: bool, start: Path | None = None
) -> None:
    """Train for `settings.minutes` of wall clock, leaving `last.pt`, `settings.json`, `log.jsonl`.

    `start` is a checkpoint whose weights are taken to begin with, its schedule not.
    """
    torch.manual_seed(settings.seed)
    torch.set_num_threads(settings.threads)
    out.mkdir(parents=True, exist_ok=True)
    (out / "settings.json").write_text(json.dumps(asdict(settings), indent=1), encoding="utf-8")
    run = Run(data, settings)
    if start is not None:
        run.start_from(start)
    if resume and (out / CHECKPOINT).exists():
        run.resume(out / CHECKPOINT)
    opened, cut_outs = cached(data, out.parent / "cache")
    ahead = Ahead(Mix(opened, cut_outs, settings.seed + run.step, settings.side_px), settings.batch)
    try:
        with (out / "log.jsonl").open("a", encoding="utf-8") as log:
            _loop(run, ahead, settings, out, log)
    finally:
        ahead.close()
    run.keep(out / CHECKPOINT)


def _loop(run: Run, ahead: Ahead, settings: Settings, out: Path, log: TextIO) -> None:
    """Step until the time is up."""
    began = time.monotonic() - run.spent_s
    with tqdm(total=round(settings.minutes * 60), unit="s", mininterval=10) as bar:
        while (spent := time.monotonic() - began) < settings.minutes * 60:
            run.spent_s = spent
            _set_rates(run.optimiser, settings, run.step, spent)
            losses = _step(run, ahead, settings)
            _follow(run.mean, run.network, min(run.step / 10.0, settings.mean_steps))
            run.step += 1
            bar.update(round(spent) - bar.n)
            if run.step % LOG_STEPS == 0:
                line = {"step": run.step, "s": round(spent), **_plain(losses)}
                log.write(json.dumps(line) + "\n")
                log.flush()
            if run.step % KEEP_STEPS == 0:
                run.keep(out / CHECKPOINT)


def _coco(data: Path) -> Network:
    network = Network()
    load_coco(network, data / COCO)
    # Channels last: depthwise convolutions train four times as fast on a CPU.
    for parameter in network.parameters():
        if parameter.dim() == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
    return network


def _optimiser(network: Network, settings: Settings) -> torch.optim.Optimizer:
    new = [*network.state.parameters(), *network.spill.parameters()]
    fresh = {id(p) for p in new}
    old = [p for p in network.parameters() if p.requires_grad and id(p) not in fresh]
    groups = [
        {"params": new, "lr": settings.rate_heads, "top": settings.rate_heads},
        {"params": old, "lr": settings.rate_trunk, "top": settings.rate_trunk},
    ]
    return torch.optim.AdamW(groups, weight_decay=settings.decay)


def _set_rates(
    optimiser: torch.optim.Optimizer, settings: Settings, step: int, spent_s: float
) -> None:
    """Warm up over the first steps, then a half cosine over the time there is."""
    warm = min(1.0, (step + 1) / settings.warm_steps)
    share = min(1.0, spent_s / (settings.minutes * 60))
    factor = warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * share)))
    for group in optimiser.param_groups:
        group["lr"] = group["top"] * factor


def _step(run: Run, ahead: Ahead, settings: Settings) -> Losses:
    """One step of gradient descent."""
    batch = ahead.next()
    images = batch.images.contiguous(memory_format=torch.channels_last)
    size = (settings.side_px, settings.side_px)
    with torch.no_grad():
        fine = run.teacher.fine(images)
        opinion = run.teacher.person_score(fine)
    raw = run.network.read(fine, size)
    losses = all_losses(raw, opinion, batch.truths, size)
    run.optimiser.zero_grad(set_to_none=True)
    losses.total.backward()  # type: ignore[no-untyped-call]  # torch leaves backward untyped
    torch.nn.utils.clip_grad_norm_(run.network.parameters(), settings.gradient_max)
    run.optimiser.step()
    return losses


@torch.no_grad()
def _follow(mean: Network, network: Network, steps: float) -> None:
    """Move the running mean towards the network, as if over the last `steps` steps."""
    for kept, new in zip(mean.parameters(), network.parameters(), strict=True):
        kept.lerp_(new, 1.0 / (steps + 1.0))


def _plain(losses: Losses) -> dict[str, float]:
    parts: dict[str, Tensor] = {
        "box": losses.box,
        "score": losses.score,
        "state": losses.state,
        "spill": losses.spill,
    }
    return {name: round(float(value.detach()), 4) for name, value in parts.items()}


def cached(data: Path, cache: Path) -> tuple[list[Store], list[tuple[Rgba, int]]]:
    """The stores and cut-outs below `cache`; what comes from the data is made where it is missing,
    rendered and painted stores (`rendered*`, `painted*`) are taken as they are."""
    if stores.load(cache / "sources") is None:
        prepare.build(data, cache / "sources")
    real = stores.load(cache / "sources")
    if real is None:
        raise FileNotFoundError(cache / "sources")
    if not (cache / "figures.npz").exists():
        figures.cut(real, data / BLAZEPOSE, cache / "figures.npz")
    made = [stores.load(f) for f in sorted([*cache.glob("rendered*"), *cache.glob("painted*")])]
    return [real, *(store for store in made if store)], figures.load(cache / "figures.npz")
