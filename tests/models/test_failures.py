"""Where a model fails: what counts as called, where, with which bounds; and how it is shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import av
import numpy as np
import pytest

from alerts.main import main
from edge.core.types import Box, Rgb
from models import eye, failures_cli, failures_sheet
from models.eye import Eye
from models.failures import Look, Tally, looked, tallied
from models.synth.condition import Condition, Hard
from tests.models.synth import needs

ROOT = Path(__file__).parents[2]
MODEL = Path(str(files("models"))) / "zoo" / "first"
DOWN = Condition("somebody lies there", "collapse", wanted=True)
HEAP = Condition("a heap", "collapse", wanted=False)
WATER = Condition("water", "spill", wanted=True)
GLOSS = Condition("gloss", "spill", wanted=False)


@pytest.fixture
def _renderer() -> None:
    needs.renderer()


@pytest.fixture(scope="module")
def opened() -> Iterator[Eye]:
    with eye.opened(MODEL) as one:
        yield one


def last_picture(clip: str) -> Rgb:
    with av.open(str(ROOT / "configs/demo" / clip)) as container:
        *_, last = container.decode(video=0)
    return np.ascontiguousarray(last.to_ndarray(width=640, height=360, format="rgb24"))


@pytest.fixture(scope="module")
def fallen(opened: Eye) -> Look:
    """The demo's collapse, in which the shipped model sees somebody down."""
    seen = looked(opened, Hard(HEAP, 0, last_picture("collapse.mp4")))
    assert seen.called
    return seen


def test_what_is_seen_counts_only_where_the_condition_is(opened: Eye, fallen: Look) -> None:
    assert fallen.box is not None
    there = looked(opened, Hard(DOWN, 0, fallen.rgb, fallen.box))
    left = fallen.box.x > 0.5
    elsewhere = looked(opened, Hard(DOWN, 0, fallen.rgb, Box(0.0 if left else 0.9, 0.0, 0.1, 0.1)))
    assert there.score == fallen.score
    assert not there.failed
    assert elsewhere.failed
    assert elsewhere.score < elsewhere.threshold


def test_without_a_place_it_counts_wherever_it_is_seen(fallen: Look) -> None:
    assert fallen.hard.box is None
    assert fallen.failed
    assert fallen.margin == fallen.threshold - fallen.score


