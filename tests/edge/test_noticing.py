"""Events of a camera: the way of all others, one id through their life, over a restart too."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import cv2
import numpy as np

from alerts.event import Event, ModelUsed, ThresholdUsed
from edge.clock import ReplayClock
from edge.core.types import Scores
from edge.evidence import Keeper, Limits
from edge.noticing import Notice, Noticing
from edge.pipeline import Seen
from edge.report import Pictures, Reporter, Told
from tests.edge.frames import NS, frame
from tests.support import scenes

START = datetime(2026, 11, 20, tzinfo=timezone.utc)
MODEL = ModelUsed("first", "0" * 64)
FIT = ThresholdUsed(0.0, "fit to see")


def notice(at_s: float, **changes: object) -> Notice:
    fields = {"path": "blurred", "score": 0.75, "threshold": FIT} | changes
    return Notice("hall", "camera", 5 * NS, int(at_s * NS), **fields)  # type: ignore[arg-type]  # by their names


def test_its_phases_are_of_one_event_also_after_a_restart() -> None:
    told: list[Told] = []
    noticing = Noticing("lab", MODEL, ReplayClock(START), told.append)
    opened = noticing.opened(notice(65))
    updated = noticing.updated(opened, notice(70, path="moved", score=1.0))
    kept = Event.from_json(updated.to_json())
    later = Noticing("lab", MODEL, ReplayClock(START + timedelta(hours=1)), told.append)
    closed = later.closed(kept, 9 * NS)
    assert [one.event for one in told] == [opened, updated, closed]
    assert {one.event_id for one in (opened, updated, closed)} == {opened.event_id}
    assert [(one.event.phase, one.event.seq, one.event.path) for one in told] == [
        ("opened", 0, "blurred"),
        ("updated", 1, "moved"),
        ("closed", 2, "moved"),
    ]
    assert opened.occurred_at == START + timedelta(seconds=5)
    assert opened.detected_at == START + timedelta(seconds=65)
    assert closed.detected_at == START + timedelta(hours=1, seconds=9)
    assert [one.at_ns for one in told] == [65 * NS, 70 * NS, 9 * NS]


def test_its_picture_is_the_whole_view_with_a_line_below(tmp_path: Path) -> None:
    posted: list[Event] = []
    sent: list[bytes] = []
    keeper = Keeper(tmp_path, Limits(1, 1, 7, 10**9), ReplayClock(START))
    pictures = Pictures(keeper, post=lambda _event, _camera, jpeg: sent.append(jpeg))
    reporter = Reporter(lambda event, _at_ns: posted.append(event), pictures)
    noticing = Noticing("lab", MODEL, ReplayClock(START), reporter.tell)
    rgb = np.full((360, 640, 3), (200, 120, 60), np.uint8)
    seen = Seen(frame("hall", rgb=rgb), Scores(0, 16 / 9, (), scenes.liquid()), (), ())
    opened = noticing.opened(notice(65), seen)
    noticing.closed(opened, 99 * NS)
    assert [one.phase for one in posted] == ["opened", "closed"]
    assert reporter.counted() == {("hall", "camera", "opened"): 1, ("hall", "camera", "closed"): 1}
    assert posted[0].evidence.snapshot is not None
    decoded = cv2.imdecode(np.frombuffer(sent[0], np.uint8), cv2.IMREAD_COLOR)
    assert len(sent) == 1
    assert decoded is not None
    shown = decoded[..., ::-1]
    assert shown.shape == rgb.shape
    assert np.abs(shown[:330].astype(int) - rgb[:330]).max() < 12, "nothing is drawn into the view"
    assert shown[345:].mean() < 0.6 * rgb[345:].mean(), "but a band along its lower edge"
