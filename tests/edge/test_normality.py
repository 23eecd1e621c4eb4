"""Normal days of cameras, learnt beside the alarms; and what is unusual, told within a budget."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from alerts.event import Event, ModelUsed
from alerts.noted import Noted
from edge.clock import ReplayClock
from edge.core.types import Label, Scores
from edge.normal.density import Features
from edge.normality import Normality, NormalRules, in_view
from edge.noticing import Noticing
from edge.pipeline import Seen
from edge.remembered import Remembered
from edge.report import Told
from edge.unusual import Unusual
from tests.edge.frames import NS, frame
from tests.edge.normal.scenes import View

START = datetime(2026, 3, 2, 9, 30, tzinfo=timezone.utc)
SHA, STRIDE = "ab" * 32, 64
AGAIN: Mapping[Label, float] = {"collapse": 70.0, "spill": 330.0}
QUIET = Scores(0, 1.0, (), np.zeros((4, 4), np.float32))


class Bench:
    """One camera of 256×192, which is 3×4 places, and those who listen."""

    def __init__(self, folder: Path | None = None, *, a_day: float = 0.0, sha: str = SHA) -> None:
        self.rules = {"hall": NormalRules(a_day, AGAIN, "rtsp://hall")}
        self.clock = ReplayClock(START)
        self.told: list[Event] = []
        noticing = Noticing("site", ModelUsed("first", sha), self.clock, self._tell)
        noted = None if folder is None else Noted(folder / "open.json")
        self.unusual = Unusual(noticing, STRIDE, noted)
        self.sees = True
        self.normality = Normality(
            lambda: self.rules,
            self.clock,
            ZoneInfo("UTC"),
            (sha, STRIDE),
            files=None if folder is None else Remembered(folder),
            unusual=self.unusual,
            sees=lambda _camera: self.sees,
        )
        self.view = View()
        self.second = 0

    def _tell(self, told: Told) -> None:
        assert isinstance(told.event, Event)
        self.told.append(told.event)

    def show(
        self, features: Features | None, *, occupied: bool = False, unchanged: bool = False
    ) -> None:
        at_ns = self.second * NS
        self.clock.set(at_ns)
        seen = Seen(
            frame("hall", self.second, at_ns, np.full((192, 256, 3), 80, np.uint8)),
            replace(QUIET, at_ns=at_ns), (), (), unchanged, features,
        )  # fmt: skip
        self.normality.look(seen, occupied)
        self.unusual.tick()
        self.second += 1

    def days(self, seconds: int) -> None:
        for _ in range(seconds):
            self.show(self.view.second())

    @property
    def learnt_s(self) -> float:
        normal = self.normality.normal("hall")
        return 0.0 if normal is None else normal.learnt_s


def test_it_learns_a_second_at_a_time_but_not_from_who_cannot_see_nor_while_something_goes_on() -> (
    None
):
    bench = Bench()
    bench.days(20)
    assert bench.learnt_s == 20
    bench.show(bench.view.second(), occupied=True)
    bench.sees = False
    bench.show(bench.view.second())
    assert bench.learnt_s == 20


def test_a_picture_that_the_network_was_spared_shows_what_the_last_one_did() -> None:
    bench = Bench()
    bench.show(None, unchanged=True)
    assert bench.normality.normal("hall") is None
    bench.days(3)
    bench.show(None, unchanged=True)
    assert bench.learnt_s == 4
    bench.show(None)
    assert bench.learnt_s == 4


@pytest.mark.parametrize("number", [np.nan, np.inf, -1e30])
def test_features_that_are_no_numbers_teach_nothing_and_harm_nothing(number: float) -> None:
    bench = Bench()
    bench.days(640)
    overflown = bench.view.second().copy()
    overflown[0, 0, 0] = number
    bench.show(overflown)
    bench.show(None, unchanged=True)
    assert bench.learnt_s == 640
    bench.days(1)
    assert bench.learnt_s == 643  # and the two that went by
    reading = bench.normality.reading("hall")
    assert reading is not None
    assert np.isfinite(reading.distances).all()


def test_a_camera_that_is_not_to_be_learnt_is_not() -> None:
    bench = Bench()
    bench.days(3)
    bench.rules = {}
    bench.show(bench.view.second())
    assert bench.normality.normal("hall") is None


def test_what_was_learnt_outlives_the_process_unless_camera_or_network_are_others(
    tmp_path: Path,
) -> None:
    one = Bench(tmp_path)
    one.days(30)
    one.normality.keep("hall", last=True)
    again = Bench(tmp_path)
    again.days(1)
    assert again.learnt_s == 31
    other_network = Bench(tmp_path, sha="cd" * 32)
    other_network.days(1)
    assert other_network.learnt_s == 1
    turned = Bench(tmp_path)
    turned.rules = {"hall": NormalRules(0.0, AGAIN, "rtsp://yard")}
    turned.days(1)
    assert turned.learnt_s == 1


def test_a_damaged_file_is_set_aside_and_learning_begins_anew(tmp_path: Path) -> None:
    one = Bench(tmp_path)
    one.days(5)
    one.normality.keep("hall", last=True)
    path = Remembered(tmp_path).path("hall")
    path.write_bytes(path.read_bytes()[:-20])
    again = Bench(tmp_path)
    again.days(1)
    assert again.learnt_s == 1
    assert [one.name for one in tmp_path.glob("*.damaged")] == [f"{path.name}.damaged"]
    again.normality.keep("hall", last=True)
    assert path.exists()


def test_no_picture_is_kept_where_people_are_to_be_hidden_nor_one_from_before() -> None:
    bench = Bench()
    bench.days(3)
    normal = bench.normality.normal("hall")
    assert normal is not None
    assert normal.picture.drawn() is not None
    bench.rules = {"hall": replace(bench.rules["hall"], picture=False)}
    bench.days(1)
    assert normal.picture.drawn() is None


def test_who_deletes_or_writes_the_file_meanwhile_wins(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.days(5)
    bench.normality.keep("hall", last=True)
    Remembered(tmp_path).forget("hall")
    bench.normality.keep("hall", last=True)
    assert bench.normality.normal("hall") is None
    bench.days(2)
    bench.normality.keep("hall", last=True)
    taught = Bench(tmp_path)
    taught.days(40)
    taught.normality.keep("hall", last=True)
    bench.normality.keep("hall", last=True)
    bench.days(1)
    assert bench.learnt_s == 43  # 2, 40 and 1


def test_a_camera_that_is_gone_leaves_no_file(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.days(2)
    bench.normality.keep("hall", last=True)
    bench.normality.forget("hall")
    bench.normality.keep("hall", last=True)
    assert not list(tmp_path.glob("*.bin"))


@pytest.fixture(scope="module")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A pattern after twelve minutes of the same hour, with a day on record."""
    folder = tmp_path_factory.mktemp("learnt")
    bench = Bench(folder)
    bench.days(720)
    normal = bench.normality.normal("hall")
    assert normal is not None
    began_s = START.timestamp()
    normal.record.watched = [(int(began_s // 86_400) - 1, 86_400.0)]
    normal.record.peaks = [(0.5 - block / 500, began_s - 600.0 * block) for block in range(144)]
    bench.normality.keep("hall", last=True)
    return Remembered(folder).path("hall").read_bytes()


def knowing(learnt: bytes, folder: Path, a_day: float) -> Bench:
    Remembered(folder).write("hall", learnt)
    bench = Bench(folder, a_day=a_day)
    bench.second = 720
    bench.days(5)
    return bench


def put_down(bench: Bench, seconds: int) -> None:
    """Something stands in two places beside each other."""
    for _ in range(seconds):
        seen = bench.view.second(object_at=(1, 2))
        seen[:, 1, 3] += 4
        bench.show(seen)


def test_the_unusual_is_told_once_where_it_is_and_ends(learnt: bytes, tmp_path: Path) -> None:
    bench = knowing(learnt, tmp_path, 1.0)
    put_down(bench, 40)
    bench.days(60)
    assert [event.phase for event in bench.told] == ["opened", "closed"]
    event = bench.told[0]
    assert (event.label, event.path, event.camera) == ("unusual", "unusual", "hall")
    assert event.score >= event.threshold.value > 0.98
    x, y, w, h = event.box
    assert x <= 0.5 < x + w == 1.0
    assert y < 0.5 < y + h
    assert h < 0.5


def test_a_recording_that_is_over_leaves_nothing_open_and_what_it_taught(
    learnt: bytes, tmp_path: Path
) -> None:
    bench = knowing(learnt, tmp_path, 1.0)
    put_down(bench, 40)
    bench.normality.end("hall")
    assert [event.phase for event in bench.told] == ["opened", "closed"]
    assert bench.normality.normal("hall") is None
    again = Bench(tmp_path)
    again.days(1)
    assert again.learnt_s > 720


def test_the_budget_is_kept_on_a_bad_day(learnt: bytes, tmp_path: Path) -> None:
    bench = knowing(learnt, tmp_path, 2.0)
    for _ in range(4):
        put_down(bench, 30)
        bench.days(100)
    assert [event.phase for event in bench.told] == ["opened", "closed"] * 2


def test_without_a_budget_nothing_unusual_is_told(learnt: bytes, tmp_path: Path) -> None:
    bench = knowing(learnt, tmp_path, 0.0)
    put_down(bench, 40)
    assert bench.told == []


def test_nothing_unusual_is_told_while_something_goes_on(learnt: bytes, tmp_path: Path) -> None:
    bench = knowing(learnt, tmp_path, 1.0)
    for _ in range(40):
        seen = bench.view.second(object_at=(1, 2))
        seen[:, 1, 3] += 4
        bench.show(seen, occupied=True)
    assert bench.told == []


def test_what_stays_is_closed_after_ten_minutes_and_learnt_only_then(
    learnt: bytes, tmp_path: Path
) -> None:
    bench = knowing(learnt, tmp_path, 1.0)
    put_down(bench, 40)
    assert bench.told[-1].phase == "opened"
    learnt_s = bench.learnt_s
    put_down(bench, 500)
    assert bench.learnt_s == learnt_s
    put_down(bench, 120)
    assert [event.phase for event in bench.told] == ["opened", "closed"]
    assert bench.learnt_s > learnt_s


def test_what_a_process_left_open_the_next_one_ends(learnt: bytes, tmp_path: Path) -> None:
    bench = knowing(learnt, tmp_path, 1.0)
    put_down(bench, 40)
    assert bench.told[-1].phase == "opened"
    again = Bench(tmp_path)
    again.days(1)
    assert [event.phase for event in again.told] == ["closed"]
    assert again.told[0].event_id == bench.told[-1].event_id
    third = Bench(tmp_path)
    third.days(1)
    assert third.told == []


def test_places_that_show_no_picture_are_left_away() -> None:
    features = np.zeros((32, 6, 10), np.float32)
    assert in_view(features, (360, 640, 3), 64).shape == (32, 6, 10)
    assert in_view(features, (384, 512, 3), 64).shape == (32, 6, 8)
    assert in_view(features, (300, 640, 3), 64).shape == (32, 5, 10)
