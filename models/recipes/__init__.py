"""The recipes that ship, by name. What a recipe may say is in `models.recipe`; nothing heavy is
imported here, for `floorwatch --help` tells their names."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

SHIPPED = "shipped"  # the recipe of the shipped weights, and the weights themselves as `init`
FINETUNE = "finetune"


def names() -> tuple[str, ...]:
    """Of the recipes that ship."""
    return tuple(sorted(p.stem for p in _folder().glob("*.yaml")))


def find(said: str) -> Path:
    """The file of a recipe that ships, or the file said."""
    return _folder() / f"{said}.yaml" if said in names() else Path(said)


def _folder() -> Path:
    return Path(str(files("models"))) / "recipes"
