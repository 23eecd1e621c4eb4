"""The report's tables: numbers with their bounds and what they rest on, ready to be printed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from edge.core.types import LABELS, Label
from models.evaluation.report.numerals import duration, rate, score, seconds, share
from models.evaluation.report.provenance import by_training

Metrics = Mapping[str, Any]
_OPERATING_POINTS_MAX = 14
_COLUMNS: Mapping[str, str] = {
    "in_training": "seen in training",
    "unseen_source": "source, unseen by training",
}


@dataclass(frozen=True)
class Group:
    """A column of the key figures: whose they are, and the numbers by the table's rows."""

    label: str
    whose: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Stratum:
    """One value of one column. `bar` is its recall with the lower bound, `most` the upper
    bound of false alarms a camera-day."""

    label: Label
    column: str
    value: str
    incidents: int
    found: str
    bar: Bar
    alarms: str
    most: str
    most_per_day: float


@dataclass(frozen=True)
class Bar:
    """A recall and its lower bound, both shares; None where there is no incident."""

    recall: float | None
    least: float | None
    recall_words: str


@dataclass(frozen=True)
class Operating:
    """What one threshold would give. `now`: it is the one in use."""

    threshold: str
    found: str
    recall: str
    false_alarms: str
    false_alarms_per_day: str
    now: bool


KEY_ROWS = (
    "incidents",
    "found",
    "event recall",
    "… at least (95 %)",
    "normal footage",
    "false alarms",
    "… of them in held time",
    "… per camera-hour",
    "… per camera-day",
    "… at most (95 %)",
    "time to alert, half",
    "… 95 of 100",
    "alerted within 10 s",
    "precision at the base rate",
    "share of time seen",
    "repeats, not counted",
)


def bar(e: Metrics) -> Bar:
    """The recall of an event level."""
    if e["event_recall"] is None:
        return Bar(None, None, "")
    least = e["event_recall_lower95"]
    return Bar(e["event_recall"], least, f"at least {share(least, down=True)}")


def key_figures(metrics: Metrics) -> tuple[Group, ...]:
    """For each label all recordings, and those that training did not see where that differs."""
    groups = []
    for label in LABELS:
        found = metrics["labels"][label]
        groups.append(Group(label, "all", _cells(found["all"])))
        seen, others = by_training(found)
        if seen is not None and others is not None:
            groups.append(Group(label, "unseen by training", _cells(others)))
    return tuple(groups)


def _cells(e: Metrics) -> tuple[str, ...]:
    return (
        str(e["incidents"]),
        str(e["detected"]),
        share(e["event_recall"]),
        share(e["event_recall_lower95"], down=True) if e["incidents"] else share(None),
        duration(e["normal_hours"]),
        str(e["false_alarms"]),
        str(e["false_alarms_in_held_time"]),
        rate(e["false_alarms_per_camera_hour"]),
        rate(e["false_alarms_per_camera_day"]),
        rate(e["false_alarms_per_camera_day_upper95"], up=True),
        seconds(e["time_to_alert_p50_s"]),
        seconds(e["time_to_alert_p95_s"]),
        share(e["alerted_within_10s"]),
        # Without a false alarm it is 1, whatever the footage: that says nothing.
        share(e["precision_at_base_rate"] if e["false_alarms_per_camera_day"] else None),
        share(e["coverage"]),
        str(e["duplicates"]),
    )


FRAME_ROWS = (
    ("pictures", "pictures"),
    ("recall", "recall"),
    ("precision", "precision"),
    ("f1", "F1"),
    ("f2", "F2"),
    ("fnr", "false-negative rate"),
    ("npv", "negative predictive value"),
    ("specificity", "specificity"),
    ("roc_auc", "area under ROC"),
    ("average_precision", "average precision"),
    ("log_loss", "log loss"),
    ("expected_calibration_error", "expected calibration error"),
)


