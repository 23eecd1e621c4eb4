"""What every runtime is asked for when it is entered: a batch of blank pictures, whose outputs must
be what the card says. A file that loads but does not run, or not as its card has it, is found then.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from edge.core.card import Card
from edge.errors import BadModel
from edge.ports import FloatBatch, PictureBatch
from edge.zoo import Model

TRIED = 2  # a file exported for single pictures runs one, and fails when two cameras meet


def blank(card: Card, count: int = TRIED) -> PictureBatch:
    """So many black pictures, count×H×W×3 uint8."""
    return np.zeros((count, card.input.height, card.input.width, 3), np.uint8)


def check(outputs: Mapping[str, FloatBatch], model: Model) -> None:
    """Raises BadModel where the outputs of `TRIED` pictures are not what the card says."""
    card = model.card
    people, spill = outputs[card.people.name], outputs[card.spill.name]
    columns = 5 + len(card.people.states)
    said = f"model {model.path}: of {TRIED} pictures output"
    if people.ndim != 3 or people.shape[::2] != (TRIED, columns):
        raise BadModel(
            f"{said} {card.people.name} is {people.shape}, its card says {TRIED}×A×{columns}"
        )
    cells = sum(
        (card.input.height // stride) * (card.input.width // stride)
        for stride in card.people.strides
    )
    if cells not in (0, people.shape[1]):
        raise BadModel(
            f"{said} {card.people.name} has {people.shape[1]} rows, its card's strides make {cells}"
        )
    grid = (card.input.height // card.spill.stride, card.input.width // card.spill.stride)
    if spill.shape != (TRIED, *grid):
        raise BadModel(
            f"{said} {card.spill.name} is {spill.shape}, its card says {TRIED}×{grid[0]}×{grid[1]}"
        )
    if card.features is None or card.places is None:
        return
    features = outputs[card.features.name]
    if features.shape != (TRIED, *card.places):
        wanted = "×".join(map(str, (TRIED, *card.places)))
        raise BadModel(f"{said} {card.features.name} is {features.shape}, its card says {wanted}")


def one_line(error: Exception) -> str:
    """What a runtime says of a file, fit for a message."""
    return " ".join(str(error).split())[:300]
