"""Everything a training run depends on beside the data: a short YAML file.

    floorwatch train shipped --data DIR        # a recipe that ships with floorwatch
    floorwatch train my_recipe.yaml --data DIR

A run ends after so many steps, not after so much time: the same recipe gives the same schedule on
any machine.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, ValidationError, field_validator, model_validator
from typing_extensions import Self

from alerts.settings.document import parse
from alerts.settings.explain import explain
from alerts.settings.problem import Problem, bad
from alerts.settings.reading import text_of
from alerts.settings.terms import Strict, wrong
from models import splits

COCO = "coco"
MISSING = "`floorwatch train --help` tells which recipes ship"
SIDE_STEP_PX = 32  # the network's coarsest stride

Stage = Literal["stem", "stage4", "stage8", "stage16", "stage32", "neck"]
Share = Annotated[float, Field(gt=0.0, lt=1000.0)]


class Rates(Strict):
    """Learning rates at the top of the schedule."""

    heads: float = Field(gt=0.0, lt=1.0, description="Of the state head and the spill head.")
    trunk: float = Field(gt=0.0, lt=1.0, description="Of the rest: what came from COCO.")


class Alarms(Strict):
    """Scores from half of which on a picture is shown again, and how much that counts then."""

    collapse: float = Field(default=0.3, gt=0.0, le=1.0, description="That somebody is down.")
    spill: float = Field(default=0.5, gt=0.0, le=1.0, description="That a cell is wet.")
    collapse_weight: float = Field(default=2.0, ge=0.0, le=1000.0, description="Of the former.")
    spill_weight: float = Field(default=2.0, ge=0.0, le=1000.0, description="Of the latter.")


class OwnView(Strict):
    """How a site's whole pictures teach the state heads at the end of its run."""

    steps: int = Field(default=600, ge=1, le=1_000_000, description="How many.")
    batch: int = Field(
        default=6, ge=1, le=256, description="Pictures of each kind a step: normal, guests, others."
    )
    pictures: int = Field(default=600, ge=1, le=100_000, description="Of the normal footage.")
    guests: int = Field(default=800, ge=1, le=100_000, description="Pictures with people put in.")
    rate: float = Field(default=1e-3, gt=0.0, lt=1.0, description="Learning rate at the top.")
    decay: float = Field(default=1e-4, ge=0.0, le=1.0, description="Of the weights.")
    wrong_weight: float = Field(
        default=14.0, ge=0.0, le=1000.0, description="How much a false alarm counts."
    )
    gradient_max: float = Field(default=10.0, gt=0.0, lt=1e6, description="Longer ones are cut.")
    close_up_steps: int = Field(
        default=250, ge=0, le=1_000_000, description="Of second looks, after it; 0: as they were."
    )


