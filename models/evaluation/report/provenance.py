"""What a run's numbers rest on: which of them training did not see, the thresholds used, and what
stands behind each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from edge.core.types import LABELS
from models.evaluation.report.numerals import TIGHT, counted, duration

Numbers = Mapping[str, Any]


@dataclass(frozen=True)
class Used:
    """One threshold. `camera` is empty where there is but one for all; `promise` says in words what
    it was tuned to keep, and is empty where it was not."""

    camera: str
    label: str
    value: float
    source: str
    promise: str


def by_training(split: Mapping[str, Any]) -> tuple[Numbers | None, Numbers | None]:
    """The numbers of what training saw, and of what it did not; None where there is none."""
    told = split["strata"].get("in_training", {})
    return told.get("yes"), told.get("no")


def unseen(split: Mapping[str, Any]) -> Numbers:
    """Of what training did not see, or of all where it saw all of it."""
    found = by_training(split)[1]
    whole: Numbers = split["all"]
    return whole if found is None else found


def thresholds(about: Mapping[str, Any]) -> tuple[Used, ...]:
    """Those in `about["thresholds"]`: by label, or by camera and then label."""
    return tuple(_read(about.get("thresholds", {}), ""))


def _read(found: Mapping[str, Any], camera: str) -> Iterator[Used]:
    for name, one in found.items():
        if name in LABELS and "value" in one:
            yield Used(camera, name, one["value"], one.get("source", ""), _promise(one))
        elif isinstance(one, Mapping):
            yield from _read(one, name)


def _promise(one: Mapping[str, Any]) -> str:
    if one.get("target_recall") is None:
        return ""
    words = f"recall {_exact(one['target_recall'])}"
    if one.get("confidence") is not None:
        words += f" at {_exact(one['confidence'])} confidence"
    if one.get("incidents") is not None:
        words += f", tuned on {counted(one['incidents'], 'incident')}"
    return f"{words} ({one.get('source', '')})"


def _exact(value: float) -> str:
    """What was promised, as it was: 95.5 % is not 96 %."""
    return f"{100 * value:.6g}{TIGHT}%"


def model(about: Mapping[str, Any]) -> str:
    """The model's name with the first letters of its digest."""
    one = about.get("model", {})
    name, digest = one.get("name", "?"), one.get("sha256", "")
    return f"{name} ({digest[:12]})" if digest else name


def watched(metrics: Mapping[str, Any]) -> str:
    """How much was looked at, in a line; a single picture lasts no time."""
    about = metrics["recordings"]
    pictures = about.get("pictures", 0)
    lasting = about["count"] - pictures
    parts = [f"{counted(lasting, 'recording')}, {duration(about['hours'])}"] if lasting else []
    parts += [counted(pictures, "single picture")] if pictures else []
    return " and ".join(parts) or "nothing"


def base_rate(metrics: Mapping[str, Any]) -> str:
    """Incidents a camera-day that the precision reckons with; empty where it is not said."""
    settings = metrics["about"].get("settings", {})
    value = metrics.get("base_rate_per_camera_day", settings.get("base_rate_per_camera_day"))
    return "" if value is None else f"{value:.2g}"
