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
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from models import figures, prepare, stores
from models.cutout import Rgba
from models.dataset import Ahead, Mix
from models.losses import Losses, all_losses
from models.network import Network, load_coco
from models.stores import Store

CHECKPOINT = "last.pt"
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


def train(data: Path, out: Path, settings: Settings, resume: bool, start: Path | None = None) -> None:
    """Train for `settings.minutes` of wall clock, leaving `last.pt`, `settings.json`, `log.jsonl`.

    `start` is a checkpoint whose weights are taken to begin with, its schedule not.
    """
    torch.manual_seed(settings.seed)
    torch.set_num_threads(settings.threads)
    out.mkdir(parents=True, exist_ok=True)
    (out / "settings.json").write_text(json.dumps(asdict(settings), indent=1), encoding="utf-8")
    cache = out.parent / "cache"
    # Channels last: depthwise convolutions train four times as fast on a CPU.
    teacher = _coco(data).to(memory_format=torch.channels_last)
    network = _coco(data).to(memory_format=torch.channels_last)
    # Edges and textures are as COCO has them; learning them again would cost half the time.
    for part in (network.backbone.stem, network.backbone.stage4):
        part.requires_grad_(False)
    if start is not None:
        _take(network, torch.load(start, weights_only=True)["mean"])
    mean = copy.deepcopy(network)
    optimiser = _optimiser(network, settings)
    done_s, step = 0.0, 0
    if resume and (out / CHECKPOINT).exists():
        kept = torch.load(out / CHECKPOINT, weights_only=True)
        network.load_state_dict(kept["network"])
        mean.load_state_dict(kept["mean"])
        optimiser.load_state_dict(kept["optimiser"])
        done_s, step = kept["done_s"], kept["step"]
    opened, cut_outs = cached(data, cache)
    mix = Mix(opened, cut_outs, settings.seed + step, settings.side_px)
    ahead = Ahead(mix, settings.batch)
    began = time.monotonic() - done_s
    bar = tqdm(total=round(settings.minutes * 60), unit="s", mininterval=10)
    try:
        with (out / "log.jsonl").open("a", encoding="utf-8") as log:
            while (spent := time.monotonic() - began) < settings.minutes * 60:
                _set_rates(optimiser, settings, step, spent)
                losses = _step(network, teacher, optimiser, ahead, settings)
                _follow(mean, network, min(step / 10.0, settings.mean_steps))
                step += 1
                bar.update(round(spent) - bar.n)
                if step % 20 == 0:
                    log.write(json.dumps({"step": step, "s": round(spent), **_plain(losses)}) + "\n")
                    log.flush()
                if step % 200 == 0:
                    _keep(out, network, mean, optimiser, spent, step)
    finally:
        ahead.close()
        bar.close()
    _keep(out, network, mean, optimiser, settings.minutes * 60, step)


def _coco(data: Path) -> Network:
    network = Network()
    load_coco(network, data / COCO)
    return network


def _take(network: Network, weights: dict[str, Tensor]) -> None:
    """Weights that still fit; a head whose shape has changed since then starts afresh."""
    own = network.state_dict()
    fits = {name: w for name, w in weights.items() if name in own and own[name].shape == w.shape}
    network.load_state_dict(fits, strict=False)


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


def _step(
    network: Network,
    teacher: Network,
    optimiser: torch.optim.Optimizer,
    ahead: Ahead,
    settings: Settings,
) -> Losses:
    """One step of gradient descent."""
    batch = ahead.next()
    images = batch.images.contiguous(memory_format=torch.channels_last)
    with torch.no_grad():
        opinion = teacher.person_score(images)
    raw = network.raw(images)
    losses = all_losses(raw, opinion, batch.truths, (settings.side_px, settings.side_px))
    optimiser.zero_grad(set_to_none=True)
    losses.total.backward()  # type: ignore[no-untyped-call]  # torch leaves backward untyped
    torch.nn.utils.clip_grad_norm_(network.parameters(), settings.gradient_max)
    optimiser.step()
    return losses


@torch.no_grad()
def _follow(mean: Network, network: Network, steps: float) -> None:
    """Move the running mean towards the network, as if over the last `steps` steps."""
    for kept, new in zip(mean.parameters(), network.parameters(), strict=True):
        kept.lerp_(new, 1.0 / (steps + 1.0))


def _plain(losses: Losses) -> dict[str, float]:
    parts: dict[str, Tensor] = {
        "box": losses.box, "score": losses.score, "state": losses.state, "spill": losses.spill
    }
    return {name: round(float(value.detach()), 4) for name, value in parts.items()}


def _keep(
    out: Path,
    network: Network,
    mean: Network,
    optimiser: torch.optim.Optimizer,
    done_s: float,
    step: int,
) -> None:
    """Write the checkpoint beside the old one, then put it in its place."""
    state: dict[str, Any] = {
        "network": network.state_dict(),
        "mean": mean.state_dict(),
        "optimiser": optimiser.state_dict(),
        "done_s": done_s,
        "step": step,
    }
    torch.save(state, out / "next.pt")
    (out / "next.pt").replace(out / CHECKPOINT)


def cached(data: Path, cache: Path) -> tuple[list[Store], list[tuple[Rgba, int]]]:
    """The stores and cut-outs below `cache`; what comes from the data is made where it is missing,
    rendered and painted stores (`rendered*`, `painted*`) are taken as they are."""
    if stores.load(cache / "sources") is None:
        prepare.build(data, cache / "sources")
    real = stores.load(cache / "sources")
    assert real is not None
    if not (cache / "figures.npz").exists():
        figures.cut(real, data / BLAZEPOSE, cache / "figures.npz")
    made = [stores.load(f) for f in sorted([*cache.glob("rendered*"), *cache.glob("painted*")])]
    return [real, *(store for store in made if store)], figures.load(cache / "figures.npz")
