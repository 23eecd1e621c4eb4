"""A `metrics.json` read back: what of it is compared."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from alerts.errors import UserError
from edge.core.types import Label

METRICS_VERSION = 1
_SIZE_MAX = 500_000_000  # bytes

_Share = Annotated[str, Field(pattern=r"^0\.[0-9]{1,6}$")]  # of dry pictures, as a key


class BadMetrics(UserError):
    """Not a metrics.json, or not one that can be compared with the other."""


class _Part(BaseModel):
    # Keys that are not compared may come and go.
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class Frames(_Part):
    """What is compared of single pictures."""

    average_precision: float | None
    roc_auc: float | None


class Numbers(_Part):
    """What is compared of one label, over all or over one source."""

    false_alarms: int
    normal_hours: float
    false_alarms_per_camera_day: float | None
    false_alarms_per_camera_day_upper95: float | None
    coverage: float | None
    frames: Frames | None


class Found(_Part):
    """One incident. `best` is the highest threshold at which it trips in time; `in_training`: the
    model was trained on a recording of it."""

    name: str
    label: Label
    source: str
    clips: tuple[str, ...]
    detected: bool
    delay_s: float | None
    best: float
    excused: bool
    in_training: bool


class Alarm(_Part):
    """One false alarm."""

    clip: str
    source: str
    label: Label
    t_s: float
    score: float
    held: bool


class _Labelled(_Part):
    all: Numbers
    sources: dict[str, Numbers]


class Shares(_Part):
    """Of single pictures of spills that are found, where a fixed share of the dry ones alarms."""

    recall: float | None
    recall_lower95: float | None


class Pictures(_Part):
    """What is compared of single pictures of floors."""

    spills: int
    dry: int
    recall_at_fpr: dict[_Share, Shares]
    # At the threshold.
    recall: float | None = None
    recall_lower95: float | None = None


class PictureSets(_Part):
    """All pictures, and those of each source."""

    all: Pictures
    sources: dict[str, Pictures]


class Metrics(_Part):
    """The file."""

    about: dict[str, Any]
    labels: dict[str, _Labelled]
    pictures: dict[str, PictureSets]
    incidents: tuple[Found, ...]
    false_alarms: tuple[Alarm, ...]


class _Version(_Part):
    metrics_version: int


@dataclass(frozen=True)
class Measured:
    """One evaluation, and the file it was read from."""

    path: Path
    metrics: Metrics


def read(path: Path) -> Measured:
    """The metrics.json at `path`, or in that folder. Raises BadMetrics."""
    path = path / "metrics.json" if path.is_dir() else path
    try:
        if path.stat().st_size > _SIZE_MAX:
            raise BadMetrics(f"{path}: larger than {_SIZE_MAX} bytes; this is no metrics.json")
        text = path.read_bytes()
    except OSError as error:
        raise BadMetrics(
            f"{path}: cannot be read ({error.strerror}); `floorwatch evaluate` writes it"
        ) from None
    try:
        version = _Version.model_validate_json(text).metrics_version
        if version != METRICS_VERSION:
            raise BadMetrics(
                f"{path}: of version {version}, this floorwatch compares {METRICS_VERSION}; "
                "evaluate again"
            )
        return Measured(path, Metrics.model_validate_json(text))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise BadMetrics(
            f"{path}: not a metrics.json of `floorwatch evaluate`: {where}: {first['msg']}"
        ) from None