def frames(metrics: Metrics) -> tuple[Group, ...]:
    """The frame level of each label that has one."""
    return tuple(
        Group(label, "", tuple(_frame_cell(found, key) for key, _ in FRAME_ROWS))
        for label in LABELS
        if (found := metrics["labels"][label]["all"].get("frames"))
    )


def confusion(metrics: Metrics) -> tuple[Mapping[str, int], ...]:
    """The confusion matrix of each label of `frames`."""
    return tuple(
        {key: found[key] for key in ("tp", "fp", "fn", "tn")}
        for label in LABELS
        if (found := metrics["labels"][label]["all"].get("frames"))
    )


def _frame_cell(found: Metrics, key: str) -> str:
    value = found.get(key)
    return f"{value:,}" if isinstance(value, int) else score(value)


def strata(metrics: Metrics) -> tuple[tuple[str, tuple[Stratum, ...]], ...]:
    """By column (`source` first; others only where they tell apart), each worst first: by what
    recall is shown, then, where nothing happened, by how many false alarms a day must be reckoned
    with."""
    columns: dict[str, list[Stratum]] = {}
    for label in LABELS:
        found = metrics["labels"][label]
        for column, values in (("source", found["sources"]), *found["strata"].items()):
            rows = (_stratum(label, column, value, e) for value, e in values.items())
            columns.setdefault(column, []).extend(row for row in rows if row is not None)
    return tuple(
        (_COLUMNS.get(column, column), tuple(sorted(rows, key=_worst)))
        for column, rows in columns.items()
        if rows and (column == "source" or len({row.value for row in rows}) > 1)
    )


def _stratum(label: Label, column: str, value: str, e: Metrics) -> Stratum | None:
    if not e["incidents"] and not e["normal_hours"] and not e["false_alarms"]:
        return None
    happened = e["incidents"] > 0
    hours, of_them = e["normal_hours"], e["false_alarms_in_held_time"]
    held = f" ({of_them} held)" if of_them else ""
    return Stratum(
        label=label,
        column=column,
        value=value or "not said",
        incidents=e["incidents"],
        found=f"{e['detected']} of {e['incidents']}" if happened else "–",
        bar=bar(e),
        alarms=f"{e['false_alarms']} in {duration(hours)}{held}",
        most=rate(e["false_alarms_per_camera_day_upper95"], up=True),
        most_per_day=e["false_alarms_per_camera_day_upper95"] or 0.0,
    )


def _worst(row: Stratum) -> tuple[bool, float, float, float, str, str]:
    least, recall = row.bar.least or 0.0, row.bar.recall or 0.0
    alarms = 0.0 if row.bar.recall is not None else -row.most_per_day
    return row.bar.recall is None, least, recall, alarms, row.label, row.value


def operating_points(metrics: Metrics, label: Label) -> tuple[Operating, ...]:
    """What thresholds would give: about a dozen over the whole range, and what is in use."""
    points = [p for p in metrics["curves"][label]["det"] if not p["operating"]]
    step = max(1, -(-len(points) // _OPERATING_POINTS_MAX))
    now = operating(metrics, label)
    chosen = [*points[::step], *([] if now is None else [now])]
    return tuple(map(_operating, sorted(chosen, key=lambda p: p["threshold"] or 0.0)))


def _operating(point: Mapping[str, Any]) -> Operating:
    happened, missed = point["incidents"], point["miss_rate"]
    return Operating(
        "several" if point["threshold"] is None else score(point["threshold"]),
        f"{point['detected']} of {happened}" if happened else "–",
        share(None if missed is None else 1 - missed),
        str(point["false_alarms"]),
        rate(point["false_alarms_per_camera_day"]),
        now=point["operating"],
    )


def operating(metrics: Metrics, label: Label) -> Mapping[str, Any] | None:
    """The point of the DET curve that is in use; None without a curve."""
    points: list[Mapping[str, Any]] = metrics["curves"][label]["det"]
    return next((p for p in points if p["operating"]), None)
