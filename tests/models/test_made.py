"""A store that was cut off goes on to what it would have been; one that is there stays."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("mujoco", reason="the extra `train` is not installed")

from alerts.main import main
from models import made, stores
from models.labels import Labelled
from models.made import Asked
from models.stores import Sample, Writer

ASKED = Asked("episodes", 2 * made.SAVE_EVERY + 5, 7)
FILES = (stores.PICTURES, stores.MASKS, stores.INDEX)


def episode(writer: Writer, number: int) -> None:
    """One or two pictures, of which the number says all."""
    rng = np.random.default_rng(number)
    for picture in range(1 + number % 2):
        rgb = rng.integers(0, 255, (18, 32, 3), np.uint8)
        person = Labelled(0.1 + number / 100, 0.5, 0.2, 1 / 3, number % 4)
        name = f"walk{number}@{picture}c0"
        writer.add(Sample("rendered", name, 32, 18, (person,)), rgb, rgb[..., 0] > 128)


def until(last: int) -> made.Make:
    """Somebody stops it there, between two pictures of an episode."""

    def make(writer: Writer, number: int) -> None:
        episode(writer, number)
        if number == last:
            raise KeyboardInterrupt

    return make


def not_again(writer: Writer, number: int) -> None:
    """What is kept is not made again."""
    assert number >= 7 + 33
    episode(writer, number)


def test_what_was_cut_off_goes_on_to_the_same_store(tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    made.fill(whole, ASKED, 2, episode)
    for last in (20, 41, 43):  # the last as soon as it goes on
        with pytest.raises(KeyboardInterrupt):
            made.fill(cut, ASKED, 2, until(last))
        assert not made.is_whole(cut)
        assert made.done(cut, ASKED) == {20: 13, 41: 33, 43: 33}[last]
    made.fill(cut, ASKED, 2, not_again)
    assert made.is_whole(cut)
    for name in FILES:
        assert (cut / name).read_bytes() == (whole / name).read_bytes()


def test_pictures_saved_beyond_the_note_are_made_again(tmp_path: Path) -> None:
    """It was killed between the two files."""
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    made.fill(whole, ASKED, 2, episode)
    shutil.copytree(whole, cut)
    made.note(cut, ASKED, 13, sum(1 + number % 2 for number in range(7, 20)))
    made.fill(cut, ASKED, 2, episode)
    for name in FILES:
        assert (cut / name).read_bytes() == (whole / name).read_bytes()


def test_a_store_that_is_there_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    there = tmp_path / "rendered1"
    made.fill(there, Asked("episodes", 2, 0), 2, episode)
    before = {file.name: file.read_bytes() for file in there.iterdir()}
    assert main(["render", f"{there}", "--episodes", "2"]) == 0
    assert "all of --episodes 2 --first 0 is there" in capsys.readouterr().out
    assert main(["render", f"{there}", "--episodes", "3"]) == 2
    assert "is of --episodes 2 --first 0, not --episodes 3 --first 0" in capsys.readouterr().err
    assert main(["render", f"{there}", "--rooms", "1"]) == 2
    assert {file.name: file.read_bytes() for file in there.iterdir()} == before


def test_a_store_of_which_nothing_is_noted_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    writer = stores.Writer(tmp_path / "sources", 1, masks=False)
    episode(writer, 2)
    writer.save()
    assert main(["render", f"{tmp_path / 'sources'}", "--views", "1"]) == 2
    assert "holds a store already; name another folder" in capsys.readouterr().err
    assert stores.load(tmp_path / "sources") is not None
    assert made.is_whole(tmp_path / "sources")


def test_painting_begins_again_where_it_was_cut_off(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    writer = stores.Writer(tmp_path / "sources", 1, masks=False)
    rgb = np.full((90, 160, 3), 120, np.uint8)
    floor = ((0.0, 0.4, 1.0, 0.4, 1.0, 1.0, 0.0, 1.0),)
    writer.add(Sample("rooms", "a.jpg", 160, 90, (), empty=True, floor=floor), rgb)
    writer.save()
    painted = tmp_path / "painted1"
    made.note(painted, Asked("rooms", 3, 0), 0, 0)
    (painted / stores.INDEX).write_text("[]")
    assert main(["render", f"{painted}", "--rooms", "3"]) == 0
    found = stores.load(painted)
    assert found is not None
    assert [sample.name for sample in found.samples] == ["a.jpg"] * 3
    assert main(["render", f"{painted}", "--rooms", "3"]) == 0
    assert "all of --rooms 3 --first 0 is there" in capsys.readouterr().out
