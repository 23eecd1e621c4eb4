"""Teaches the network that looks a second time, and tells how well it sees scenes kept apart.

Every ninth rendered scene is never learnt from. Of the sources' pictures nothing is kept apart:
what it is worth on people it never saw, only recordings can tell.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import rankdata
from torch import Tensor
from tqdm import tqdm

from alerts.errors import UserError
from models.closer import seen
from models.closer.close_ups import NOTHING, Shown
from models.closer.network import CLASSES, Closer
from models.labels import STATES
from models.schedule import set_rates
from models.weights import shipped

DOWN, LOW = STATES.index("down"), STATES.index("low")
BATCH = 64
RENDERED_SHARE = 0.7
# How much of what is drawn each class is; the classes a camera rarely doubts are shown least.
RENDERED: tuple[float, ...] = (0.08, 0.27, 0.38, 0.05, 0.22)
REAL: tuple[float, ...] = (0.15, 0.24, 0.32, 0.08, 0.21)
TRUNK_RATE, HEAD_RATE, DECAY = 4e-4, 2e-3, 1e-3
WARM_UP, GRADIENT_MAX, SMOOTHING = 60, 5.0, 0.05
KEPT_APART = 9  # every such scene; with 22 kinds of scenes in turn, some of each
TOLD_PX = 45.0  # how long those kept apart are in the camera's picture
KEEP_EVERY = 100
FILE = "last.pt"


@dataclass(frozen=True)
class Told:
    """Of close-ups kept apart: the share whose class is right, and the area under the ROC curve of
    `down` against all others, those who sit, kneel or crawl, and things."""

    shown: int
    right: float
    others: float
    low: float
    things: float


def apart(shown: Sequence[Shown]) -> tuple[list[Shown], list[Shown]]:
    """What to learn from, and what to tell by: every ninth scene."""
    told = [one for one in shown if _scene(one) % KEPT_APART == 0]
    return [one for one in shown if _scene(one) % KEPT_APART], told


def _scene(one: Shown) -> int:
    return int("".join(filter(str.isdigit, one.place)))


def train(
    rendered: Sequence[Shown], real: Sequence[Shown], out: Path, steps: int, seed: int = 1,
    *, keep_every: int = KEEP_EVERY,
) -> Closer:  # fmt: skip
    """Learn for so many steps, some half a second each on one core; goes on where a checkpoint in
    `out` left off, to the same weights as if it had not been broken off. Raises UserError where
    that is of another run."""
    torch.manual_seed(seed)
    network = Closer(shipped())
    for part in (network.backbone.stem, network.backbone.stage4):
        part.requires_grad_(False)
    optimiser = _optimiser(network)
    of = _Of(steps, seed, _digest([*rendered, *real]))
    begun = _resumed(out / FILE, network, optimiser, of)
    draw = _Draw(_by_class(rendered), _by_class(real), seed)
    network.train()
    with ThreadPoolExecutor(1) as ahead, tqdm(total=steps, initial=begun, unit="step") as bar:
        drawn: Future[tuple[Tensor, Tensor]] = ahead.submit(draw.batch, begun)
        for step in range(begun, steps):
            batch, kinds = drawn.result()
            drawn = ahead.submit(draw.batch, step + 1)
            torch.manual_seed(seed * 1_000_003 + step)  # of what is dropped
            set_rates(optimiser, step, steps, WARM_UP)
            loss = torch.nn.functional.cross_entropy(
                network(batch), kinds, label_smoothing=SMOOTHING
            )
            optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]  # untyped
            torch.nn.utils.clip_grad_norm_(network.parameters(), GRADIENT_MAX)
            optimiser.step()
            bar.set_postfix(loss=f"{loss.item():.2f}", refresh=False)
            bar.update()
            if (step + 1) % keep_every == 0 or step + 1 == steps:
                _keep(out / FILE, network, optimiser, step + 1, of)
    return network.eval()


def _optimiser(network: Closer) -> torch.optim.AdamW:
    head = {id(one) for one in network.head.parameters()}
    rest = [one for one in network.parameters() if one.requires_grad and id(one) not in head]
    groups = [
        {"params": rest, "top": TRUNK_RATE},
        {"params": list(network.head.parameters()), "top": HEAD_RATE},
    ]
    return torch.optim.AdamW(groups, lr=TRUNK_RATE, weight_decay=DECAY)


@dataclass(frozen=True)
class _Of:
    """What a checkpoint is of."""

    steps: int
    seed: int
    shown: str


def _digest(shown: Sequence[Shown]) -> str:
    """Of what is learnt from, by its boxes, classes and places."""
    told = repr([(one.place, one.kind, *one.box) for one in shown])
    return hashlib.sha256(told.encode()).hexdigest()


def _keep(
    file: Path, network: Closer, optimiser: torch.optim.Optimizer, step: int, of: _Of
) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    state = {"network": network.state_dict(), "optimiser": optimiser.state_dict()}
    torch.save(state | {"step": step, "of": vars(of)}, file.with_suffix(".part"))
    file.with_suffix(".part").replace(file)


def kept(file: Path) -> Closer:
    """The network in a checkpoint. Raises UserError where there is none."""
    try:
        state = torch.load(file, weights_only=True)["network"]
        network = Closer(shipped())
        network.load_state_dict(state)
    except (OSError, KeyError, RuntimeError, UnpicklingError) as error:
        raise UserError(
            f"{file}: no checkpoint of `python -m models.closer train` ({error})"
        ) from None
    return network.eval()


def _resumed(file: Path, network: Closer, optimiser: torch.optim.Optimizer, of: _Of) -> int:
    if not file.exists():
        return 0
    state = torch.load(file, weights_only=True)
    if state["of"] != vars(of):
        raise UserError(
            f"{file}: of a run with other steps, another seed or other close-ups; name another "
            "folder, or remove it"
        )
    network.load_state_dict(state["network"])
    optimiser.load_state_dict(state["optimiser"])
    return int(state["step"])


ByClass = tuple[tuple[Shown, ...], ...]


def _by_class(shown: Sequence[Shown]) -> ByClass:
    return tuple(tuple(one for one in shown if one.kind == kind) for kind in range(CLASSES))


@dataclass(frozen=True)
class _Draw:
    """Draws the batch of a step, the same for the same step."""

    rendered: ByClass
    real: ByClass
    seed: int

    def batch(self, step: int) -> tuple[Tensor, Tensor]:
        """BATCH×3×SIDE×SIDE float32, and their classes."""
        rng = np.random.default_rng((self.seed, step))
        chosen = [self._one(rng) for _ in range(BATCH)]
        pictures = np.stack([seen.varied(one.rgb, one.box, rng) for one in chosen])
        return images(pictures), torch.tensor([one.kind for one in chosen])

    def _one(self, rng: np.random.Generator) -> Shown:
        synthetic = not any(self.real) or rng.random() < RENDERED_SHARE
        of, shares = (self.rendered, RENDERED) if synthetic else (self.real, REAL)
        there = np.array([share if some else 0.0 for share, some in zip(shares, of, strict=True)])
        some = of[int(rng.choice(CLASSES, p=there / there.sum()))]
        return some[int(rng.integers(len(some)))]


def images(pictures: NDArray[np.uint8]) -> Tensor:
    """Close-ups N×SIDE×SIDE×3 as the network takes them."""
    return torch.from_numpy(np.ascontiguousarray(pictures.transpose(0, 3, 1, 2))).float()


@torch.no_grad()
def tell(network: Closer, shown: Sequence[Shown]) -> Told:
    """How well it sees these, each TOLD_PX long in its camera's picture; no noise, no codec."""
    said = []
    for begin in range(0, len(shown), BATCH):
        some = shown[begin : begin + BATCH]
        pictures = np.stack([seen.plain(one.rgb, one.box, TOLD_PX) for one in some])
        said.append(torch.softmax(network(images(pictures)), 1).numpy())
    found, kinds = np.concatenate(said), np.array([one.kind for one in shown])
    down = found[:, DOWN]

    def area(other: NDArray[np.bool_]) -> float:
        among = (kinds == DOWN) | other
        return under_roc(down[among], kinds[among] == DOWN)

    return Told(
        len(shown),
        float((found.argmax(1) == kinds).mean()),
        area(kinds != DOWN),
        area(kinds == LOW),
        area(kinds == NOTHING),
    )


def under_roc(scores: NDArray[np.float32], positive: NDArray[np.bool_]) -> float:
    """The area under the ROC curve, by ranks (Mann and Whitney); nan without one of both."""
    ones, zeros = int(positive.sum()), int((~positive).sum())
    if not ones or not zeros:
        return float("nan")
    return float((rankdata(scores)[positive].sum() - ones * (ones + 1) / 2) / (ones * zeros))
