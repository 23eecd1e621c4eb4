"""Pictures that show nothing become health, an alert and its end; over restarts, and site files
that change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from alerts.event import ModelUsed
from alerts.noted import Noted
from edge.attending import Attending
from edge.clock import ReplayClock
from edge.config.schema import Config
from edge.core.types import Rgb, Scores
from edge.fitness import Fitness, FitRules
from edge.noticing import Noticing
from edge.onlooking import fit_rules
from edge.pipeline import Seen
from edge.reconnect import Tally
from edge.remembered import Remembered
from edge.report import Told
from tests.edge.frames import NS, frame
from tests.support import scenes

START = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)
UTC = ZoneInfo("UTC")
_RNG = np.random.default_rng(0)
# A room with edges; the sensor adds its noise.
ROOM = np.kron(_RNG.integers(40, 200, (18, 32, 1)), np.ones((10, 10, 3))).astype(np.uint8)


def room() -> Rgb:
    noise = _RNG.normal(0, 3, ROOM.shape)
    return np.clip(ROOM + noise, 0, 255).astype(np.uint8)


def black() -> Rgb:
    return np.zeros_like(ROOM)


class Site:
    """One camera, and everything between its pictures and its events, by a clock that is set."""

    def __init__(self, folder: Path, at_s: float = 0.0, shows: str = "rtsp://door") -> None:
        self.clock = ReplayClock(START)
        self.clock.set(int(at_s * NS))
        self.streams: dict[str, Tally] = {"door": Tally(reason="ok", said="pictures arrive")}
        self.rules: Mapping[str, FitRules] = {"door": FitRules(shows=shows, alert_after_s=10)}
        self.told: list[Told] = []
        self.fitness = Fitness(
            lambda: self.rules, self.clock, UTC, Remembered(folder), lambda _seen: b"a picture"
        )
        noticing = Noticing("lab", ModelUsed("first", "0" * 64), self.clock, self.told.append)
        self.attending = Attending(
            lambda: self.streams, lambda: self.rules, self.fitness, noticing,
            Noted(folder / "open.json"),
        )  # fmt: skip

    def shows(self, rgb: Rgb | None, seconds: int = 1) -> None:
        """So many seconds of such pictures; None is no picture at all."""
        for _ in range(seconds):
            now_ns = self.clock.now_ns() + NS
            self.clock.set(now_ns)
            if rgb is not None:
                picture = room() if rgb is ROOM else rgb
                scores = Scores(now_ns, 16 / 9, (), scenes.liquid())
                seen = Seen(frame("door", at_ns=now_ns, rgb=picture), scores, (), ())
                self.fitness.look(seen, False)
            self.attending.tick()

    def phases(self) -> list[tuple[str, str]]:
        return [(one.event.phase, one.event.path) for one in self.told]


def test_black_pictures_are_told_of_with_a_picture_and_taken_back(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.shows(ROOM, 30)
    assert site.fitness.view("door") == b""
    site.shows(black(), 45)
    assert site.phases() == [("opened", "dark")]
    assert site.told[0].seen is not None
    assert site.fitness.view("door") == b"a picture"
    site.shows(ROOM, 40)
    assert site.phases() == [("opened", "dark"), ("closed", "dark")]
    assert site.fitness.view("door") == b""
    assert len({one.event.event_id for one in site.told}) == 1
    seconds = site.attending.seconds("door")
    assert set(seconds) == {"ok", "dark"}
    assert sum(seconds.values()) == pytest.approx(30 + 45 + 40 - 1)
    assert 30 <= seconds["dark"] <= 50


def test_a_stream_that_is_gone_is_told_of_without_pictures(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.streams["door"] = Tally(reason="offline", said="no route to host")
    site.shows(None, 15)
    assert site.phases() == [("opened", "offline")]
    assert site.told[0].seen is None


def test_the_end_of_a_recording_is_no_fault(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.rules = {"door": FitRules(live=False, alert_after_s=10)}
    site.shows(ROOM, 5)
    site.streams["door"] = Tally(reason="offline", said="the recording ended")
    site.shows(None, 60)
    assert site.phases() == []


def test_an_alert_that_was_open_goes_on_after_a_restart(tmp_path: Path) -> None:
    before = Site(tmp_path)
    before.shows(black(), 40)
    after = Site(tmp_path, at_s=7200)
    after.shows(black(), 40)
    assert after.phases() == []
    after.shows(ROOM, 40)
    assert after.phases() == [("closed", "dark")]
    assert after.told[0].event.event_id == before.told[0].event.event_id
    again = Site(tmp_path, at_s=9000)
    again.shows(ROOM, 5)
    assert again.phases() == []


def test_an_alert_ends_if_the_camera_sees_after_the_restart(tmp_path: Path) -> None:
    Site(tmp_path).shows(black(), 40)
    after = Site(tmp_path, at_s=7200)
    after.streams["door"] = Tally(reason="offline", said="connecting")
    after.shows(None, 3)
    after.streams["door"] = Tally(reason="ok", said="pictures arrive")
    after.shows(ROOM, 50)
    assert after.phases() == []
    after.shows(ROOM, 20)
    assert after.phases() == [("closed", "dark")]


def test_an_alert_of_a_reason_that_nobody_knows_any_more_ends_once_the_camera_sees(
    tmp_path: Path,
) -> None:
    Site(tmp_path).shows(black(), 40)
    noted = tmp_path / "open.json"
    noted.write_text(noted.read_text().replace("dark", "unusual"))
    after = Site(tmp_path, at_s=7200)
    after.shows(ROOM, 90)
    assert [phase for phase, _ in after.phases()] == ["closed"]


@pytest.mark.parametrize("how", ["taken out", "turned off", "pointed elsewhere"])
def test_what_is_open_ends_with_the_camera(tmp_path: Path, how: str) -> None:
    site = Site(tmp_path)
    site.shows(black(), 40)
    if how == "taken out":
        site.streams = {}
    elif how == "turned off":
        site.rules = {"door": FitRules(judged=False, alerts=False)}
    else:
        site.fitness.forget("door")
        site.attending.forget("door")
    site.shows(None, 2)
    assert site.phases() == [("opened", "dark"), ("closed", "dark")]


def test_an_alert_of_a_camera_that_was_taken_out_while_it_was_stopped_ends(tmp_path: Path) -> None:
    Site(tmp_path).shows(black(), 40)
    after = Site(tmp_path)
    after.streams = {}
    after.shows(None, 2)
    assert after.phases() == [("closed", "dark")]


def test_what_was_learnt_outlives_the_process_but_not_the_view(tmp_path: Path) -> None:
    before = Site(tmp_path)
    before.shows(ROOM, 60)
    before.fitness.keep("door", last=True)
    (kept,) = tmp_path.glob("*.bin")
    written = kept.read_bytes()
    same = Site(tmp_path)
    same.shows(ROOM, 1)
    same.fitness.keep("door", last=True)
    other = Site(tmp_path, shows="rtsp://another")
    other.shows(ROOM, 1)
    other.fitness.keep("door", last=True)
    assert len(kept.read_bytes()) < len(written), "learnt anew"


def test_a_recording_that_is_over_leaves_no_alert_open_and_what_it_taught(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.rules = {"door": FitRules(live=False, alert_after_s=10)}
    site.shows(ROOM, 40)
    site.shows(black(), 40)
    for listener in (site.fitness, site.attending):
        listener.end("door")
    site.shows(None, 30)
    assert site.phases() == [("opened", "dark"), ("closed", "dark")]
    assert site.fitness.verdict("door") is None
    assert Remembered(tmp_path).read("door") is not None


def test_damaged_learning_is_set_aside(tmp_path: Path) -> None:
    before = Site(tmp_path)
    before.shows(ROOM, 5)
    before.fitness.keep("door", last=True)
    (kept,) = tmp_path.glob("*.bin")
    kept.write_bytes(kept.read_bytes()[:-7] + b"damaged")
    after = Site(tmp_path)
    after.shows(ROOM, 5)
    assert after.fitness.verdict("door") is not None
    assert (tmp_path / f"{kept.name}.damaged").exists()


def site_with(cameras: list[dict[str, Any]], **sections: Any) -> Config:
    values = {"version": 1, "site": {"name": "lab"}, "cameras": cameras} | sections
    return Config.model_validate(values, context=None, strict=False)


def test_rules_of_a_site_file() -> None:
    cameras: list[dict[str, Any]] = [
        {"name": "hall", "url": "rtsp://host/1"},
        {"name": "ward", "url": "rtsp://host/2", "fit": False},
        {"name": "drawn", "url": "pattern:fall"},
    ]
    rules = fit_rules(site_with(cameras, fit={"alert_after_s": 90}))
    assert rules["hall"] == FitRules(True, True, 90, True, "rtsp://host/1")
    assert (rules["ward"].judged, rules["ward"].alerts) == (False, False)
    assert (rules["drawn"].judged, rules["drawn"].live) == (False, False)
    off = fit_rules(site_with(cameras, fit={"enabled": False}))
    assert not any(one.judged or one.alerts for one in off.values())
