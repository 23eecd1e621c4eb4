"""What is learnt of cameras is written seldom, but soon enough; who forgets a camera is noticed."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from edge import fit
from edge.fitness import mark
from edge.remembered import Remembered, worth_writing
from tests.edge.test_attending import ROOM, Site, room
from tests.edge.test_normality import Bench


def written(path: Path) -> tuple[int, int] | None:
    """Changes whenever it is written."""
    return (path.stat().st_ino, path.stat().st_mtime_ns) if path.exists() else None


def test_a_pattern_is_written_soon_at_first_and_every_hour_later(tmp_path: Path) -> None:
    bench, path = Bench(tmp_path), Remembered(tmp_path).path("hall")
    bench.days(1)
    normal = bench.normality.normal("hall")
    assert normal is not None
    found = []
    for second in range(0, 9 * 3600, 10):  # as the onlooker asks
        normal.learnt_s, before = float(second), written(path)
        bench.normality.keep("hall")
        if written(path) != before:
            found.append(second)
    assert found[0] == 60
    gaps = [later - one for one, later in pairwise(found)]
    assert gaps == sorted(gaps)
    assert max(gaps) == 3600
    assert len(found) < 9 * 12 / 3, "a third of what every five minutes would be"


def test_where_nothing_is_learnt_nothing_is_written(tmp_path: Path) -> None:
    bench, path = Bench(tmp_path), Remembered(tmp_path).path("hall")
    bench.days(90)
    bench.normality.keep("hall")
    before = written(path)
    for _ in range(90):
        bench.show(bench.view.second(), occupied=True)
        bench.normality.keep("hall")
    bench.normality.keep("hall", last=True)
    assert written(path) == before
    bench.days(1)
    bench.normality.keep("hall")
    assert written(path) == before
    bench.normality.keep("hall", last=True)
    assert written(path) != before, "at the end all of it"


def test_a_picture_that_may_no_longer_be_kept_goes_at_once(tmp_path: Path) -> None:
    bench, path = Bench(tmp_path), Remembered(tmp_path).path("hall")
    bench.days(90)
    bench.normality.keep("hall")
    before = written(path)
    bench.rules = {"hall": replace(bench.rules["hall"], picture=False)}
    bench.days(1)
    bench.normality.keep("hall")
    assert written(path) != before


def test_a_view_is_written_when_it_is_learnt_and_then_seldom(tmp_path: Path) -> None:
    site, path = Site(tmp_path), Remembered(tmp_path).path("door")
    found: list[int] = []
    for second in range(0, 240, 10):
        site.shows(ROOM, 10)
        before = written(path)
        site.fitness.keep("door")
        if written(path) != before:
            found.append(second)
    (look,) = fit.Baseline.from_bytes(path.read_bytes()[len(mark("")) :]).looks
    assert look.pictures == 60, "all of it"
    assert len([second for second in found if second >= 90]) <= 3


def elsewhere(site: Site, seconds: int) -> None:
    """It was turned."""
    for _ in range(seconds):
        site.shows(np.roll(room(), (17, 26), (0, 1)))


def test_a_view_that_somebody_forgets_is_learnt_anew_while_it_runs(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.shows(ROOM, 60)
    site.fitness.keep("door")
    elsewhere(site, 60)
    site.fitness.keep("door")
    verdict = site.fitness.verdict("door")
    assert verdict is not None
    assert verdict.reason == "moved"
    Remembered(tmp_path).forget("door")
    site.fitness.keep("door")
    elsewhere(site, 40)
    site.fitness.keep("door")
    verdict = site.fitness.verdict("door")
    assert verdict is not None
    assert verdict.reason == "ok"
    assert Remembered(tmp_path).read("door") is not None


@pytest.mark.parametrize(
    ("learnt_s", "written_s", "worth"),
    [(59, 0, False), (60, 0, True), (100, 60, False), (120, 60, True), (1249, 1000, False),
     (1250, 1000, True), (100_000, 96_500, False), (100_100, 96_500, True)],
)  # fmt: skip
def test_when_it_is_worth_it(learnt_s: float, written_s: float, worth: bool) -> None:
    assert worth_writing(learnt_s, written_s) is worth
