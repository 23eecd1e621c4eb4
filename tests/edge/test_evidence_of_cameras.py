"""What is kept of cameras that cannot see pushes out no incident, and goes before any."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pytest

from alerts.event import ModelUsed, ThresholdUsed
from edge.clock import ReplayClock
from edge.core.types import Scores
from edge.evidence import Keeper
from edge.noticing import Notice, Noticing
from edge.pipeline import Seen
from edge.report import Pictures, Reporter
from edge.shelf import NotKept, Shelf
from tests.edge.frames import frame
from tests.edge.test_evidence_room import aged, disk, event_id, limits, names
from tests.support import scenes

__all__ = ["disk"]
MB = 2**20


def incidents(folder: Path, count: int, size: int = 1000) -> set[str]:
    """Old ones, by the names of their pictures."""
    return {
        aged(folder, f"{event_id(number)}-0.jpg", 1000 - number, size).name
        for number in range(count)
    }


def alert(shelf: Shelf, number: int, size: int) -> None:
    shelf.give_way(event_id(number))
    shelf.write(event_id(number), f"{event_id(number)}.mp4", bytes(size))


def clips(folder: Path) -> list[int]:
    """The alerts that are kept, by their numbers."""
    return [number for number in range(60) if (folder / f"{event_id(number)}.mp4").exists()]


def test_a_camera_that_flaps_pushes_no_incident_out(tmp_path: Path) -> None:
    real = incidents(tmp_path, 8)
    shelf = Shelf(tmp_path, limits(bytes_max=10_000))
    for number in range(10, 50):
        alert(shelf, number, 500)
    assert real <= names(tmp_path)
    assert clips(tmp_path) == [46, 47, 48, 49], "the latest, a fifth of the bytes"


def test_on_a_full_shelf_alerts_take_each_others_place(tmp_path: Path) -> None:
    incidents(tmp_path, 10)
    shelf = Shelf(tmp_path, limits(bytes_max=10_000))
    for number in range(10, 50):
        alert(shelf, number, 900)
    assert clips(tmp_path) == [49]
    assert len(names(tmp_path) - {f"{event_id(49)}.mp4", f"{event_id(49)}.camera"}) == 9


def test_when_something_has_to_go_alerts_go_before_older_incidents(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, limits(bytes_max=10_000))
    real = incidents(tmp_path, 8)
    alert(shelf, 20, 900)
    alert(shelf, 21, 900)
    shelf = Shelf(tmp_path, limits(bytes_max=10_000))  # started anew: it knows by the files
    shelf.sweep()
    assert clips(tmp_path) == [20, 21]
    for number in (30, 31):
        shelf.write(event_id(number), f"{event_id(number)}-0.jpg", bytes(900))
        real.add(f"{event_id(number)}-0.jpg")
        shelf.sweep()
        assert clips(tmp_path) == [21] * (number == 30), "the oldest of them first"
    assert names(tmp_path) == real, "and their marks with them"


def test_their_number_is_a_fifth_too(tmp_path: Path) -> None:
    real = incidents(tmp_path, 8)
    shelf = Shelf(tmp_path, limits(count_max=10))
    for number in range(10, 20):
        alert(shelf, number, 1)
    shelf.sweep()
    assert real <= names(tmp_path)
    assert clips(tmp_path) == [18, 19]


def test_what_one_alert_has_is_bounded(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, limits(bytes_max=10_000))
    alert(shelf, 20, 1500)
    with pytest.raises(NotKept, match="more than may be kept of a camera alert"):
        shelf.write(event_id(20), f"{event_id(20)}-1.jpg", bytes(600))
    assert clips(tmp_path) == [20]
    shelf.write(event_id(21), f"{event_id(21)}-1.jpg", bytes(6000))  # an incident may


def test_an_alert_that_lasts_for_days_stays_known_for_one(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, limits(keep_days=1, bytes_max=10_000))
    alert(shelf, 20, 100)
    aged(tmp_path, f"{event_id(20)}.mp4", 100_000)
    aged(tmp_path, f"{event_id(20)}.camera", 100_000, size=0)
    aged(tmp_path, f"{event_id(20)}-7.jpg", 10)
    Shelf(tmp_path, limits(keep_days=1)).sweep()
    assert names(tmp_path) == {f"{event_id(20)}.camera", f"{event_id(20)}-7.jpg"}
    aged(tmp_path, f"{event_id(20)}-7.jpg", 100_000)
    Shelf(tmp_path, limits(keep_days=1)).sweep()
    assert names(tmp_path) == set()


def test_a_mark_without_files_is_taken_away(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, limits())
    alert(shelf, 20, 100)
    (tmp_path / f"{event_id(20)}.mp4").unlink()
    (tmp_path / "notes.camera").touch()
    shelf.sweep()
    assert names(tmp_path) == {"notes.camera"}, "only ours"


def test_where_the_disk_is_short_alerts_go_first(disk: Path) -> None:
    shelf = Shelf(disk / "evidence", limits(free_bytes_min=2 * MB))
    for number in (0, 1):
        shelf.write(event_id(number), f"{event_id(number)}-0.jpg", bytes(MB))
    alert(shelf, 20, MB)
    (disk / "a log that grows").write_bytes(bytes(3 * MB))
    shelf.write(event_id(2), f"{event_id(2)}-0.jpg", bytes(MB))
    assert names(disk / "evidence") == {f"{event_id(number)}-0.jpg" for number in (0, 1, 2)}


def test_the_daemon_says_which_events_are_of_cameras(tmp_path: Path) -> None:
    clock = ReplayClock(datetime(2026, 11, 20, tzinfo=timezone.utc))
    reporter = Reporter(
        lambda _event, _at_ns: None, Pictures(Keeper(tmp_path, limits(), clock), plain=True)
    )
    noticing = Noticing("lab", ModelUsed("first", "0" * 64), clock, reporter.tell)
    rgb = np.full((36, 64, 3), 90, np.uint8)
    seen = Seen(frame("hall", rgb=rgb), Scores(0, 16 / 9, (), scenes.liquid()), (), ())
    blind = Notice("hall", "camera", 0, 0, "dark", 1.0, ThresholdUsed(0.0, "fit to see"))
    event = noticing.opened(blind, seen)
    odd = noticing.opened(replace(blind, label="unusual", path="unusual"), seen)
    each = ("-0.jpg", "-0-plain.jpg")
    assert names(tmp_path) == {
        f"{event.event_id}.camera",
        *(f"{one.event_id}{end}" for one in (event, odd) for end in each),
    }
