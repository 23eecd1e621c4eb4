"""The few lines `floorwatch evaluate` prints: the numbers that count, each with its bound."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.table import Table

Numbers = Mapping[str, Any]
_LABELS = ("collapse", "spill")


def table(metrics: Numbers) -> Table:
    """A row for each label that anything can be said about."""
    found = Table(title=None, header_style="bold", pad_edge=False)
    for heading in (
        "label",
        "found",
        "recall (at least)",
        "false alarms",
        "normal hours",
        "a camera-day (at most)",
        "time to alert",
        "worst source",
    ):
        found.add_column(heading)
    for label in _LABELS:
        of_label = metrics["labels"][label]
        if of_label["all"]["incidents"] or of_label["all"]["normal_hours"]:
            found.add_row(label, *_cells(of_label["all"]), _worst(of_label["sources"]))
    return found


def _cells(all_: Numbers) -> Iterator[str]:
    yield f"{all_['detected']} of {all_['incidents']}"
    yield _with_bound(all_["event_recall"], all_["event_recall_lower95"])
    yield str(all_["false_alarms"])
    yield f"{all_['normal_hours']:.2f}"
    yield _with_bound(
        all_["false_alarms_per_camera_day"], all_["false_alarms_per_camera_day_upper95"]
    )
    half, most = all_["time_to_alert_p50_s"], all_["time_to_alert_p95_s"]
    yield "–" if half is None else f"half in {half:.1f} s, 95 % in {most:.1f} s"


def _with_bound(value: float | None, bound: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.2f}" if bound is None else f"{value:.2f} ({bound:.2f})"


def _worst(sources: Mapping[str, Numbers]) -> str:
    """The source with the lowest recall, of several."""
    told = {name: one for name, one in sources.items() if one["event_recall"] is not None}
    if len(told) < 2:
        return "–"
    name = min(told, key=lambda one: (told[one]["event_recall"], one))
    return f"{name}: {told[name]['detected']} of {told[name]['incidents']}"
