"""The picture with nothing drawn into it: made, named and thrown away with its snapshot."""

from __future__ import annotations

import hashlib
import os
import time
from datetime import datetime, timezone
from pathlib import Path

import cv2
import numpy as np
import pytest

from alerts.event import Event, ThresholdUsed
from edge.clock import ReplayClock
from edge.core.types import Decision, Rgb
from edge.eventing import Eventing
from edge.evidence import Keeper
from edge.pipeline import Seen
from edge.privacy import Privacy
from edge.report import Pictures, Reporter, no_snapshot, tellings
from edge.shelf import Limits, Shelf
from tests.edge.frames import decision, frame, pattern_card
from tests.support import scenes

START = datetime(2026, 11, 20, tzinfo=timezone.utc)
ROOMY = Limits(1, 1, 7, 10**9)
NOISE = np.random.default_rng(0).integers(0, 256, (9, 16, 3), np.uint8)
ROOM = np.asarray(cv2.resize(NOISE, (640, 360), interpolation=cv2.INTER_CUBIC), np.uint8)
SCORES = scenes.scores(10, (scenes.down(),))


class Post:
    """What a reporter tells and posts, in its order."""

    def __init__(self, folder: Path, *, plain: bool = True, privacy: Privacy | None = None) -> None:
        self.events: list[Event] = []
        self.posted: list[tuple[str, bytes]] = []
        self.keeper = Keeper(folder / "evidence", ROOMY, ReplayClock(START))
        threshold = ThresholdUsed(0.5, "the test")
        card = pattern_card(folder / "model")
        self._eventing = Eventing(
            "lab", card, ReplayClock(START), {("hall", "collapse"): threshold}
        )
        self.pictures = Pictures(
            self.keeper,
            post=lambda _event, _camera, jpeg: self.posted.append(("snapshot", jpeg)),
            post_plain=lambda _event, _camera, jpeg: self.posted.append(("plain", jpeg)),
            plain=plain,
            privacy=privacy or Privacy(),
        )

    def tell(self, *decisions: Decision) -> None:
        seen = Seen(frame("hall", at_ns=10 * 10**9, rgb=ROOM), SCORES, (), decisions)
        reporter = Reporter(lambda event, _at_ns: self.events.append(event), self.pictures)
        for told in tellings(self._eventing, decisions, seen):
            reporter.tell(told)


def decoded(jpeg: bytes) -> Rgb:
    bgr = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert bgr is not None
    return np.asarray(bgr[..., ::-1], np.uint8)


def apart(one: Rgb, other: Rgb) -> float:
    return float(np.abs(one.astype(float) - other).mean())


def aged(folder: Path, name: str, age_s: float, size: int = 1000) -> None:
    path = folder / name
    path.write_bytes(bytes(size))
    os.utime(path, (time.time() - age_s,) * 2)


def test_it_is_the_picture_as_it_was_and_the_event_vouches_for_it(tmp_path: Path) -> None:
    post = Post(tmp_path)
    post.tell(decision("opened"))
    assert [what for what, _ in post.posted] == ["snapshot", "plain"]
    drawn, plain = (decoded(jpeg) for _, jpeg in post.posted)
    assert apart(plain, ROOM) < 2
    assert apart(drawn, ROOM) > 5
    (event,) = post.events
    assert event.evidence.snapshot is not None
    assert event.evidence.plain is not None
    assert event.evidence.plain.name == f"{event.event_id}-0-plain.jpg"
    kept = (tmp_path / "evidence" / event.evidence.plain.name).read_bytes()
    assert kept == post.posted[1][1]
    assert hashlib.sha256(kept).hexdigest() == event.evidence.plain.sha256


def test_each_later_phase_brings_its_own(tmp_path: Path) -> None:
    post = Post(tmp_path)
    post.tell(decision("opened"))
    post.tell(decision("updated", seq=1, at_s=40))
    post.tell(decision("closed", seq=2, at_s=60))
    names = [one.evidence.plain.name[-12:] for one in post.events if one.evidence.plain]
    assert names == ["-0-plain.jpg", "-1-plain.jpg", "-1-plain.jpg"]
    assert len(post.posted) == 4


def test_whom_the_snapshot_hides_it_hides(tmp_path: Path) -> None:
    post = Post(tmp_path, privacy=Privacy("all"))
    post.tell(decision("opened"))
    seen = Seen(frame("hall", at_ns=10 * 10**9, rgb=ROOM), SCORES, (), ())
    hidden = post.pictures.shown(seen, decision())
    plain = decoded(post.posted[1][1])
    assert apart(plain, hidden) < 5  # sharp edges of blocks are hard for JPEG
    assert apart(plain, ROOM) > 10


def test_where_it_is_not_wanted_there_is_none(tmp_path: Path) -> None:
    post = Post(tmp_path, plain=False)
    post.tell(decision("opened"))
    assert [what for what, _ in post.posted] == ["snapshot"]
    assert post.events[0].evidence.plain is None
    assert len(list((tmp_path / "evidence").iterdir())) == 1
    assert Pictures(post.keeper).post_plain is no_snapshot


def test_an_older_one_does_not_stand_beside_a_newer_snapshot(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path, Limits(1, 1, 7, bytes_max=5000), ReplayClock(START))
    keeper.snapshot("event", 0, b"drawn", b"plain")
    assert keeper.of("event").plain is not None
    keeper.snapshot("event", 1, b"drawn later", bytes(6000))  # more than may be kept
    found = keeper.of("event")
    assert found.snapshot is not None
    assert (found.snapshot.name, found.plain, keeper.failed) == ("event-1.jpg", None, 1)


@pytest.mark.parametrize(
    "limits",
    [Limits(1, 1, 7, 4500), Limits(1, 1, 7, 10**9, count_max=2), Limits(1, 1, 7, 10**9)],
    ids=["bytes", "count", "age"],
)
def test_it_goes_with_its_incident(tmp_path: Path, limits: Limits) -> None:
    ids = [f"20261120T12000000{number}Z-0123456789" for number in range(3)]
    for days, event_id in zip((8, 6, 5), ids, strict=True):
        aged(tmp_path, f"{event_id}-0.jpg", days * 86_400)
        aged(tmp_path, f"{event_id}-0-plain.jpg", days * 86_400)
    aged(tmp_path, f"{ids[0]}-0-plain.jpg.part", 8 * 86_400)  # half of one, left by a kill
    aged(tmp_path, f"{ids[0]}-plain.jpg", 8 * 86_400)  # somebody else's
    Shelf(tmp_path, limits).sweep()
    left = {f"{ids[0]}-plain.jpg"}
    left |= {f"{event_id}-0{end}" for event_id in ids[1:] for end in (".jpg", "-plain.jpg")}
    assert {path.name for path in tmp_path.iterdir()} == left


def test_of_a_long_incident_the_same_pictures_are_left_plain_and_drawn(tmp_path: Path) -> None:
    event_id = "20261120T120000000Z-0123456789"
    for number in range(100):
        aged(tmp_path, f"{event_id}-{number}.jpg", 1000 - number)
        aged(tmp_path, f"{event_id}-{number}-plain.jpg", 1000 - number)
    Shelf(tmp_path, ROOMY).sweep()
    numbers = {0, *range(77, 100)}
    left = {f"{event_id}-{number}{end}" for number in numbers for end in (".jpg", "-plain.jpg")}
    assert {path.name for path in tmp_path.iterdir()} == left
