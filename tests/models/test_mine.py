"""Of a recording in which nothing happened, what comes near an alarm is found, wherever it is."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from alerts.main import main
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


def test_where_there_is_room_every_second_of_who_kneels_is_kept() -> None:
    kneels = [_near(float(at_s), 1.2) for at_s in range(50, 58)]
    assert mine.chosen(kneels, 100.0, 8) == kneels
    assert len(mine.chosen(kneels, 100.0, 7)) < 4


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
    names = site_mining.recordings(quiet)
    assert list(names.values()) == ["a.mp4", "b.mp4"]
    shipped = zoo.find("first", None).path.parent
    with eye.opened(shipped) as opened:
        nothing = site_mining.mined(names, opened, {"collapse": NEVER, "spill": NEVER})
        mined = site_mining.mined(names, opened, {"collapse": NEVER, "spill": ALWAYS})
        few = site_mining.mined(names, opened, {"collapse": NEVER, "spill": ALWAYS}, room=8)
    assert [len(found) for found in nothing.values()] == [0, 0]
    assert [len(found) for found in mined.values()] == [6, 1]
    assert [len(found) for found in few.values()] == [2, 1]
    learn, apart = site_stores.build(quiet, tmp_path / "stores", mined, frames_max=8)
    kept = {sample.name for sample in (*learn.samples, *apart.samples)}
    assert {f"a.mp4@{at_s}.00" for at_s in range(4)} <= kept


def test_the_command_writes_pictures_a_table_and_a_sheet(
    quiet: site.Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = _nervous(tmp_path / "nervous")
    said = ["mine", str(quiet.folder / "normal"), "--model", str(model)]
    assert main([*said, "--out", str(tmp_path / "out")]) == 0
    told = capsys.readouterr().out
    assert "a.mp4: 6 pictures, nearest collapse" in told
    with (tmp_path / "out/mined.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 7
    assert all((tmp_path / "out" / row["picture"]).is_file() for row in rows)
    assert all(float(row["spill"]) >= mine.NEAR for row in rows)
    assert cv2.imread(str(tmp_path / "out/mined.png")) is not None


def test_the_command_says_what_it_cannot_do(
    quiet: site.Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    normal, out = str(quiet.folder / "normal"), str(tmp_path / "out")
    (tmp_path / "empty").mkdir()
    for said, words in (
        ([str(tmp_path / "empty"), "--out", out], "holds no recording"),
        ([str(tmp_path / "no.mp4"), "--out", out], "no such file or folder"),
        ([normal, "--out", normal], "is there already; name a new folder"),
        ([normal, "--out", out, "--model", "none"], "does not ship"),
    ):
        assert main(["mine", *said]) == 2
        [line] = capsys.readouterr().err.splitlines()
        assert words in line
    assert not (tmp_path / "out").exists()


def _nervous(folder: Path) -> Path:
    """The shipped model, with an alarm at every drop."""
    shutil.copytree(zoo.find("first", None).path.parent, folder)
    card = json.loads((folder / "card.json").read_text())
    card["thresholds"]["spill"]["value"] = 1e-6
    (folder / "card.json").write_text(json.dumps(card))
    return folder


def test_where_clips_to_judge_by_are_there_all_of_normal_is_learnt_from(
    quiet: site.Site, tmp_path: Path
) -> None:
    _, apart = site_stores.build(quiet, tmp_path / "stores")
    assert apart.samples
    (quiet.folder / "truth.csv").write_text("clip,label,onset_s,end_s\n")
    learn, apart = site_stores.build(quiet, tmp_path / "stores")
    assert not apart.samples
    assert len(learn.samples) == 12
