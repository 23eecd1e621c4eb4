"""What the model suggests: the shipped one on rendered moments, and scripted clips."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from edge.backends.scripted import ScriptedBackend
from edge.core.types import Grid
from edge.errors import BadClip
from models import eye
from models.label import footage
from models.label.gathering import gather
from models.label.suggesting import Suggester, outlines
from models.label.words import Item
from tests.house.tree import ROOT
from tests.models.evaluation.films import FALL, LIQUID, film
from tests.support.clips import write_clip
from tests.support.labelling import MODEL

DEMO = ROOT / "configs" / "demo"


@pytest.fixture(scope="module")
def suggester() -> Iterator[Suggester]:
    with eye.opened(MODEL.path.parent) as opened:
        yield Suggester(opened)


@pytest.fixture(scope="module")
def scripted() -> Iterator[Suggester]:
    people = MODEL.card.people.model_copy(update={"strides": ()})
    card = MODEL.card.model_copy(update={"people": people})
    with ScriptedBackend(card) as backend:
        yield Suggester(eye.Eye(card, backend))


def item_of(path: Path, **more: object) -> Item:
    [found] = gather([path])
    assert not isinstance(found, str)
    return Item(**{**found.__dict__, **more})


@pytest.mark.parametrize(
    ("clip", "at_s", "answer"),
    [("collapse", 40.0, "collapse"), ("spill", 50.0, "spill"), ("spill", 1.0, "nothing")],
)
def test_moments_of_the_demo(suggester: Suggester, clip: str, at_s: float, answer: str) -> None:
    made = suggester.suggest(item_of(DEMO / f"{clip}.mp4", kind="picture", at_s=at_s, number=7))
    assert (made.answer, made.item, made.model_sha256) == (answer, 7, MODEL.card.sha256)
    boxes, areas = made.marks.boxes, made.marks.areas
    assert boxes is not None
    assert areas is not None
    assert ("down" in [one.state for one in boxes]) is (answer == "collapse")
    assert bool(areas) is (answer == "spill")
    for area in areas:
        xs, ys = zip(*area.corners, strict=True)
        assert 0.35 < min(xs) < max(xs) < 0.68
        assert 0.55 < min(ys) < max(ys) < 0.97


def test_a_clip_is_suggested_with_times_and_curve(scripted: Suggester, tmp_path: Path) -> None:
    seconds: list[float] = []
    made = scripted.suggest(item_of(film(tmp_path / "fall.mp4", FALL, 9.0)), seconds.append)
    assert made.answer == "collapse"
    assert made.onset_s == pytest.approx(3.0, abs=0.5)
    assert made.end_s == pytest.approx(9.0, abs=0.5)
    assert seconds[-1] > 8.0
    low = [
        score for at, score in zip(made.curve.at_s, made.curve.collapse, strict=True) if at < 2.5
    ]
    assert max(low) < 0.3 < max(made.curve.collapse)
    assert made.curve.at_s[-1] < 9.1  # the last picture, held for the pipeline, is not of the clip


def test_a_clip_without_incident(scripted: Suggester, tmp_path: Path) -> None:
    made = scripted.suggest(item_of(film(tmp_path / "calm.mp4", (FALL[0],), 3.0)))
    assert (made.answer, made.onset_s, made.end_s) == ("nothing", None, None)


def test_outlines_follow_the_map_and_leave_specks_out() -> None:
    grid: Grid = np.zeros((20, 40), np.float32)
    grid[10:16, 8:20] = 0.8
    grid[2, 2] = 0.9  # one cell: no block that would alarm
    [found] = outlines(grid, 0.25)
    xs, ys = zip(*found.corners, strict=True)
    assert (min(xs), max(xs)) == pytest.approx((8 / 40, 20 / 40), abs=0.03)
    assert (min(ys), max(ys)) == pytest.approx((10 / 20, 16 / 20), abs=0.05)
    assert len(found.corners) <= 32
    assert outlines(grid, 0.95) == ()


def test_what_browsers_do_not_play_is_made_anew(tmp_path: Path) -> None:
    film(tmp_path / "plays.mp4", LIQUID, 1.0)
    pictures = [np.full((90, 161, 3), 10 * number, np.uint8) for number in range(10)]
    old = write_clip(tmp_path / "old.avi", [p[:, :160] for p in pictures], codec="mpeg4")
    assert footage.is_played(tmp_path / "plays.mp4")
    assert not footage.is_played(old)
    footage.write_played(old, tmp_path / "made" / "new.mp4")
    assert footage.is_played(tmp_path / "made" / "new.mp4")
    with av.open(str(tmp_path / "made" / "new.mp4")) as container:
        assert len(list(container.decode(video=0))) == 10


def test_what_cannot_be_read_says_so(tmp_path: Path) -> None:
    path = tmp_path / "broken.mp4"
    path.write_bytes(b"no clip")
    item = Item("picture", path, "x", at_s=1.0)
    with pytest.raises(BadClip, match=r"broken\.mp4"):
        footage.small(item, (640, 384))
    with pytest.raises(BadClip, match=r"broken\.mp4"):
        footage.write_played(path, tmp_path / "out.mp4")
    with pytest.raises(BadClip, match=r"gone\.png"):
        footage.jpeg(Item("picture", tmp_path / "gone.png", "x"), 100)
