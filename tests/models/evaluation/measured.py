"""What `floorwatch evaluate` measured, from plain lists: as much of it as is compared."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from models.evaluation.metrics_file import Measured, Metrics

Found = tuple[str, float | None]  # name, delay (None: missed)


def incident(name: str, delay_s: float | None, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "label": "collapse",
        "source": "lab",
        "clips": [f"{name}.mp4"],
        "detected": delay_s is not None,
        "delay_s": delay_s,
        "best": 0.1 if delay_s is None else 0.8,
        "excused": False,
        "in_training": False,
        "light": "day",  # a column more
    } | more


def alarm(clip: str, t_s: float, **more: Any) -> dict[str, Any]:
    found = {"clip": clip, "source": "lab", "label": "collapse", "t_s": t_s, "score": 0.4}
    return found | {"threshold": 0.3, "held": False, "zone": None} | more


def numbers(false_alarms: int, hours: float, **more: Any) -> dict[str, Any]:
    a_day = None if hours == 0 else false_alarms * 24 / hours
    return {
        "incidents": 99,
        "false_alarms": false_alarms,
        "false_alarms_in_held_time": 0,
        "normal_hours": hours,
        "false_alarms_per_camera_day": a_day,
        "false_alarms_per_camera_day_upper95": None if a_day is None else a_day + 3,
        "coverage": 0.99,
        "frames": {"average_precision": 0.7, "roc_auc": 0.9},
    } | more


def floors(spills: int, dry: int, recall: float | None = None) -> dict[str, Any]:
    lower = None if recall is None else recall - 0.1
    share = {"threshold": 0.5, "recall": recall, "recall_lower95": lower}
    at = {"0.01": share, "0.05": share}
    return {"pictures": spills + dry, "spills": spills, "dry": dry, "recall_at_fpr": at}


def metrics(
    found: Iterable[Found | dict[str, Any]] = (),
    alarms: Iterable[dict[str, Any]] = (),
    hours: float = 2.0,
    **more: Any,
) -> dict[str, Any]:
    """One label of one source, as `metrics.build` writes it."""
    told = [one if isinstance(one, dict) else incident(*one) for one in found]
    false_alarms = list(alarms)
    of = numbers(len(false_alarms), hours)
    nothing = numbers(0, hours, frames=None)
    return {
        "metrics_version": 1,
        "about": {"model": {"name": "first", "sha256": "ab" * 32}, "settings": {"hold_last_s": 0}},
        "recordings": {},
        "labels": {
            "collapse": {"all": of, "sources": {"lab": of}, "strata": {}},
            "spill": {"all": nothing, "sources": {"lab": nothing}, "strata": {}},
            "any": {"all": of, "sources": {}, "strata": {}},
        },
        "pictures": {"spill": {"all": floors(0, 0), "sources": {}, "strata": {}}},
        "incidents": told,
        "false_alarms": false_alarms,
    } | more


def measured(content: dict[str, Any]) -> Measured:
    """As it is read from a file."""
    return Measured(Path("metrics.json"), Metrics.model_validate_json(json.dumps(content)))
