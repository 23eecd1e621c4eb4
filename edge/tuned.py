"""Thresholds that keep a promise, as `floorwatch tune` writes them and the site file names them.

A promise holds for the network, the frame rate and the alarm rules it was tuned with, so a file
that was tuned for others is refused: what is quoted in an alert is then what was shown.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field, ValidationError, model_validator
from typing_extensions import Self

from alerts.errors import BadConfig
from alerts.event import ThresholdUsed
from alerts.settings.document import parse
from alerts.settings.explain import explain
from alerts.settings.problem import Problem, bad
from alerts.settings.reading import text_of, version_of
from alerts.settings.terms import Strict, wrong
from edge.config.camera import Camera
from edge.config.schema import Config
from edge.core.card import Card
from edge.core.types import LABELS, Label

VERSION = 1
_AGAIN = "tune again (floorwatch tune --help)"
_WITHOUT = "`floorwatch tune` writes one; or take `thresholds:` out of the site file"
_CHANGED = (
    "changed since `floorwatch tune` wrote it: a changed value keeps no promise; tune again, or "
    "write the value into the site file (cameras[].labels.collapse.threshold)"
)
_SHOWN_MAX = 5  # rules that differ, of one site

_Share = Annotated[float, Field(gt=0, lt=1)]
_Seconds = Annotated[float, Field(ge=0, le=86_400)]


class _Threshold(Strict):
    value: _Share = Field(description="The score that alarms.")
    target_recall: _Share = Field(description="The share of incidents it is to catch.")
    confidence: _Share = Field(description="How sure that is.")
    incidents: int = Field(ge=1, description="How many independent ones it was tuned on.")
    misses: int = Field(ge=0, description="How many of them it misses.")

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if self.misses > self.incidents:
            raise wrong("more misses than incidents", "misses")
        return self


class _Labels(Strict):
    collapse: _Threshold | None = Field(default=None, description="Of collapses.")
    spill: _Threshold | None = Field(default=None, description="Of spills.")

    def of(self, label: Label) -> _Threshold | None:
        return self.collapse if label == "collapse" else self.spill


class _Model(Strict):
    name: str = Field(min_length=1, max_length=64, description="What it is called.")
    sha256: str = Field(
        pattern=r"^[0-9a-f]{64}$",
        description="Of model.onnx.",
        json_schema_extra={"allowed": "64 hexadecimal digits, in quotes"},
    )
    close_ups: str | None = Field(
        default=None,
        pattern=r"^[0-9a-f]{64}$",
        description="Of its file for close-ups, if it has one.",
        json_schema_extra={"allowed": "64 hexadecimal digits, in quotes"},
    )


class _CollapseRules(Strict):
    confirm_s: _Seconds = Field(description="As under `alarms:` of the site file.")
    slow_s: _Seconds = Field(description="As under `alarms:` of the site file.")
    second_look: bool = Field(
        default=False, description="As under `alarms:` of the site file; older files: none."
    )


class _SpillRules(Strict):
    persist_s: _Seconds = Field(description="As under `alarms:` of the site file.")
    standing_s: _Seconds = Field(description="As under `alarms:` of the site file.")


class _Rules(Strict):
    analyse_fps: float = Field(gt=0, lt=1000, description="As that of the cameras.")
    collapse: _CollapseRules = Field(description="When a collapse alarms.")
    spill: _SpillRules = Field(description="When a spill alarms.")


class _File(Strict):
    """All that a thresholds file may say."""

    version: Literal[1] = Field(description="Of this file's format.")
    model: _Model = Field(description="The network it was tuned for.")
    tuned_at: AwareDatetime = Field(
        description="When.",
        json_schema_extra={"allowed": 'a time such as "2026-11-20T12:00:00Z"'},
    )
    rules: _Rules = Field(description="What the promise was made for.")
    thresholds: _Labels = Field(description="For all cameras.")
    cameras: dict[str, _Labels] = Field(default={}, description="For single cameras, by name.")
    incidents: tuple[Any, ...] = Field(default=(), description="What it was tuned on.")
    seal: str = Field(description="Of all the rest, as `seal` makes it.")


@dataclass(frozen=True)
class Tuned:
    """A thresholds file. Its list of incidents is for `floorwatch verify` and is not kept."""

    path: Path
    said: _File

    def threshold(self, camera: str, label: Label) -> ThresholdUsed | None:
        """What it says for a camera, else for all of them; None where it promises nothing."""
        own = self.said.cameras.get(camera)
        kept = (own and own.of(label)) or self.said.thresholds.of(label)
        if kept is None:
            return None
        return ThresholdUsed(
            value=kept.value,
            source=f"{self.path.name}, tuned {self.said.tuned_at:%Y-%m-%d}",
            target_recall=kept.target_recall,
            confidence=kept.confidence,
            incidents=kept.incidents,
        )

    def strangers(self, config: Config) -> tuple[str, ...]:
        """Cameras it has thresholds for and the site has not: they may come back."""
        here = {camera.name for camera in config.cameras}
        return tuple(name for name in self.said.cameras if name not in here)

    def check(self, config: Config, card: Card) -> None:
        """Raises BadConfig where it was tuned for another network, or for other rules than the
        site's, as far as something here goes by it."""
        model = self.said.model
        if model.sha256 != card.sha256:
            raise BadConfig(
                f"{self.path}: tuned for model {model.name} ({model.sha256[:12]}…), the site has "
                f"{card.name} ({card.sha256[:12]}…); {_AGAIN}"
            )
        if model.close_ups != card.close_ups_sha256:
            raise BadConfig(
                f"{self.path}: tuned for model {model.name} with another network for close-ups "
                f"than the site's has; {_AGAIN}"
            )
        if other := list(self._differing(config)):
            more = [f"and {len(other) - _SHOWN_MAX} more"] if len(other) > _SHOWN_MAX else []
            raise BadConfig(
                f"{self.path}: the promise is for other rules: "
                f"{', '.join([*other[:_SHOWN_MAX], *more])}; put them back, or {_AGAIN}"
            )

    def _differing(self, config: Config) -> Iterator[str]:
        rules, fps = self.said.rules, self.said.rules.analyse_fps
        used = {label for camera in config.cameras for label in self._used(camera)}
        for label in LABELS:
            if label not in used:
                continue
            tuned = rules.collapse if label == "collapse" else rules.spill
            here = config.alarms.collapse if label == "collapse" else config.alarms.spill
            for key, value in tuned.model_dump().items():
                if (now := getattr(here, key)) != value:
                    yield f"alarms.{label}.{key} is {in_words(now)} here and was {in_words(value)}"
        for index, camera in enumerate(config.cameras):
            if self._used(camera) and camera.analyse_fps != fps:
                yield f"cameras[{index}].analyse_fps is {camera.analyse_fps:g} here and was {fps:g}"

    def _used(self, camera: Camera) -> tuple[Label, ...]:
        """The labels for which the camera goes by this file."""
        return tuple(
            label
            for label in LABELS
            if camera.labels.of(label).enabled
            and camera.labels.of(label).threshold is None
            and self.threshold(camera.name, label) is not None
        )


