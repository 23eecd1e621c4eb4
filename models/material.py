"""What a run learns from: opened stores, cut-out people, and how much of a batch each is.

The pictures lie in a cache beside the runs. What comes from the sources is made where it is
missing; rendered and painted stores (`rendered*`, `painted*`) are taken as they are.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path

from alerts.errors import UserError
from models import figures, prepare, splits, stores
from models.cutout import Rgba
from models.dataset import Mix
from models.recipe import Recipe
from models.stores import Store

BLAZEPOSE_FILE = "pretrained/blazepose_lite/blazepose_lite.onnx"
CUT_OUTS = "cutouts.npz"
LAID = "laid"
_ROW_STEP = 16  # rows of a picture that its digest looks at


class NothingToLearn(UserError):
    """A source the recipe counts on has no picture, or the data are not there."""


@dataclass(frozen=True)
class Material:
    """Opened stores and cut-outs with their state."""

    stores: list[Store]
    figures: list[tuple[Rgba, int]]


@dataclass(frozen=True)
class Digest:
    """Of a source: how many pictures are learnt from, how many are held out, and the sha256 over
    what is learnt from (labels, and every 16th row of the pictures)."""

    pictures: int
    held_out: int
    sha256: str


def of_sources(data: Path | None, cache: Path, recipe: Recipe) -> Material:
    """The sources below `data`, prepared once. Raises NothingToLearn."""
    real = stores.load(cache / "sources")
    if real is None:
        prepare.build(_there(data), cache / "sources")
        real = stores.load(cache / "sources")
    if real is None:
        raise NothingToLearn(f"{cache}/sources: cannot be read; remove it and start again")
    if not (cache / CUT_OUTS).exists():
        figures.cut(real, _there(data) / BLAZEPOSE_FILE, cache / CUT_OUTS)
    made = [stores.load(f) for f in sorted([*cache.glob("rendered*"), *cache.glob("painted*")])]
    opened = [real, *(store for store in made if store)]
    return Material(opened, figures.load(cache / CUT_OUTS, recipe.held_out))


def _there(data: Path | None) -> Path:
    if data is None or not (data / "falls").is_dir():
        raise NothingToLearn(
            f"{data or 'no folder of data is named'}: say --data DIR with falls/, spills/, normal/"
        )
    return data


def mix(material: Material, recipe: Recipe) -> Mix:
    """What batches are drawn from. Raises NothingToLearn for a source of the recipe that has
    nothing to draw; of a site's folders some may be missing, not all."""
    drawn = Mix(
        material.stores,
        material.figures,
        recipe.seed,
        recipe.side_px,
        shares=recipe.shares,
        held_out=recipe.held_out,
    )
    missing = [name for name in recipe.shares if name not in drawn.shares]
    if missing and (recipe.learns_from == "sources" or not drawn.shares):
        raise NothingToLearn(
            f"shares: {', '.join(missing)}: no picture to learn from; make some "
            "(`floorwatch render --help`), hold less out, or take it out of the recipe"
        )
    return drawn


def digests(material: Material, held_out: tuple[str, ...]) -> dict[str, Digest]:
    """Of every source, and of the cut-outs."""
    hashes: dict[str, hashlib._Hash] = defaultdict(hashlib.sha256)
    taken: dict[str, int] = defaultdict(int)
    left: dict[str, int] = defaultdict(int)
    for store in material.stores:
        for number, sample in enumerate(store.samples):
            if splits.held(sample.place, held_out):
                left[sample.source] += 1
                continue
            taken[sample.source] += 1
            hashes[sample.source].update(json.dumps(asdict(sample)).encode())
            hashes[sample.source].update(store.picture(number)[::_ROW_STEP].tobytes())
    for figure, state in material.figures:
        taken[LAID] += 1
        hashes[LAID].update(bytes([state]) + figure.tobytes())
    names = sorted({*taken, *left})
    return {n: Digest(taken[n], left[n], hashes[n].hexdigest()[:16]) for n in names}
