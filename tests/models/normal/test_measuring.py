"""What is measured of the normal pattern, on features whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from models.normal.measuring import Clip, area, drifted, told
from models.normal.recurrent import Recurrent
from models.normal.site_days import DAY_S, NORMAL_DAYS, STAGED, rows_of
from models.normal.watched import ALTERED, CHANGES, Track
from tests.edge.normal.scenes import View


def track(view: View, seconds: int, *, from_second: int | None = None) -> Track:
    """Features of each second; from one on, something stands in two places."""
    found = []
    for second in range(seconds):
        here = from_second is not None and second >= from_second
        seen = view.second(object_at=(1, 2) if here else None)
        if here:
            seen[:, 1, 1] += 3
        found.append(seen)
    return np.array(found, np.float32)


@pytest.fixture(scope="module")
def clips() -> list[Clip]:
    """The days of a camera, without nights."""
    view = View()
    rows = [row for row in rows_of(0) if row.hour == 10.0]
    onset = {"none": None} | dict.fromkeys(STAGED[1:], round(DAY_S / 2))
    return [Clip(row, track(view, round(DAY_S), from_second=onset[row.staged])) for row in rows]


def test_what_was_staged_stands_out_against_its_own_day_and_others(clips: list[Clip]) -> None:
    found = told(clips)
    assert [one.staged for one in found] == ["none"] * 2 + list(STAGED[1:])
    for one in found[:2]:
        assert one.same_day["density"] < 0.8
    for one in found[2:]:
        assert one.same_day["density"] > 0.95
        assert one.other_days["density"] > 0.95
        assert set(one.same_day) == {"density", "forecast", "recurrent"}


def test_another_view_is_a_drift_and_the_same_one_is_none(clips: list[Clip]) -> None:
    last = next(clip for clip in clips if clip.row.day == NORMAL_DAYS - 1)
    changes = {"none": last.track, "another": track(View(seed=2), round(DAY_S))}
    same, other = drifted(clips, changes)
    assert same.bets is None
    assert other.bets is not None
    assert other.bets < other.of
    assert same.highest < 5


def test_a_recurrent_autoencoder_gives_again_what_it_learnt_and_nothing_else() -> None:
    seconds = np.arange(400, dtype=np.float32)
    waves = np.stack([np.sin(0.4 * seconds), np.cos(0.4 * seconds)], 1)
    network = Recurrent([waves])
    assert network.score(waves[:60]).mean() < 0.2
    assert network.score(-2 * waves[::-3][:60]).mean() > 0.5


def test_area_counts_ties_half() -> None:
    assert area(np.array([1.0, 2.0]), np.array([0.0])) == 1
    assert area(np.array([1.0]), np.array([1.0])) == 0.5
    assert area(np.array([0.0]), np.array([1.0, 2.0])) == 0


def test_what_is_done_to_a_picture_shows_and_keeps_its_shape() -> None:
    rgb = np.random.default_rng(1).integers(0, 256, (90, 160, 3)).astype(np.uint8)
    for change in CHANGES:
        altered = ALTERED[change](rgb)
        assert altered.shape == rgb.shape
        assert altered.dtype == np.uint8
        assert (altered == rgb).all() == (change == "none")


def test_a_camera_has_days_and_nights_and_a_day_for_each_thing_staged() -> None:
    rows = rows_of(3)
    assert len({row.clip for row in rows}) == len(rows) == 2 * NORMAL_DAYS + len(STAGED) - 1
    assert [row.staged for row in rows[2 * NORMAL_DAYS :]] == list(STAGED[1:])
    assert {row.hour for row in rows} == {10.0, 22.0}