def in_words(value: float) -> str:
    """A rule's value in words."""
    return ("off", "on")[value] if isinstance(value, bool) else f"{value:g}"


def within(cameras: Sequence[Camera], label: Label) -> str:
    """What a promise is limited to on cameras with zones or masks for the label, in words; empty
    where there are none. A thresholds file knows nothing of either: what happens in a mask is
    missed at any threshold."""
    zones = [one.name for one in cameras if any(label in zone.labels for zone in one.zones)]
    masks = [one.name for one in cameras if any(label in mask.labels for mask in one.masks)]
    if zones == masks and zones:
        return f"of what happens inside the zones and outside the masks of {', '.join(zones)}"
    parts = [f"inside the zones of {', '.join(zones)}"] if zones else []
    parts += [f"outside the masks of {', '.join(masks)}"] if masks else []
    return f"of what happens {' and '.join(parts)}" if parts else ""


def seal(values: Mapping[str, Any]) -> str:
    """What shows that a thresholds file is as it was written: the SHA-256, in hexadecimal, of its
    values, as `alerts.settings.document.parse` gives them, without the seal itself. Spaces,
    comments and the order of keys play no part."""
    rest = {key: value for key, value in values.items() if key != "seal"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def read(path: Path, instead: str = _WITHOUT) -> Tuned:
    """The thresholds file at `path`. Raises `BadConfig`, a line for each thing that is wrong; one
    line alone where it is not as `floorwatch tune` wrote it, for no mending by hand helps then.
    `instead` says what to do where there is no such file."""
    file = str(path)
    document = parse(text_of(path, "a thresholds file", instead), file)
    version_of(document, file, VERSION)
    values = dict(document.values)
    if values.get("seal") != seal(values):
        raise BadConfig(f"{file}: {_CHANGED}")
    if isinstance(values.get("incidents"), list):
        values["incidents"] = []
    try:
        return Tuned(path, _File.model_validate_json(json.dumps(values)))
    except ValidationError as error:
        problems = [
            Problem(document.line_of(keys), keys, words)
            for keys, words in explain(error.errors(), _File)
        ]
        raise bad(file, problems) from None
