"""All numbers of an evaluation as one JSON-able dict: `metrics.json`. What each key means stands in
`keys`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from edge.core.types import LABELS, Label
from models.evaluation import curves, event_level, frame_level, parts, picture_level
from models.evaluation.alarms import Watched
from models.evaluation.matching import outcome
from models.evaluation.outcome import FalseAlarm, Incident, Outcomes
from models.evaluation.parts import Part, Split
from models.evaluation.stretches import length_s
from models.evaluation.trace import Gap

Numbers = dict[str, Any]

VERSION = 1
_DIGITS = 6
_FUZZ = 1e-3  # of the sixth digit: how machines add
_BOTH = "any"


def build(watched: Iterable[Watched], about: Mapping[str, Any], by: Sequence[str] = ()) -> Numbers:
    """The numbers of all that was watched. `about` is what they rest on, passed through; `by` names
    further columns of the truth to tell apart. The same for the same input, in whatever order it
    comes. Raises BadMask."""
    every = parts.whole(watched)
    split = parts.split(every, by)
    became = {label: outcome(label, every.matched[label]) for label in LABELS}
    of_frames = {label: frame_level.samples(every.watched, label) for label in LABELS}
    found: Numbers = {
        "metrics_version": VERSION,
        "about": dict(about),
        "base_rate_per_camera_day": event_level.BASE_RATE_PER_CAMERA_DAY,
        "recordings": _recordings(every.watched),
        "fit": _fit(every.watched),
        "labels": {
            **{label: _split(split, _events(label)) for label in LABELS},
            _BOTH: _split(split, _any),
        },
        "curves": {
            label: {
                "det": curves.det(every.watched, label),
                "pr": curves.pr(frames),
                "roc": curves.roc(frames),
                "calibration": frame_level.reliability(frames),
            }
            for label, frames in of_frames.items()
        },
        "pictures": {"spill": _pictures(every, by)},
        "incidents": _incidents(became, by),
        "false_alarms": _false_alarms(became),
    }
    return dict(_rounded({key: one for key, one in found.items() if key != "about"})) | {
        "about": found["about"]
    }


def _split(of: Split, numbers: Callable[[Part], Numbers]) -> Numbers:
    return {
        "all": numbers(of.all),
        "sources": {name: numbers(part) for name, part in of.sources.items()},
        "strata": {
            column: {name: numbers(part) for name, part in values.items()}
            for column, values in of.strata.items()
        },
    }


def _events(label: Label) -> Callable[[Part], Numbers]:
    def numbers(part: Part) -> Numbers:
        found = outcome(label, part.matched[label])
        frames = frame_level.numbers(frame_level.samples(part.watched, label))
        return event_level.numbers([found], found.normal_s) | {"frames": frames}

    return numbers


def _any(part: Part) -> Numbers:
    found = [outcome(label, part.matched[label]) for label in LABELS]
    normal_s = sum(
        length_s(stretch for one in of_one for stretch in one.normal)
        for of_one in zip(*(part.matched[label] for label in LABELS), strict=True)
    )
    return event_level.numbers(found, normal_s) | {"frames": None}


def _pictures(every: Part, by: Sequence[str]) -> Numbers:
    shots = picture_level.shots(every.watched)
    at = picture_level.limits(shots)

    def numbers(part: Part) -> Numbers:
        keys = {one.recording.key for one in part.watched}
        return picture_level.numbers([s for s in shots if s.recording.key in keys], at)

    singles = tuple(one for one in every.watched if one.recording.kind == "picture")
    return _split(parts.split(parts.whole(singles), ("kind", *by)), numbers)


def _recordings(watched: Sequence[Watched]) -> Numbers:
    damaged = [one for one in watched if one.trace.damage]
    return {
        "count": len(watched),
        "pictures": sum(one.recording.kind == "picture" for one in watched),
        "trained": sum(one.recording.trained for one in watched),
        "hours": sum(one.trace.seconds for one in watched) / 3600,
        "held_s": sum(_held_s(one) for one in watched),
        "analysed": sum(int((~one.trace.held).sum()) for one in watched),
        "skipped": sum(one.trace.skipped for one in watched),
        "damaged": {
            f"{one.recording.source}: {one.recording.name}": one.trace.damage for one in damaged
        },
    }


def _fit(watched: Sequence[Watched]) -> Numbers:
    """Whether the cameras saw, whatever they were watched for."""
    lasting = [one.trace for one in watched if one.recording.kind != "picture"]
    seconds = sum(one.seconds for one in lasting)
    blind_s = sum(length_s((gap.from_s, gap.to_s) for gap in one.gaps) for one in lasting)
    reasons = sorted({gap.reason for one in lasting for gap in one.gaps})
    return {
        "coverage": 1 - blind_s / seconds if seconds else None,
        "hours_blind": {
            reason: sum(
                length_s((gap.from_s, gap.to_s) for gap in one.gaps if gap.reason == reason)
                for one in lasting
            )
            / 3600
            for reason in reasons
        },
        "recordings_blind": sum(any(not _stream(gap) for gap in one.gaps) for one in lasting),
        "recordings_told": sum(any(_told(gap) for gap in one.gaps) for one in lasting),
    }


def _stream(gap: Gap) -> bool:
    return gap.reason in {"offline", "no_frames"}


def _told(gap: Gap) -> bool:
    return gap.told and not _stream(gap)


def _held_s(one: Watched) -> float:
    own = one.trace.at_s[~one.trace.held]
    return float(one.trace.at_s[-1] - own[-1]) if one.trace.held.any() and len(own) else 0.0


def _incidents(became: Outcomes, by: Sequence[str]) -> list[Numbers]:
    found = [one for label in LABELS for one in became[label].incidents]
    return [_incident(one, by) for one in sorted(found, key=lambda one: (one.label, one.name))]


def _incident(one: Incident, by: Sequence[str]) -> Numbers:
    first = one.sightings[0]
    found = {
        "name": one.name,
        "label": one.label,
        "source": first.recording.source,
        "clips": list(dict.fromkeys(seen.recording.name for seen in one.sightings)),
        "detected": one.delay_s is not None,
        "delay_s": one.delay_s,
        "best": one.best,
        "by_update": event_level.by_update(one),
        "late": event_level.late(one),
        "excused": one.excused,
        "in_training": any(seen.recording.trained for seen in one.sightings),
    }
    columns = dict.fromkeys((*parts.COLUMNS, *by))
    said = {name: parts.value(name, first.recording, first.span) for name in columns}
    return found | {name: value for name, value in said.items() if name not in found}


def _false_alarms(became: Outcomes) -> list[Numbers]:
    return [_false_alarm(alarm) for label in LABELS for alarm in became[label].false_alarms]


def _false_alarm(alarm: FalseAlarm) -> Numbers:
    return {
        "clip": alarm.recording.name,
        "source": alarm.recording.source,
        "label": alarm.alert.label,
        "t_s": alarm.alert.t_s,
        "score": alarm.alert.score,
        "threshold": alarm.alert.threshold,
        "held": alarm.alert.held,
        "zone": alarm.alert.zone,
    }


def _rounded(value: Any, key: str = "") -> Any:
    """Floats to six digits: what differs behind them is how machines add. Bounds, known by their
    keys, are rounded away from what one would like to hear."""
    if isinstance(value, float):
        scaled = value * 10**_DIGITS
        if key.endswith("_lower95"):
            return math.floor(scaled + _FUZZ) / 10**_DIGITS
        if key.endswith("_upper95"):
            return math.ceil(scaled - _FUZZ) / 10**_DIGITS
        return round(value, _DIGITS)
    if isinstance(value, dict):
        return {key: _rounded(one, key) for key, one in value.items()}
    if isinstance(value, list):
        return [_rounded(one) for one in value]
    return value
