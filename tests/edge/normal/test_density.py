from __future__ import annotations

import numpy as np
import pytest

from edge.normal.density import Density
from edge.normal.hours import HOURS, nearness
from tests.edge.normal.scenes import SHAPE, View

DAY_S = 86_400.0


def learnt(view: View, seconds: int, hour: float = 10.5, *, night: bool = False) -> Density:
    density = Density.empty(12, 8, 7 * DAY_S)
    teach(density, view, seconds, hour, night=night)
    return density


def teach(
    density: Density,
    view: View,
    seconds: int,
    hour: float,
    *,
    night: bool = False,
    object_at: tuple[int, int] | None = None,
    start_s: float = 0.0,
) -> None:
    for second in range(seconds):
        seen = view.second(night=night, object_at=object_at)
        at_s = start_s + second
        density.learn(seen, density.distances(seen, hour, at_s), hour, at_s)


def test_usual_seconds_are_about_one_from_usual_and_what_is_new_is_far_where_it_is() -> None:
    view = View()
    density = learnt(view, 900)
    usual = np.mean([density.distances(view.second(), 10.5, 900) for _ in range(100)], axis=0)
    assert (usual > 0.7).all()
    assert (usual < 1.3).all()
    new = density.distances(view.second(object_at=(1, 2)), 10.5, 900).reshape(SHAPE[1:])
    assert new[1, 2] > 10
    assert np.delete(new.ravel(), 1 * 4 + 2).max() < 3


def test_what_stays_is_not_usual_at_once_and_is_after_weeks() -> None:
    view = View()
    density = learnt(view, 1200)
    before = density.distances(view.second(object_at=(1, 2)), 10.5, 1200)[6]
    teach(density, view, 1200, 10.5, object_at=(1, 2), start_s=1200.0)
    after = density.distances(view.second(object_at=(1, 2)), 10.5, 2400)[6]
    assert after > before / 3
    for day in range(3, 30, 3):
        teach(density, view, 300, 10.5, object_at=(1, 2), start_s=day * DAY_S)
    assert density.distances(view.second(object_at=(1, 2)), 10.5, 30 * DAY_S)[6] < 2


def test_where_nobody_ever_stood_somebody_is_no_impossibility() -> None:
    """People stood everywhere but in one place; there they are less unusual than they would be if
    only that place itself could say what people look like."""
    view, alone = View(), View()
    taught, bare = learnt(view, 60), learnt(alone, 60)
    for second in range(600):
        place = second % 11
        teach(taught, view, 1, 10.5, object_at=(place // 4, place % 4), start_s=60.0 + second)
        teach(bare, alone, 1, 10.5, start_s=60.0 + second)
    with_people = taught.distances(view.second(object_at=(2, 3)), 10.5, 700)[11]
    without = bare.distances(alone.second(object_at=(2, 3)), 10.5, 700)[11]
    assert with_people < 0.6 * without


def test_night_is_usual_at_night_alone() -> None:
    view = View()
    density = learnt(view, 900)
    teach(density, view, 900, 22.5, night=True, start_s=43_200.0)
    at_s = 45_000.0
    assert np.median(density.distances(view.second(night=True), 22.5, at_s)) < 2
    assert np.median(density.distances(view.second(), 10.5, at_s)) < 2
    assert np.median(density.distances(view.second(night=True), 10.5, at_s)) > 4


def test_an_hour_that_was_never_watched_borrows_from_those_beside_it() -> None:
    view = View()
    density = learnt(view, 900, 10.5)
    teach(density, view, 900, 22.5, night=True, start_s=43_200.0)
    assert np.median(density.distances(view.second(), 11.5, 45_000.0)) < 2
    assert np.median(density.distances(view.second(night=True), 21.5, 45_000.0)) < 2


def test_hours_are_near_across_midnight() -> None:
    near = nearness(0.1)
    assert len(near) == HOURS
    assert near[23] > 0.3
    assert near[12] < 0.01
    assert nearness(24.1) == pytest.approx(near)


def test_before_anything_was_learnt_nothing_is_far() -> None:
    assert (Density.empty(12, 8, DAY_S).distances(View().second(), 3.0, 0.0) == 0).all()
