"""Frames in, decisions out: schedules, batches, and cameras that know nothing of each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from alerts.schedule import Window, minute_of_day
from edge.backends.scripted import ScriptedBackend
from edge.clock import ReplayClock
from edge.core.policy import CollapsePolicy, Life, Policy, SpillPolicy
from edge.core.types import Box, Decision, Frame, Label
from edge.pipeline import Pipeline, View
from edge.sources.pattern import Mark, draw
from tests.edge.frames import LYING, NS, frame, pattern_card

FPS = 5
STANDING = Box(0.20, 0.20, 0.12, 0.50)
FALL = (Mark("upright", STANDING, 0, 3), Mark("down", LYING, 3))
SPREAD = (Mark("liquid", Box(0.6, 0.7, 0.25, 0.2), 1),)
QUIET = ()
POLICY = Policy(
    CollapsePolicy(0.5, confirm_s=2, slow_s=4, life=Life(3, 5, 5)),
    SpillPolicy(0.5, persist_s=4, life=Life(3, 5, 5), standing_s=0),
)
ALWAYS: Mapping[Label, tuple[Window, ...]] = {"collapse": (), "spill": ()}
START = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)  # a Friday
Told = list[tuple[str, str, str, float]]


def view(windows: Mapping[Label, tuple[Window, ...]] = ALWAYS, zone: str = "UTC") -> View:
    return View(POLICY, windows, ZoneInfo(zone))


def film(camera: str, marks: tuple[Mark, ...], seconds: float) -> list[Frame]:
    return [
        frame(camera, n, n * NS // FPS, draw(marks, n / FPS, (320, 180)))
        for n in range(int(seconds * FPS))
    ]


def told(decisions: Iterable[Decision]) -> Told:
    return [(d.camera, d.label, d.phase, d.at_ns / NS) for d in decisions]


def run(
    folder: Path,
    batches: Iterable[Sequence[Frame]],
    views: Mapping[str, View],
    start: datetime = START,
) -> Told:
    card = pattern_card(folder)
    with ScriptedBackend(card) as backend:
        pipeline = Pipeline(card, backend, ReplayClock(start), views)
        found: Told = []
        for batch in batches:
            seen = pipeline.process(batch)
            assert [one.frame for one in seen] == list(batch)
            found += [item for one in seen for item in told(one.decisions)]
        for camera in views:
            found += told(pipeline.finish(camera))
    return found


def of(camera: str, found: Told) -> Told:
    return [item for item in found if item[0] == camera]


def test_cameras_in_one_batch_keep_their_states_apart(tmp_path: Path) -> None:
    films = {"hall": FALL, "aisle": SPREAD, "door": QUIET}
    frames = {camera: film(camera, marks, 12) for camera, marks in films.items()}
    together = run(tmp_path, zip(*frames.values(), strict=True), dict.fromkeys(films, view()))
    alone = {c: run(tmp_path, ([f] for f in frames[c]), {c: view()}) for c in films}
    assert {camera: of(camera, together) for camera in films} == alone
    assert alone["hall"][0][1:3] == ("collapse", "opened")
    assert alone["aisle"][0][1:3] == ("spill", "opened")
    assert alone["door"] == []


@pytest.mark.parametrize("size", [2, 4, 7])
def test_how_frames_are_batched_changes_nothing(tmp_path: Path, size: int) -> None:
    frames = film("hall", FALL + SPREAD, 12)
    batches = [frames[i : i + size] for i in range(0, len(frames), size)]
    views = {"hall": view()}
    assert run(tmp_path, batches, views) == run(tmp_path, ([f] for f in frames), views)


def test_what_is_open_is_closed_at_the_last_frame(tmp_path: Path) -> None:
    found = run(tmp_path, ([f] for f in film("hall", FALL, 8)), {"hall": view()})
    assert found[-1] == ("hall", "collapse", "closed", 7.8)


def test_a_camera_that_never_saw_anything_has_nothing_to_close(tmp_path: Path) -> None:
    assert run(tmp_path, [], {"hall": view()}) == []


def at(clock: str) -> datetime:
    return START.replace(hour=0) + timedelta(minutes=minute_of_day(clock))


NIGHT = Window(frozenset(range(7)), minute_of_day("22:00"), minute_of_day("06:00"))


@pytest.mark.parametrize(
    ("clock", "zone", "expected"),
    [
        ("12:00", "UTC", False),
        ("23:00", "UTC", True),
        ("05:59", "UTC", True),
        ("21:30", "UTC", False),
        ("21:30", "Europe/Vienna", True),  # half past ten there
        ("05:30", "Europe/Vienna", False),
    ],
)
def test_a_label_is_told_only_in_its_windows_by_the_clock_of_the_site(
    tmp_path: Path, clock: str, zone: str, expected: bool
) -> None:
    views = {"hall": view({"collapse": (NIGHT,), "spill": ()}, zone)}
    found = run(tmp_path, ([f] for f in film("hall", FALL + SPREAD, 8)), views, at(clock))
    assert sorted(label for _, label, phase, _ in found if phase == "opened") == (
        ["collapse", "spill"] if expected else ["spill"]
    )


def test_the_end_of_a_window_closes_and_its_beginning_opens(tmp_path: Path) -> None:
    views = {"hall": view({"collapse": (NIGHT,), "spill": ()})}
    frames = [[f] for f in film("hall", FALL, 12)]
    leaving = run(tmp_path, frames, views, at("06:00") - timedelta(seconds=9))
    assert leaving[-1][1:] == ("collapse", "closed", 9.0)
    entering = run(tmp_path, frames, views, at("22:00") - timedelta(seconds=9))
    # It was watched before, though not told: so it is known at once.
    assert entering[0][1:] == ("collapse", "opened", 9.0)


def test_a_label_that_is_switched_off_is_never_told(tmp_path: Path) -> None:
    views = {"hall": view({"spill": ()})}
    found = run(tmp_path, ([f] for f in film("hall", FALL + SPREAD, 8)), views)
    assert {label for _, label, _, _ in found} == {"spill"}