class Recipe(Strict):
    """A training run. Every key without a default must be given."""

    version: Literal[1] = Field(description="Of this file's format.")
    learns_from: Literal["sources", "site"] = Field(
        default="sources",
        description="What --data holds: falls/, spills/, normal/ of the shipped model, or a site's "
        "own people/, spills/, normal/.",
    )
    init: str = Field(
        default=COCO,
        min_length=1,
        max_length=1000,
        description="Weights to begin with: coco, shipped, or a checkpoint, say runs/a/last.pt.",
    )
    seed: int = Field(default=1, ge=0, le=2**31, description="Of all that is drawn.")
    steps: int = Field(ge=1, le=10_000_000, description="How many; then the run is finished.")
    batch: int = Field(default=16, ge=1, le=4096, description="Pictures a step.")
    quiet: int = Field(
        default=0,
        ge=0,
        le=4096,
        description="Pictures a step on which nothing happens and the model at the start alarmed.",
    )
    alarms: Alarms = Field(
        default=Alarms(), description="What the model at the start would alarm at, for `quiet`."
    )
    own_view: OwnView | None = Field(
        default=None, description="Of a site's normal footage, at the end of its run."
    )
    side_px: int = Field(default=320, ge=64, le=1280, description="Of the crops; a multiple of 32.")
    rates: Rates = Field(description="Learning rates.")
    decay: float = Field(default=1e-4, ge=0.0, le=1.0, description="Of the weights.")
    warm_up_steps: int = Field(default=100, ge=1, le=1_000_000, description="To the full rates.")
    mean_steps: int = Field(
        default=300, ge=1, le=1_000_000, description="The kept weights' running mean."
    )
    start_share: float = Field(
        default=0.0,
        ge=0.0,
        le=1.0,
        description="How much of the weights a site's run began with is mixed in at its end.",
    )
    gradient_max: float = Field(default=10.0, gt=0.0, lt=1e6, description="Longer ones are cut.")
    frozen: tuple[Stage, ...] = Field(
        default=("stem", "stage4"), description="Parts of the trunk that do not learn."
    )
    shares: dict[str, Share] = Field(
        min_length=1, description="How much of a batch each source is, by its name."
    )
    hold_out: tuple[str, ...] = Field(
        default=(), description="Places not to learn from: lists of models/splits.py, or places."
    )
    amp: bool = Field(default=True, description="Convolutions in 16 bits (bfloat16).")
    threads: int = Field(default=1, ge=1, le=256, description="CPU threads of the network.")
    device: Literal["auto", "cpu", "cuda"] = Field(
        default="auto", description="auto is a GPU where there is one."
    )
    keep_every_steps: int = Field(
        default=200, ge=1, le=1_000_000, description="Steps from checkpoint to checkpoint."
    )

    @field_validator("side_px")
    @classmethod
    def _fits_the_strides(cls, side_px: int) -> int:
        if side_px % SIDE_STEP_PX:
            raise ValueError(f"give a multiple of {SIDE_STEP_PX}, such as 320")
        return side_px

    @model_validator(mode="after")
    def _knows_alarms(self) -> Self:
        if self.quiet and self.init == COCO:
            words = "what coco's weights call down says nothing; begin with shipped or a checkpoint"
            raise wrong(words, "quiet")
        return self

    @model_validator(mode="after")
    def _knows_states(self) -> Self:
        if self.learns_from == "site" and self.init == COCO:
            words = "what a site adds to must know the states; begin with shipped or a checkpoint"
            raise wrong(words, "init")
        return self

    @field_validator("hold_out")
    @classmethod
    def _is_known(cls, hold_out: tuple[str, ...]) -> tuple[str, ...]:
        try:
            splits.beginnings(hold_out)
        except splits.BadSplit as error:
            raise ValueError(str(error)) from None
        return hold_out

    @property
    def held_out(self) -> tuple[str, ...]:
        """The places held out."""
        return splits.beginnings(self.hold_out)


def load(file: Path, **instead: str) -> Recipe:
    """A recipe; `instead` replaces keys, as the command line does. Raises BadConfig, a line for
    each mistake."""
    document = parse(text_of(file, "a recipe", MISSING), str(file))
    values: dict[str, Any] = {**document.values, **instead}
    try:
        return Recipe.model_validate_json(json.dumps(values))
    except ValidationError as error:
        problems = [
            Problem(None if keys[:1] and keys[0] in instead else document.line_of(keys), keys, said)
            for keys, said in explain(error.errors(), Recipe)
        ]
        raise bad(str(file), problems) from None


def dump(recipe: Recipe) -> str:
    """A recipe as a file that says every key."""
    values = recipe.model_dump(mode="json")
    return yaml.safe_dump(values, sort_keys=False, allow_unicode=True)


def differences(one: Recipe, other: Recipe) -> list[tuple[str, str, str]]:
    """Keys that differ with both values; shares and rates one by one."""
    a, b = _flat(one), _flat(other)
    keys = dict.fromkeys([*a, *b])
    return [(k, a.get(k, "–"), b.get(k, "–")) for k in keys if a.get(k) != b.get(k)]


def _flat(recipe: Recipe) -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in recipe.model_dump(mode="json").items():
        if isinstance(value, dict):
            flat.update({f"{key}.{inner}": str(found) for inner, found in value.items()})
        else:
            flat[key] = ", ".join(value) if isinstance(value, list) else str(value)
    return flat