def test_liquid_counts_where_liquid_is(opened: Eye) -> None:
    rgb = last_picture("spill.mp4")
    anywhere = looked(opened, Hard(GLOSS, 0, rgb))
    row, column = divmod(int(anywhere.scores.spill.argmax()), 80)
    wet = np.zeros(rgb.shape[:2], np.bool_)
    wet[max(0, row * 8 - 24) : row * 8 + 32, max(0, column * 8 - 24) : column * 8 + 32] = True
    assert anywhere.called
    assert looked(opened, Hard(WATER, 0, rgb, None, wet)).called
    far = np.roll(wet, rgb.shape[1] // 2, axis=1)
    assert looked(opened, Hard(WATER, 0, rgb, None, far)).failed


def test_an_even_picture_calls_nothing(opened: Eye) -> None:
    grey = np.full((360, 640, 3), 120, np.uint8)
    told: list[int] = []
    given = [Hard(one, 0, grey, Box(0, 0, 1, 1), np.ones((360, 640), np.bool_)) for one in
             (DOWN, DOWN, HEAP, WATER, GLOSS)]  # fmt: skip
    found = tallied(opened, given, told.append)
    assert [one.condition for one in found] == [DOWN, HEAP, WATER, GLOSS]
    assert [one.called for one in found] == [0, 0, 0, 0]
    assert len(told) == 5
    # None of two found shows nothing; none of one called still allows 95 %.
    assert [one.bound95 for one in found] == pytest.approx([0, 0.95, 0, 0.95])
    assert {look.hard.condition for look in failures_sheet.chosen(found)} == {DOWN, WATER}


def test_bounds_are_exact() -> None:
    found = Tally(DOWN, 0.3, [0.9] * 9 + [0.1] * 3)
    left = Tally(HEAP, 0.3, [0.1] * 12)
    assert found.bound95 == pytest.approx(0.473, abs=1e-3)  # Clopper–Pearson, 9 of 12
    assert left.bound95 == pytest.approx(1 - 0.05 ** (1 / 12))


def test_the_worst_come_first_and_the_sheet_holds_them(opened: Eye, fallen: Look) -> None:
    tally = Tally(HEAP, fallen.threshold)
    calm = looked(opened, Hard(HEAP, 1, np.full((360, 640, 3), 120, np.uint8)))
    for look in (calm, fallen, calm):
        tally.add(look)
    assert [look.hard.seed for look in tally.worst] == [0, 1]
    chosen = failures_sheet.chosen([tally])
    assert chosen == [fallen]
    sheet = failures_sheet.sheet(chosen, opened.card)
    red = (sheet.astype(int) - np.array(failures_sheet.RED)).__abs__().max(axis=2) < 8
    assert red.any()
    assert len(failures_sheet.jpeg(sheet)) <= failures_sheet.BYTES_MAX
    assert "| a heap | no collapse | 1 of 3 |" in failures_sheet.table([tally], opened.card)


def test_the_table_goes_between_the_marks_and_nowhere_else(tmp_path: Path) -> None:
    card = tmp_path / "CARD.md"
    card.write_text("a\n<!-- failures -->\nold\n<!-- /failures -->\nb\n", "utf-8")
    failures_cli.into(card, "| new |")
    assert card.read_text("utf-8") == "a\n<!-- failures -->\n| new |\n<!-- /failures -->\nb\n"
    failures_cli.into(card, None)
    assert "| new |" in card.read_text("utf-8")


@pytest.mark.usefixtures("_renderer")
def test_a_condition_that_is_none_is_said_in_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ask = ["failures", str(MODEL), "--out", str(tmp_path), "--only", "martians"]
    assert main(ask) == 2
    error = capsys.readouterr().err
    assert "there is: lies in the open" in error
    assert error.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("_renderer")
def test_some_conditions_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    card = tmp_path / "CARD.md"
    card.write_text("another's words\n", "utf-8")
    ask = ["failures", str(MODEL), "--out", str(tmp_path), "--rooms", "1", "--json"]
    assert main([*ask, "--only", "dry floor as it is"]) == 0
    written = json.loads((tmp_path / "failures.json").read_text("utf-8"))
    assert json.loads(capsys.readouterr().out) == written
    assert [one["condition"] for one in written["conditions"]] == ["dry floor as it is"]
    assert [one["pictures"] for one in written["conditions"]] == [1]
    assert (tmp_path / "failures.jpg").read_bytes()[:2] == b"\xff\xd8"
    assert card.read_text("utf-8") == "another's words\n"


def test_a_card_without_a_place_is_said_before_anything_is_rendered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "CARD.md").write_text("no marks\n", "utf-8")
    assert main(["failures", str(MODEL), "--out", str(tmp_path)]) == 2
    assert "<!-- failures -->" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["CARD.md"]


def test_the_failures_that_ship_are_those_of_the_model_that_ships() -> None:
    shown = json.loads((MODEL / "failures.json").read_text("utf-8"))
    card = json.loads((MODEL / "card.json").read_text("utf-8"))
    again = "draw them anew: floorwatch failures models/zoo/first --out models/zoo/first"
    assert shown["sha256"] == card["sha256"], again
    assert {one["threshold"] for one in shown["conditions"]} == {
        card["thresholds"][label]["value"] for label in ("collapse", "spill")
    }, again
    assert (MODEL / "failures.jpg").stat().st_size < 250_000
    assert "](failures.jpg)" in (MODEL / "CARD.md").read_text("utf-8")
