"""Which curves are drawn of each label, and the words beneath them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from edge.core.types import LABELS, Label
from models.evaluation.bounds import rate_upper
from models.evaluation.report import drawings, tables
from models.evaluation.report.numerals import counted, duration, rate, score, share
from models.evaluation.report.words import shown

Metrics = Mapping[str, Any]
Point = Mapping[str, Any]


@dataclass(frozen=True)
class Drawing:
    """A curve with its title and what to see in it."""

    title: str
    words: str
    svg: Markup


@dataclass(frozen=True)
class Curves:
    """All that is drawn of one label, and the table of what thresholds would give."""

    label: Label
    drawings: tuple[Drawing, ...]
    points: tuple[tables.Operating, ...]


def drawn(metrics: Metrics) -> tuple[Curves, ...]:
    """Of each label of which there is a curve."""
    found = []
    for label in LABELS:
        drawings_of = (
            *_det(metrics, label),
            *_frames(metrics, label),
            *_calibration(metrics, label),
        )
        det = metrics["curves"][label]["det"]
        happened = any(p["incidents"] or p["false_alarms_per_camera_day"] is not None for p in det)
        points = tables.operating_points(metrics, label) if happened else ()
        if drawings_of or points:
            found.append(Curves(label, drawings_of, points))
    return tuple(found)


def _det(metrics: Metrics, label: Label) -> Iterator[Drawing]:
    points: list[Point] = [p for p in metrics["curves"][label]["det"] if p["miss_rate"] is not None]
    points = [p for p in points if p["false_alarms_per_camera_day"] is not None]
    now = tables.operating(metrics, label)
    if not points or now is None or now["miss_rate"] is None:
        return
    found = metrics["labels"][label]["all"]
    alarms = rate(now["false_alarms_per_camera_day"])
    bound = rate(found["false_alarms_per_camera_day_upper95"], up=True)
    words = (
        "Misses against false alarms as the threshold moves; towards the lower left is better. The "
        f"ring is the threshold in use: {share(now['miss_rate'])} of "
        f"{counted(now['incidents'], 'incident')} missed, {alarms} a camera-day"
    )
    if shown(metrics, label) is found:
        words += (
            f", no better than {bound} at 95 %. On the grey strip there was no false alarm, which "
            f"in {duration(found['normal_hours'])} shows no better than {_none_shows(found)}."
        )
    else:
        words += (
            ". On the grey strip there was no false alarm. It is drawn of all recordings, and "
            "training saw some: it flatters, and shows nothing by itself."
        )
    described = f"DET curve of {label}: {_read_aloud(points)}"
    svg = drawings.det(f"det-{label}", label, points, now, described)
    yield Drawing("Detection error trade-off", words, svg)


def _none_shows(found: Metrics) -> str:
    """What no false alarm at all in so much footage would show, a camera-day at 95 %."""
    return rate(rate_upper(0, found["normal_hours"] / 24, 0.95), up=True)


def _read_aloud(points: Sequence[Point]) -> str:
    few = points[:: max(1, len(points) // 5)]
    return "; ".join(
        f"at {score(p['threshold'])} {share(p['miss_rate'])} missed, "
        f"{rate(p['false_alarms_per_camera_day'])} false alarms a camera-day"
        for p in few
    )


def _frames(metrics: Metrics, label: Label) -> Iterator[Drawing]:
    """Precision and recall, and ROC: of pictures, not of incidents."""
    found = metrics["labels"][label]["all"].get("frames") or {}
    curves = metrics["curves"][label]
    if curves["pr"]:
        area = score(found.get("average_precision"))
        svg = drawings.curve(
            f"pr-{label}",
            label,
            curves["pr"],
            ("recall", "precision"),
            f"precision over recall of single pictures for {label}, average precision {area}",
        )
        words = (
            f"Of single pictures, not of incidents: average precision {area} in "
            f"{counted(found['pictures'], 'picture')}. It moves with how often the truth says yes."
        )
        yield Drawing("Precision and recall", words, svg)
    if curves["roc"]:
        area = score(found.get("roc_auc"))
        svg = drawings.curve(
            f"roc-{label}",
            label,
            curves["roc"],
            ("false_positive_rate", "recall"),
            f"ROC curve of single pictures for {label}, area {area}",
        )
        words = f"Of single pictures: area {area}. The dotted line is guessing."
        yield Drawing("Receiver operating characteristic", words, svg)


def _calibration(metrics: Metrics, label: Label) -> Iterator[Drawing]:
    points = metrics["curves"][label]["calibration"]
    found = metrics["labels"][label]["all"].get("frames") or {}
    if len(points) < 2 or found["roc_auc"] is None:
        return
    error = score(found["expected_calibration_error"])
    svg = drawings.reliability(
        f"reliability-{label}",
        label,
        points,
        f"reliability of single pictures for {label}, expected calibration error {error}",
    )
    words = (
        "Of pictures with such a score, how many showed it; on the dotted line a score is a "
        f"probability, below it the network is too sure. Expected calibration error {error} over "
        f"{counted(found['pictures'], 'picture')}; a dot's size is how many it stands for."
    )
    yield Drawing("Calibration", words, svg)
