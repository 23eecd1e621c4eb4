"""What was seen, told: the event first, then its picture; clips with and without pictures."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from threading import Event as StopEvent

import numpy as np
import pytest

from alerts.event import Event, ThresholdUsed
from edge.clock import ReplayClock
from edge.core.policy import Area
from edge.core.types import Box, Decision, Scores
from edge.eventing import Eventing
from edge.evidence import Keeper, Limits
from edge.pipeline import Seen
from edge.privacy import Mode, Privacy
from edge.report import Pictures, Reporter, tellings
from edge.ring import PacketRing
from edge.sightings import Sightings
from edge.sources.pattern import Script
from tests.edge.frames import LYING, decision, frame, pattern_card
from tests.edge.packets import packets_of
from tests.support import scenes
from tests.support.clips import write_pattern

START = datetime(2026, 11, 20, tzinfo=timezone.utc)
MODES: tuple[Mode, ...] = ("none", "others", "people", "all")
SCORES = Scores(0, 16 / 9, (scenes.down(),), scenes.liquid())


class Post:
    """What is told, in the order it is told."""

    def __init__(self, folder: Path, rings: dict[str, PacketRing], snapshots: bool = True) -> None:
        self.told: list[tuple[str, str]] = []
        self.events: list[Event] = []
        self.jpegs: list[bytes] = []
        self.folder = folder / "evidence"
        self.keeper = Keeper(self.folder, Limits(1, 1, 7, 10**9), ReplayClock(START))
        self.eventing = Eventing(
            "lab",
            pattern_card(folder / "model"),
            ReplayClock(START),
            {("hall", "collapse"): ThresholdUsed(0.5, "the test")},
        )
        pictures = Pictures(self.keeper, rings.get, self._picture, snapshots)
        self.reporter = Reporter(self._event, pictures)

    def tell(self, *decisions: Decision, seen: bool = True) -> None:
        frame_seen = Seen(frame("hall"), SCORES, (), decisions) if seen else None
        for told in tellings(self.eventing, decisions, frame_seen):
            self.reporter.tell(told)

    def _event(self, event: Event, at_ns: int) -> None:
        assert at_ns >= 0
        self.told.append((event.phase, event.event_id))
        self.events.append(event)

    def _picture(self, event_id: str, camera: str, jpeg: bytes) -> None:
        assert camera == "hall"
        self.told.append(("picture", event_id))
        self.jpegs.append(jpeg)


@pytest.fixture
def rings(tmp_path: Path) -> dict[str, PacketRing]:
    info, packets = packets_of(
        write_pattern(tmp_path / "in.mp4", Script(duration_s=4, size=(64, 64)), gop=5)
    )
    ring = PacketRing(keep_s=60)
    ring.started(info)
    ring.add(packets, 8 * 10**9)
    return {"hall": ring}


def test_the_event_is_told_before_its_picture_and_names_it(tmp_path: Path) -> None:
    post = Post(tmp_path, {})
    post.tell(decision("opened"), decision("opened", ordinal=1))
    first, second = dict.fromkeys(event_id for _, event_id in post.told)
    assert post.told == [
        ("opened", first), ("picture", first), ("opened", second), ("picture", second),
    ]  # fmt: skip
    for event, jpeg in zip(post.events, post.jpegs, strict=True):
        assert event.evidence.snapshot is not None
        assert (post.folder / event.evidence.snapshot.name).read_bytes() == jpeg


def test_an_update_has_a_picture_of_its_own_and_a_close_has_none(tmp_path: Path) -> None:
    post = Post(tmp_path, {})
    post.tell(decision("opened"))
    post.tell(decision("updated", seq=1, at_s=40))
    post.tell(decision("closed", seq=2, at_s=60))
    assert [what for what, _ in post.told] == ["opened", "picture", "updated", "picture", "closed"]
    names = [event.evidence.snapshot.name[-6:] for event in post.events if event.evidence.snapshot]
    assert names == ["-0.jpg", "-1.jpg", "-1.jpg"]


def cut(keeper: Keeper) -> None:
    """As when the daemon stops: what is wanted is cut now."""
    stop = StopEvent()
    stop.set()
    keeper.run(stop)


@pytest.mark.parametrize("snapshots", [True, False])
def test_clips_are_cut_whether_or_not_pictures_are_wanted(
    tmp_path: Path, rings: dict[str, PacketRing], snapshots: bool
) -> None:
    post = Post(tmp_path, rings, snapshots=snapshots)
    post.tell(decision("opened", at_s=10))
    post.tell(decision("updated", seq=1, at_s=11))
    cut(post.keeper)
    post.tell(decision("closed", seq=2, at_s=12))
    assert bool(post.jpegs) is snapshots
    last = post.events[-1].evidence
    assert last.clip is not None
    assert (last.snapshot is not None) is snapshots
    assert len(list(post.folder.glob("*.mp4"))) == 1  # one for the incident, not one a phase


def test_what_no_frame_brought_about_is_told_without_a_picture(tmp_path: Path) -> None:
    post = Post(tmp_path, {})
    post.tell(decision("closed", seq=2), seen=False)
    assert [what for what, _ in post.told] == ["closed"]
    assert not post.folder.exists()


def test_drills_are_counted_apart(tmp_path: Path) -> None:
    post = Post(tmp_path, {})
    post.tell(decision("opened"), decision("opened", ordinal=1))
    drill = replace(decision("opened", ordinal=-1), drill=True)
    post.tell(drill, replace(drill, phase="closed", seq=1))
    assert post.reporter.counted() == {("hall", "collapse", "opened"): 2}
    assert post.reporter.drills == 1
    assert [event.drill for event in post.events] == [False, False, True, True]


def test_pictures_hide_whoever_was_seen_a_moment_ago_and_spare_who_lies_there(
    tmp_path: Path,
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (360, 640, 3), np.uint8)
    passed_by, lying = Box(0.7, 0.1, 0.1, 0.4), LYING
    sightings = Sightings(60)
    sightings.add("hall", scenes.scores(9.5, (scenes.upright(passed_by),)))
    scores = scenes.scores(10, (scenes.down(lying),))
    sightings.add("hall", scores)
    seen = Seen(frame("hall", at_ns=10 * 10**9, rgb=noise), scores, (), ())
    keeper = Keeper(tmp_path, Limits(1, 1, 7, 10**9), ReplayClock(START))
    shown = {
        mode: Pictures(keeper, privacy=Privacy(mode), sightings=sightings).shown(seen, decision())
        for mode in MODES
    }
    there = {mode: (rgb[100, 480:500], rgb[250, 150:200]) for mode, rgb in shown.items()}
    sharp = (noise[100, 480:500], noise[250, 150:200])
    same = {
        mode: [bool((a == b).all()) for a, b in zip(two, sharp, strict=True)]
        for mode, two in there.items()
    }
    assert same == {
        "none": [True, True],
        "others": [False, True],
        "people": [False, False],
        "all": [False, False],
    }
    assert Pictures(keeper).veil("hall", decision()) is None
    veil = Pictures(keeper, privacy=Privacy("others"), sightings=sightings).veil("hall", decision())
    assert veil is not None
    assert (veil.camera, veil.spared) == ("hall", lying)


def test_the_outline_of_the_zone_goes_with_what_is_told_of_it(tmp_path: Path) -> None:
    post, square = Post(tmp_path, {}), ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0))
    zones = (Area("ward", square, frozenset({"collapse"})), Area("door", (), frozenset()))
    told = tellings(post.eventing, (decision(), decision(zone=None, ordinal=1)), None, zones)
    assert [one.outline for one in told] == [square, None]
