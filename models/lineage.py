"""What a model's weights have learnt from, back to where they began: sources for the card, digests
for `training.txt`. It travels in the checkpoints, so that weights which begin with others, or are
the mean of several, forget nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from edge import zoo
from models import recipes, seen, sources
from models.recipe import Recipe

SHIPPED_MODEL = "first"
_OF_SITES = {"people", "spills"}  # shares that no source has
_MADE_HERE = "rendered"


@dataclass(frozen=True)
class Past:
    """What a run learnt from: the names in its recipe's `shares:`, the places held out, and what
    --data held. `began` names the sources behind the exported model it began with, if it did.
    `saw` are digests of that model's list and of the run's own clips and pictures; without
    `all_known` its own are lacking."""

    shares: tuple[str, ...]
    held_out: tuple[str, ...]
    learns_from: str = "sources"
    began: tuple[str, ...] = ()
    saw: tuple[str, ...] = ()
    all_known: bool = False

    @property
    def origins(self) -> tuple[str, ...]:
        """The names that `models.sources` has for all of it."""
        if self.learns_from == "sources":
            return (*self.began, *self.shares)
        own = tuple(name for name in self.shares if name == _MADE_HERE)
        return (*self.began, *own, sources.SITE.key)

    def went_on(self, before: Past) -> Past:
        """The same run, begun earlier, maybe when --data held something else."""
        saw = tuple(sorted({*before.saw, *self.saw}))
        return replace(self, saw=saw, all_known=self.all_known or before.all_known)


def of_run(recipe: Recipe, data: Path | None) -> Past:
    """What a run learns from, by its recipe and --data; not what the checkpoint it begins with
    learnt from."""
    began: tuple[str, ...] = ()
    saw: frozenset[str] = frozenset()
    if recipe.init == recipes.SHIPPED:
        model = zoo.find(SHIPPED_MODEL, None)
        names = {origin.name for origin in model.card.origins}
        began = tuple(one.key for one in sources.ALL if one.shares and one.name in names)
        saw = seen.read(model.path.parent)
    files = _files(recipe, data)
    own = frozenset(seen.digest(path) for path in files or ())
    return Past(
        tuple(recipe.shares),
        recipe.held_out,
        recipe.learns_from,
        began,
        tuple(sorted(saw | own)),
        files is not None,
    )


def _files(recipe: Recipe, data: Path | None) -> Iterable[Path] | None:
    """What a run learns from; None where it is not at hand, but in the cache alone."""
    if data is None:
        return None
    if recipe.learns_from == "site":
        return seen.of_site(data)
    there = (data / sources.HOSPITAL_BED.folder / "boxes.csv").is_file()
    return seen.of_training(data, recipe.held_out) if there else None


def read(entry: Mapping[str, Any]) -> Past:
    """One run of those a checkpoint lists; older ones say less."""
    names = ("shares", "held_out", "began", "saw")
    lists = {name: tuple(entry[name]) for name in names if name in entry}
    guessed = "site" if _OF_SITES & set(entry["shares"]) else "sources"
    return Past(
        **lists,
        learns_from=entry.get("learns_from", guessed),
        all_known=entry.get("all_known", False),
    )


def write(past: Sequence[Past], data: Path | None, folder: Path) -> str:
    """Write `training.txt` into a model's folder. Returns a line that tells of it.

    `data` are the sources, for runs that did not note digests. What is known of neither is said;
    then digests that are in the folder already stay: rather one too many than one too few.
    """
    digests = {one for run in past for one in run.saw}
    unknown = False
    for run in past:
        if run.all_known:
            continue
        if run.learns_from == "sources" and data is not None:
            digests |= {seen.digest(path) for path in seen.of_training(data, run.held_out)}
        else:
            unknown = True
    if unknown:
        digests |= seen.read(folder)
    count = seen.write(folder, digests)
    told = f"{count} clips and pictures in {folder / seen.FILE}"
    return f"{told}; more was learnt from: --data DIR tells of what" if unknown else told
