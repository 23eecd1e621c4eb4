"""Which of the network's maps tells what is unusual in a room?

    python -m tests.models.bench_features [FOLDER] [--sites 12] [--first 10000]

In each rendered room a Gaussian a place is learnt from five minutes of an ordinary day (PaDiM:
Defard et al., 2020, https://arxiv.org/abs/2011.08785), shrunk towards one covariance for all; in
the next five, moments are judged with and without somebody on the floor, a puddle or a thing left
behind. Prints, for each map and two ways to 32 channels (a fixed random rotation, principal
components of the rooms to choose by), the area under the ROC curve of whole pictures (mean of their
three strangest places) and of places. A minute or two a room.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional
from tqdm import tqdm

from edge.core.card import Input
from edge.core.preprocess import to_batch
from edge.zoo import find
from models import weights
from models.network import Network
from tests.models.unusual import KINDS, PLACE_PX, Rgb, site

CHANNELS, SEED, BATCH, TOP = 32, 8, 8, 3
RIDGE = 20.0  # pictures' worth of the covariance that all places share
TRUNK, NECK = ("c4", "c8", "c16", "c32"), ("p8", "p16", "p32")
TRIED = (("c8",), ("c16",), ("c32",), ("p8",), ("p16",), ("p32",), ("c16", "p16"), NECK)
Floats = NDArray[np.float32]
Maps = Mapping[str, Floats]  # N×C×rows×columns each


@dataclass(frozen=True)
class Room:
    """One camera's pictures as maps; `unusual` by kind, with the places that are changed."""

    learnt: Maps
    usual: Maps
    unusual: Mapping[str, tuple[Maps, NDArray[np.bool_]]]


def maps_of(network: Network, pictures: Sequence[Rgb], spec: Input) -> Maps:
    """Every map of the pictures, averaged over places."""
    found: dict[str, list[Floats]] = {name: [] for name in (*TRUNK, *NECK)}
    for begin in range(0, len(pictures), BATCH):
        batch = to_batch(pictures[begin : begin + BATCH], spec).transpose(0, 3, 1, 2)
        images = torch.from_numpy(np.ascontiguousarray(batch)).float()
        with torch.no_grad():
            maps = network.maps(network.fine(images))
        for name, one in zip(found, (*maps.trunk, *maps.levels), strict=True):
            size = PLACE_PX * one.shape[3] // spec.width
            found[name].append(functional.avg_pool2d(one, size).numpy())
    return {name: np.concatenate(parts) for name, parts in found.items()}


def room(number: int, network: Network, spec: Input) -> Room:
    """The day of that number, seen."""
    shown = site(number)
    unusual = {
        kind: (maps_of(network, [rgb for _, rgb, _ in made], spec), np.array([w for *_, w in made]))
        for kind, made in shown.unusual.items()
        if made
    }
    learnt, usual = (maps_of(network, pictures, spec) for pictures in (shown.learnt, shown.usual))
    return Room(learnt, usual, unusual)


def joined(maps: Maps, names: Sequence[str]) -> Floats:
    """N×rows×columns×channels."""
    beside: Floats = np.concatenate([maps[name] for name in names], 1).transpose(0, 2, 3, 1)
    return beside


def rotated(given: Floats) -> Floats:
    """Axes (channels×32) drawn at random, at right angles to each other."""
    drawn = np.random.default_rng(SEED).normal(size=(given.shape[-1], CHANNELS))
    return np.linalg.qr(drawn)[0].astype(np.float32)


def principal(given: Floats) -> Floats:
    """The axes along which the pictures given differ most."""
    values, axes = np.linalg.eigh(np.cov(given.reshape(-1, given.shape[-1]).T))
    return np.asarray(axes[:, np.argsort(-values)[:CHANNELS]], np.float32)


def strange(learnt: Floats) -> Callable[[Floats], Floats]:
    """What gives each place's squared Mahalanobis distance, N×rows×columns."""
    mean = learnt.mean(0)
    off = learnt - mean
    shared = np.einsum("nrci,nrcj->ij", off, off) / off[..., 0].size
    own = np.einsum("nrci,nrcj->rcij", off, off)
    floor = 1e-3 * np.trace(shared) / len(shared) * np.eye(len(shared))
    inverse = np.linalg.inv((own + RIDGE * shared) / (len(off) + RIDGE) + floor)
    return lambda x: np.einsum("nrci,rcij,nrcj->nrc", x - mean, inverse, x - mean, optimize=True)


def area(usual: Floats, unusual: Floats) -> float:
    """Under the ROC curve: how often the unusual one scores higher."""
    ordered = np.sort(usual.ravel())
    below = [np.searchsorted(ordered, unusual.ravel(), side) for side in ("left", "right")]
    return float(sum(one.mean() for one in below)) / (2 * len(ordered))


def top(scores: Floats) -> Floats:
    """Of each picture the mean of its strangest places."""
    strangest = np.sort(scores.reshape(len(scores), -1), 1)[:, -TOP:]
    return np.asarray(strangest.mean(1), np.float32)


def areas(of: Room, names: Sequence[str], axes: Floats) -> dict[str, tuple[float, float]]:
    """By kind: the area of pictures and of places."""
    score = strange(joined(of.learnt, names) @ axes)
    usual = score(joined(of.usual, names) @ axes)
    found = {}
    for kind, (maps, changed) in of.unusual.items():
        scores = score(joined(maps, names) @ axes)
        found[kind] = (area(top(usual), top(scores)), area(usual, scores[changed]))
    return found


def line(rooms: Sequence[Room], others: Sequence[Room], names: Sequence[str], how: str) -> str:
    """A row of the table. Principal components are of the `others`' pictures."""
    given = np.concatenate([joined(one.learnt, names) for one in others])
    axes = rotated(given) if how == "random" else principal(given)
    each = [areas(one, names, axes) for one in rooms]
    told = [f"{'+'.join(names):14} {how:9}"]
    for kind in KINDS:
        pairs = np.array([one[kind] for one in each if kind in one]).reshape(-1, 2)
        told.append(f"{kind} {pairs[:, 0].mean():.3f} {pairs[:, 1].mean():.3f}")
    return " | ".join(told)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.models.bench_features")
    parser.add_argument("folder", nargs="?", type=Path, help="default: the shipped model")
    parser.add_argument("--sites", type=int, default=12, help="rooms (default: 12)")
    parser.add_argument("--first", type=int, default=10_000, help="the first one's number")
    args = parser.parse_args()
    model = find("first", args.folder)
    network = weights.of_onnx(model.path).eval()
    numbers = range(args.first, args.first + args.sites)
    rooms = [room(one, network, model.card.input) for one in tqdm(numbers, unit="rooms")]
    chose = max(1, len(rooms) // 2)
    parts = {"to choose by": rooms[:chose], "to report": rooms[chose:]}
    for label, part in parts.items():
        print(f"{label}, {len(part)} rooms: area under the curve of pictures, of places")
        for names in TRIED:
            for how in ("random", "principal"):
                print(line(part, rooms[:chose], names, how))


if __name__ == "__main__":
    main()
