"""Of a recording in which nothing happened, what comes near an alarm is found, wherever it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge import zoo
from edge.core.types import Box, Rgb
from models import eye, mine, site, site_mining, site_stores
from models.mine import Near
from tests.support.clips import write_clip

NEVER, ALWAYS = 100.0, 1e-6  # thresholds


def _near(at_s: float, collapse: float, spill: float = 0.0) -> Near:
    rgb = np.full((36, 64, 3), 90, np.uint8)
    box = Box(0.25, 0.5, 0.5, 0.25)
    return Near("day.mp4", at_s, rgb, {"collapse": collapse, "spill": spill}, box)


def test_of_each_stretch_the_nearest_is_kept() -> None:
    heap = [_near(at_s, 0.9) for at_s in range(100)]
    kneels = _near(57.0, 1.4)
    kept = mine.chosen([*heap, kneels], 100.0, 20)
    assert len(kept) == 10
    assert kneels in kept
    assert [int(one.at_s) // 10 for one in kept] == list(range(10))


def test_a_floor_that_shines_all_day_does_not_hide_who_kneels() -> None:
    shines = [_near(float(at_s), 0.1, 3.0) for at_s in range(100)]
    kneels = _near(57.0, 0.6, 2.9)
    kept = mine.chosen([*shines, kneels], 100.0, 4)
    assert kneels in kept
    assert len(kept) == 3


def test_a_recording_that_does_not_say_how_long_it_is_is_kept_in_pieces() -> None:
    kept = mine.chosen([_near(at_s, 1.0) for at_s in range(0, 1200, 10)], 0.0, 12)
    assert [one.at_s for one in kept] == [0.0, 300.0, 600.0, 900.0]


def test_the_sheet_shows_the_nearest_with_their_box() -> None:
    assert mine.sheet([]) is None
    shown = mine.sheet([_near(float(n), 1.0 + n) for n in range(30)])
    assert shown is not None
    width, height = mine.TILE
    assert shown.shape == (height * mine.TILES_MAX // mine.COLUMNS, width * mine.COLUMNS, 3)
    left, top = width // 4, height // 2
    red, green, _ = shown[top, left + 20]
    assert red > 200
    assert green < 60
    wet = mine.sheet([_near(0.0, 0.0, 2.0)])
    assert wet is not None
    assert (wet[top, left + 20] == 90).all()


def _picture(number: int) -> Rgb:
    rng = np.random.default_rng(number)
    return rng.integers(0, 255, (90, 160, 3), dtype=np.uint8)


@pytest.fixture
def quiet(tmp_path: Path) -> site.Site:
    """Six seconds of pictures that have nothing in common, and six of one that stays."""
    (tmp_path / "normal").mkdir()
    write_clip(tmp_path / "normal/a.mp4", [_picture(n) for n in range(6)], fps=1)
    write_clip(tmp_path / "normal/b.mp4", [_picture(1)] * 6, fps=1)
    return site.read(tmp_path)


def test_what_is_near_is_looked_for_in_every_picture_that_shows_something_new(
    quiet: site.Site, tmp_path: Path
) -> None:
    shipped = zoo.find("first", None).path.parent
    with eye.opened(shipped) as opened:
        nothing = site_mining.mined(quiet, opened, {"collapse": NEVER, "spill": NEVER})
        mined = site_mining.mined(quiet, opened, {"collapse": NEVER, "spill": ALWAYS})
        few = site_mining.mined(quiet, opened, {"collapse": NEVER, "spill": ALWAYS}, room=8)
    assert [len(found) for found in nothing.values()] == [0, 0]
    assert [len(found) for found in mined.values()] == [6, 1]
    assert [len(found) for found in few.values()] == [2, 1]
    learn, apart = site_stores.build(quiet, tmp_path / "stores", mined, frames_max=8)
    names = sorted(sample.name for sample in (*learn.samples, *apart.samples))
    assert {f"a.mp4@{at_s}.00" for at_s in range(4)} <= set(names)


def test_where_clips_to_judge_by_are_there_all_of_normal_is_learnt_from(
    quiet: site.Site, tmp_path: Path
) -> None:
    _, apart = site_stores.build(quiet, tmp_path / "stores")
    assert apart.samples
    (quiet.folder / "truth.csv").write_text("clip,label,onset_s,end_s\n")
    learn, apart = site_stores.build(quiet, tmp_path / "stores")
    assert not apart.samples
    assert len(learn.samples) == 12
