"""What `floorwatch evaluate` prints: the numbers that count, each with its bound."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from rich import box
from rich.table import Table

Numbers = Mapping[str, Any]
_LABELS = ("collapse", "spill")


def table(metrics: Numbers) -> Table:
    """A column for each label that anything can be said of."""
    told = [label for label in _LABELS if _is_told(metrics["labels"][label]["all"])]
    found = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("", *told):
        found.add_column(heading)
    for heading, words in _ROWS:
        found.add_row(heading, *(words(metrics["labels"][label]["all"]) for label in told))
    found.add_row("worst source", *(_worst(metrics["labels"][label]["sources"]) for label in told))
    return found


def notes(metrics: Numbers) -> Iterator[str]:
    """What takes weight from the numbers, a line each."""
    held_s = metrics["about"]["settings"]["hold_last_s"]
    if held_s:
        yield f"the last picture of each clip was held {held_s:g} s"
    if trained := metrics["recordings"]["trained"]:
        of = metrics["recordings"]["count"]
        yield f"the model was trained on {trained} of the {of} recordings"
    for clip, words in metrics["recordings"]["damaged"].items():
        yield f"{clip}: {words}"


def _is_told(found: Numbers) -> bool:
    return bool(found["incidents"] or found["excused"] or found["normal_hours"])


def _found(found: Numbers) -> str:
    more = f", {found['excused']} not counted: no picture" if found["excused"] else ""
    return f"{found['detected']} of {found['incidents']}{more}"


def _recall(found: Numbers) -> str:
    return _with_bound(found["event_recall"], "at least", found["event_recall_lower95"])


def _false_alarms(found: Numbers) -> str:
    held = found["false_alarms_in_held_time"]
    more = f", {held} of them in held time" if held else ""
    return f"{found['false_alarms']} in {found['normal_hours']:.2f} h of nothing{more}"


def _rate(found: Numbers) -> str:
    upper = found["false_alarms_per_camera_day_upper95"]
    return _with_bound(found["false_alarms_per_camera_day"], "at most", upper)


def _time(found: Numbers) -> str:
    half, most = found["time_to_alert_p50_s"], found["time_to_alert_p95_s"]
    return "–" if half is None else f"half in {half:.1f} s, 95 % in {most:.1f} s"


def _with_bound(value: float | None, words: str, bound: float | None) -> str:
    if value is None or bound is None:
        return "–"
    return (
        f"{value:.3g}, {words} {bound:.3g}" if bound < 1000 else f"{value:.3g}, {words} {bound:.0f}"
    )


def _worst(sources: Mapping[str, Numbers]) -> str:
    """The source with the lowest recall, of several."""
    told = {name: one for name, one in sources.items() if one["event_recall"] is not None}
    if len(told) < 2:
        return "–"
    name = min(told, key=lambda one: (told[one]["event_recall"], one))
    return f"{name}: {told[name]['detected']} of {told[name]['incidents']}"


_ROWS: tuple[tuple[str, Callable[[Numbers], str]], ...] = (
    ("found", _found),
    ("recall", _recall),
    ("false alarms", _false_alarms),
    ("a camera-day", _rate),
    ("time to alert", _time),
)
