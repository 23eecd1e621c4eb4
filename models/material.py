"""What a run learns from: opened stores, cut-out people, and how much of a batch each is.

The pictures lie in a cache beside the runs. What comes from the sources is made where it is
missing; rendered and painted stores (`rendered*`, `painted*`) are taken as they are.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from alerts.errors import UserError
from models import figures, prepare, sources, stores
from models.cutout import LOW, UPRIGHT, Rgba
from models.dataset import Mix
from models.labels import STATES, UNKNOWN
from models.recipe import Recipe
from models.stores import Store

CUT_OUTS = "cutouts.npz"
EVENTLESS = ("normal", "rooms")
ACTS = ("gmdcsa24", "assist_iot")  # one person each, and what they do is known by the second
MADE = ("rendered", "painted")  # by us, so all that is in them is known
MAYBE_DOWN = {STATES.index("down"), UNKNOWN}


class NothingToLearn(UserError):
    """A source the recipe counts on has no picture, or the data are not there."""


@dataclass(frozen=True)
class Material:
    """Opened stores, and cut-outs with their state."""

    stores: list[Store]
    figures: list[tuple[Rgba, int]]


def of_sources(data: Path | None, cache: Path, recipe: Recipe) -> Material:
    """The sources below `data`, prepared once. Raises NothingToLearn or Incomplete."""
    found, file = opened(data, cache), cache / CUT_OUTS
    if not figures.are_of(found[0], file):
        if file.exists():
            words = f"{file}: the labels, or how people are cut out, changed since it was written"
            print(f"{words}; people are cut out anew", file=sys.stderr)
        figures.cut(found[0], _there(data) / sources.BLAZEPOSE_FILE, file)
    return Material(found, figures.load(file, found[0], recipe.held_out))


def opened(data: Path | None, cache: Path) -> list[Store]:
    """The prepared sources, made where they are missing, then what was rendered and painted.
    Raises NothingToLearn or Incomplete."""
    real = stores.load(cache / "sources")
    if real is None:
        prepare.build(_there(data), cache / "sources")
        real = stores.load(cache / "sources")
    if real is None:
        raise NothingToLearn(f"{cache}/sources: cannot be read; remove it and start again")
    made = [stores.load(f) for f in sorted([*cache.glob("rendered*"), *cache.glob("painted*")])]
    return [real, *(store for store in made if store)]


def _there(data: Path | None) -> Path:
    if data is None or not (data / "falls").is_dir():
        raise NothingToLearn(
            f"{data or 'no folder of data is named'}: say --data DIR with falls/, spills/, normal/"
        )
    for file in sources.FILES:  # now, not after minutes of work
        sources.there(data / file)
    return data


def eventless(material: Material, held_out: tuple[str, ...]) -> list[tuple[Store, int]]:
    """The pictures of `normal`, of the rooms without people, of acts in which everybody is known
    to stand, sit or bend, and the made ones with nobody down and nothing wet: what alarms there
    alarms wrongly."""
    return [
        (store, number)
        for store in material.stores
        for number in store.usable(held_out)
        if _is_eventless(store, number)
    ]


def _is_eventless(store: Store, number: int) -> bool:
    sample = store.samples[number]
    states = {person.state for person in sample.people}
    if sample.source in ACTS:
        return bool(states) and states <= {UPRIGHT, LOW}
    if sample.source in MADE:
        return sample.empty and not states & MAYBE_DOWN and store.mask(number) is None
    return sample.source in EVENTLESS


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
