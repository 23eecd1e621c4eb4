"""The model card: what a network takes, gives, was made from and was tuned on.

`card.json` lies beside `model.onnx`. A better network drops in when its card fits this schema;
nothing else in `edge` knows what is inside the file.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError
from typing_extensions import Self

from edge.core.types import LABELS, Label

VERSION: Final = 2
State = Literal["upright", "low", "down", "bed"]
Lower = Literal["fp16", "int8"]
Fraction = Annotated[float, Field(gt=0, lt=1)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Input(_Part):
    """What the network takes: N×height×width×3 uint8 RGB, the picture scaled to fit with its shape
    kept, placed top left, the rest filled with `pad`. It normalises by itself."""

    name: str
    width: Annotated[int, Field(ge=64, le=4096, multiple_of=32)]
    height: Annotated[int, Field(ge=64, le=4096, multiple_of=32)]
    pad: Annotated[int, Field(ge=0, le=255)] = 114


class People(_Part):
    """Output N×A×(5+S): cx, cy, w, h in input pixels, score, then one probability a state.
    Candidates under `score_floor` are not people; overlapping ones above `overlap_max` (IoU) are
    one person. With `strides` the A rows are the cells of the input, stride by stride, each row of
    cells from the left: then it can be shown which of them made an alert."""

    name: str
    states: tuple[State, ...]
    score_floor: Fraction = 0.1
    overlap_max: Fraction = 0.6
    strides: tuple[Annotated[int, Field(ge=1, le=64)], ...] = ()

    @field_validator("states")
    @classmethod
    def _can_alarm(cls, states: tuple[State, ...]) -> tuple[State, ...]:
        if "down" not in states or len(set(states)) < len(states):
            raise ValueError("each state stands there once, and `down` among them")
        return states


class Spill(_Part):
    """Output N×(height/stride)×(width/stride): probability that a cell shows spilled liquid."""

    name: str
    stride: Annotated[int, Field(ge=1, le=32)]


class CloseUps(_Part):
    """The network of second looks, a file beside the card. Takes N×side×side×3 uint8 RGB, each
    about a box and `span` times as wide as its longest side; gives N×(S+1), a probability for each
    state of `people.states`, and one that nobody is there."""

    file: str
    sha256: Sha256
    input: str
    output: str
    side: Annotated[int, Field(ge=32, le=512, multiple_of=32)]
    span: Annotated[float, Field(ge=1, le=4)]


class Features(_Part):
    """Output N×channels×⌊height/stride⌋×⌊width/stride⌋: what the network sees, a place of
    stride×stride pixels at a time, as numbers that mean nothing by themselves. A camera's normal
    pattern is learnt from them; no alert is made of them."""

    name: str
    channels: Annotated[int, Field(ge=1, le=256)]
    stride: Annotated[int, Field(ge=1, le=256)]


class CardThreshold(_Part):
    """A threshold and where it comes from. `target_recall`, `confidence` and `incidents` stay
    empty unless it was tuned to keep that promise."""

    value: Fraction
    source: str
    target_recall: Fraction | None = None
    confidence: Fraction | None = None
    incidents: Annotated[int, Field(ge=1)] | None = None


class Origin(_Part):
    """Something the weights were made from, and under which licence."""

    name: str
    licence: str
    attribution: str
    use: str


class Variant(_Part):
    """The same network in another precision, beside the card: a file strongly typed inside, with
    the same input and outputs. `made_from` is the digest of the file it was made from. `passed` is
    what its accuracy gate said, `measured` by what numbers; one that has not passed is run only
    where it is asked for by name."""

    file: str
    sha256: Sha256
    made_from: Sha256 | None = None
    passed: bool = True
    measured: dict[str, float] = {}


class Card(_Part):
    """Everything `edge` must know of a network, and everything a reader should. Without
    `features` the file gives none, and no normal pattern is learnt. Without `close_ups` nobody is
    looked at twice."""

    card_version: Literal[2]
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
    version: str
    licence: str
    file: str
    sha256: Sha256
    input: Input
    people: People
    spill: Spill
    features: Features | None = None
    close_ups: CloseUps | None = None
    thresholds: dict[Label, CardThreshold]
    origins: tuple[Origin, ...]
    variants: dict[Lower, Variant] = {}

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of what the network gives."""
        also = () if self.features is None else (self.features.name,)
        return (self.people.name, self.spill.name, *also)

    @property
    def close_ups_sha256(self) -> str | None:
        """The digest of the network of second looks; None where there is none."""
        return None if self.close_ups is None else self.close_ups.sha256

    @property
    def places(self) -> tuple[int, int, int] | None:
        """Channels, rows and columns of the features; None where there are none."""
        if self.features is None:
            return None
        stride = self.features.stride
        return self.features.channels, self.input.height // stride, self.input.width // stride

    @field_validator("card_version", mode="before")
    @classmethod
    def _of_this_version(cls, given: object) -> object:
        if type(given) is int and given < VERSION:
            raise PydanticCustomError(
                "old_card",
                "is {given}, of networks that take floats, which are no longer read; write the "
                "model again: `floorwatch export CHECKPOINT --to FOLDER`",
                {"given": given},
            )
        if type(given) is int and given > VERSION:
            raise PydanticCustomError(
                "new_card",
                "is {given}, this floorwatch reads {read}; update floorwatch",
                {"given": given, "read": VERSION},
            )
        return given

    @field_validator("thresholds")
    @classmethod
    def _of_every_label(cls, given: dict[Label, CardThreshold]) -> dict[Label, CardThreshold]:
        missing = [label for label in LABELS if label not in given]
        if missing:
            raise ValueError(f"no threshold of {', '.join(missing)}")
        return given

    @model_validator(mode="after")
    def _outputs_are_apart(self) -> Self:
        if len(set(self.outputs)) < len(self.outputs):
            raise ValueError(f"outputs are {', '.join(self.outputs)}; each needs its own name")
        if self.places is not None and not all(self.places):
            raise ValueError("features: stride is larger than the input; there is no place left")
        return self

    @model_validator(mode="after")
    def _variants_are_of_this_file(self) -> Self:
        for precision, variant in self.variants.items():
            if variant.made_from not in (None, self.sha256):
                raise PydanticCustomError(
                    "old_variant",
                    "variants: {precision} was made from another {file}; make it anew: `floorwatch "
                    "variants FOLDER`",
                    {"precision": precision, "file": self.file},
                )
        return self
