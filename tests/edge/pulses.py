"""Vitals to test with, and each of their numbers changed in turn, so that none is forgotten."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Any

from alerts.event import ModelUsed
from alerts.histogram import Times
from alerts.publisher import Counters
from edge.vitals import CameraVitals, StreamVitals, ThreadVitals, Vitals

BEGAN = datetime(2026, 11, 20, 6, 0, tzinfo=timezone.utc)
POSTED = Counters(
    connected=True, sent=41, unmatched=2, refused=3, put_off=4, lost=5, failed=6, depth=7,
    memory_depth=8, durable=True, not_durable=9, dead=10,
    dropped={"snapshot": 1, "updated": 2, "closed": 3, "opened": 4}, stuck=11, alive_s=0.5,
    publish_s=Times(bounds_s=(0.5, 1.0), buckets=(3, 5), sum_s=4.5, count=6),
)  # fmt: skip
HALL = CameraVitals(
    name="hall",
    health="ok",
    said="pictures arrive",
    since=BEGAN,
    stream=StreamVitals(100, 1, 2, 3, 4, 5, 6, 7, 8, 0.25),
    record=StreamVitals(200, 1, 2, 3, 4, 5, 6, 7, 8, 0.5),
    frames_dropped=11,
    frames_inferred=89,
    decided_after_ms_last=150.0,
    decided_after_ms_mean=160.0,
    ring_overflows=1,
    seconds={"ok": 7100.0, "dark": 90.0},
)
WARD = CameraVitals("Saal 3", "offline", "connecting", BEGAN, StreamVitals())
VITALS = Vitals(
    site="lab",
    version="0.1.0",
    model=ModelUsed("first", "0" * 64),
    state="running",
    at=BEGAN + timedelta(hours=2),
    started_at=BEGAN,
    cameras=(HALL, WARD),
    posted=POSTED,
    backend="onnx",
    preparing=False,
    batches=50,
    inference_stuck=1,
    events={("hall", "collapse", "opened"): 2},
    drills=3,
    evidence_failed=4,
    evidence_refused=3,
    evidence_short=False,
    evidence_waiting=5,
    events_waiting=6,
    reloads=7,
    reloads_refused=8,
    memory_bytes=200 * 2**20,
    threads=12,
    events_given_up=9,
    own_threads=(ThreadVitals("brain", 0.1, 60.0), ThreadVitals("post", 0.2, 60.0)),
)
_OTHER = {"ok": "offline", "offline": "ok", "running": "stopping"}


def changes(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """(which, `value` with that one changed) for everything that `value` is made of, at any depth:
    `posted.sent`, `cameras.stream.stalls`. Of a tuple or mapping the first stands for all."""
    if is_dataclass(value) and not isinstance(value, type):
        for one in fields(value):
            inner = getattr(value, one.name)
            for name, other in changes(inner, f"{path}.{one.name}".removeprefix(".")):
                yield name, replace(value, **{one.name: other})
    elif isinstance(value, Mapping):
        key = next(iter(value))
        yield from ((name, {**value, key: other}) for name, other in changes(value[key], path))
    elif isinstance(value, tuple):
        yield from ((name, (other, *value[1:])) for name, other in changes(value[0], path))
    else:
        yield path, _other(value, path)


def _other(value: Any, path: str) -> Any:
    assert value is not None, f"give the sample a value for {path}"
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 7_000_000
    if isinstance(value, datetime):
        return value + timedelta(days=1)
    return _OTHER.get(value, f"other {value}")
