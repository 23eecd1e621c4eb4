"""`floorwatch replay`: one camera a clip, events in a file, pictures on request."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.event import Event
from alerts.main import main
from alerts.subscribers import journal
from alerts.topics import check_name
from edge.core.types import Box
from edge.replay import camera_names
from edge.sources.pattern import Mark, Script
from tests.support.clips import write_clip, write_pattern
from tests.support.site import site_file

FALL = (
    Mark("upright", Box(0.20, 0.20, 0.12, 0.50), 0, 3),
    Mark("down", Box(0.20, 0.62, 0.36, 0.16), 3),
)
Replay = Callable[..., list[Event]]


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """fall.mp4, again/fall.mp4, and quiet.mp4."""
    folder = tmp_path_factory.mktemp("clips")
    (folder / "again").mkdir()
    for path, marks in ((".", FALL), ("again", FALL)):
        write_pattern(folder / path / "fall.mp4", Script(marks, 7.0, 10.0, (320, 180)))
    write_pattern(folder / "quiet.mp4", Script((), 2.0, 10.0, (320, 180)))
    return folder


@pytest.fixture
def replay(tmp_path: Path) -> Replay:
    """Runs it with the scripted backend, and gives what was written."""

    def run(*args: Any, fit_to_see: dict[str, Any] | None = None, **camera: Any) -> list[Event]:
        cameras = [{"name": "hall", "url": "rtsp://camera.invalid/"} | camera]
        named = {"name": "lab", "time_zone": "UTC"}
        site = site_file(
            tmp_path / "site", cameras, site=named, fit=fit_to_see or {"enabled": False}
        )
        out = tmp_path / "out"
        words = [str(arg) for arg in args]
        assert main(["replay", *words, "--config", str(site), "--out", str(out)]) == 0
        return list(journal.read(out / "events.jsonl"))

    return run


def test_each_clip_is_a_camera_of_its_own_and_its_end_closes(clips: Path, replay: Replay) -> None:
    events = replay(clips / "fall.mp4", clips / "quiet.mp4")
    assert [(event.camera, event.phase) for event in events] == [
        ("fall", "opened"), ("fall", "closed"),
    ]  # fmt: skip
    assert events[0].detected_at.timestamp() == pytest.approx(4.5, abs=0.6)
    assert events[0].occurred_at.timestamp() == pytest.approx(3, abs=0.5)
    assert events[1].detected_at.timestamp() == pytest.approx(6.8, abs=0.2)


def test_two_clips_of_one_name_are_two_cameras(clips: Path, replay: Replay) -> None:
    events = replay(clips / "fall.mp4", clips / "again" / "fall.mp4", clips / "fall.mp4")
    opened = [event for event in events if event.phase == "opened"]
    assert [event.camera for event in opened] == ["fall", "fall-2", "fall-3"]
    assert len({event.event_id for event in events}) == 3


def test_a_clip_that_ends_too_soon_can_be_held(clips: Path, replay: Replay) -> None:
    assert replay(clips / "quiet.mp4", "--hold-last-s", 5) == []
    events = replay(clips / "fall.mp4", "--hold-last-s", 10)
    assert [event.phase for event in events] == ["opened", "updated", "updated", "closed"]


def test_pictures_are_written_when_they_are_wanted(
    clips: Path, replay: Replay, tmp_path: Path
) -> None:
    replay(clips / "fall.mp4")
    assert not (tmp_path / "out" / "evidence").exists()
    events = replay(clips / "fall.mp4", "--snapshots")
    snapshot = events[0].evidence.snapshot
    assert snapshot is not None
    pictures = list((tmp_path / "out" / "evidence").iterdir())
    assert [path.name for path in pictures] == [snapshot.name]
    bgr = cv2.imdecode(np.frombuffer(pictures[0].read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    assert bgr is not None
    assert bgr.shape == (180, 320, 3)


def test_twice_gives_the_same_file_and_not_a_longer_one(clips: Path, replay: Replay) -> None:
    assert replay(clips / "fall.mp4") == replay(clips / "fall.mp4")


@pytest.mark.parametrize(
    ("start", "days"),
    [
        ("2026-11-20T08:00:00Z", ["2026-11-20"]),
        ("2026-11-20T08:00:00+01:00", ["2026-11-20"]),
        ("2026-11-20T13:00:00Z", []),
        ("2026-11-20T05:59:55+00:00", ["2026-11-20"]),
    ],
)
def test_with_a_time_of_day_schedules_count(
    clips: Path, replay: Replay, start: str, days: list[str]
) -> None:
    morning = {"schedules": [{"from": "06:00", "to": "12:00"}]}
    camera = {"labels": {"collapse": morning}}
    events = replay(clips / "fall.mp4", "--start", start, **camera)
    opened = [str(event.detected_at.date()) for event in events if event.phase == "opened"]
    assert opened == days
    assert len(replay(clips / "fall.mp4", **camera)) == 2  # without one, always


def test_events_are_printed_too_one_a_line(
    clips: Path, replay: Replay, capsys: pytest.CaptureFixture[str]
) -> None:
    events = replay(clips / "fall.mp4", "--json")
    out, err = capsys.readouterr()
    assert [json.loads(line)["event_id"] for line in out.splitlines()] == [
        event.event_id for event in events
    ]
    assert "collapse at 4." in err


@given(st.lists(st.text(max_size=80).map(lambda name: Path("clips") / f"{name}.mp4"), max_size=6))
def test_any_file_name_makes_a_camera_name_and_no_two_are_the_same(paths: list[Path]) -> None:
    names = camera_names(paths)
    assert len(names) == len(set(names)) == len(paths)
    for name in names:
        assert check_name("camera", name) == name


def test_a_camera_that_is_covered_is_told_of_once_and_again_when_it_sees(
    tmp_path: Path, replay: Replay
) -> None:
    rng = np.random.default_rng(0)
    room = np.kron(rng.integers(40, 200, (18, 32, 1)), np.ones((10, 10, 3)))
    pictures = [
        np.clip((room + rng.normal(0, 3, room.shape)) * (not 10 <= second < 70), 0, 255)
        for second in range(100)
    ]
    clip = tmp_path / "covered.mp4"
    write_clip(clip, [picture.astype(np.uint8) for picture in pictures], fps=1)
    events = replay(clip, fit_to_see={"alert_after_s": 20})
    assert [(one.label, one.phase, one.path) for one in events] == [
        ("camera", "opened", "dark"),
        ("camera", "closed", "dark"),
    ]
    opened, closed = (event.detected_at.timestamp() for event in events)
    assert events[0].occurred_at.timestamp() == pytest.approx(10, abs=2)
    assert 30 <= opened <= 70 <= closed <= 95
    assert replay(clip, fit_to_see={"alert_after_s": 20}, fit=False) == []
    assert replay(clip) == []
