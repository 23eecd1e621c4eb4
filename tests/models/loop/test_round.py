"""A whole round with real parts: real clips, a real training of two steps, real evaluations."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from alerts.errors import UserError
from edge import zoo
from edge.core.types import Box
from edge.sources.pattern import Mark, Script
from models.label.book import Book
from models.label.words import Given
from models.loop import accepting, rounds
from models.loop.asked import Asked
from models.loop.places import CURRENT, MODEL, NOTE, REPORT, Loop
from models.loop.rounds import Answered, Note
from models.loop.steps import WaitsForPeople
from models.recipes import find
from tests.support.clips import write_pattern

pytest.importorskip("torch", reason="the extra `train` is not installed")
pytest.importorskip("scipy", reason="the extra `evaluate` is not installed")

pytestmark = pytest.mark.timeout(600)  # four programs are started, which import torch
QUICK = {
    "steps: 200": "steps: 2",
    "batch: 12": "batch: 2",
    "warm_up_steps: 30": "warm_up_steps: 1",
    "mean_steps: 100": "mean_steps: 1",
    "rendered: 1.0": "normal: 1.0",
    "steps: 600, batch: 6, pictures: 600, guests: 800": (
        "steps: 2, pictures: 2, guests: 2, close_up_steps: 1"
    ),
}


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Quiet clips of three cameras: somebody stands there."""
    folder = tmp_path_factory.mktemp("footage")
    for number, camera in enumerate(("hall", "stairs", "yard")):
        (folder / camera).mkdir()
        mark = Mark("upright", Box(0.1 + 0.2 * number, 0.15, 0.15, 0.5))
        write_pattern(folder / camera / "quiet.mp4", Script((mark,), 3.0, 5.0, (320, 192)))
    return folder


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One incident that nobody labels: a drawn body, which a real network need not find."""
    folder = tmp_path_factory.mktemp("judged")
    fallen = Mark("down", Box(0.3, 0.6, 0.4, 0.2), 1)
    write_pattern(folder / "fall.mp4", Script((fallen,), 3.0, 5.0, (320, 192)))
    rows = "clip,label,onset_s,end_s,incident\nfall.mp4,collapse,1,3,fall\n"
    (folder / "truth.csv").write_text(rows, "utf-8")
    return folder / "truth.csv"


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    text = find("finetune").read_text("utf-8")
    text = text.replace("people: 1.0, spills: 1.0, normal: 1.0, rendered: 1.0", "normal: 1.0")
    for long, short in QUICK.items():
        text = text.replace(long, short)
    path = tmp_path_factory.mktemp("recipe") / "two_steps.yaml"
    path.write_text(text, "utf-8")
    return path


def said(loop: Loop, answer: Callable[[int], str | None]) -> None:
    """What kim says of each item."""
    with Book.open(loop.labels) as book:
        numbers = [item.number for item in book.items()]
        book.give([Given(n, "kim", "nothing") for n in numbers if answer(n)])


@pytest.fixture(scope="module")
def proposed(
    tmp_path_factory: pytest.TempPathFactory, footage: Path, judged: Path, recipe: Path
) -> tuple[Loop, Note, list[str]]:
    loop = Loop(tmp_path_factory.mktemp("loop") / "site")
    heard: list[str] = []
    rounds.begin(loop, Asked((footage,), None, (judged,), str(recipe), hold_last_s=2.0))
    with pytest.raises(WaitsForPeople, match="3 pictures and clips are to be labelled"):
        rounds.go_on(loop, heard.append, unattended=False)
    said(loop, lambda _number: "nothing")
    return loop, rounds.go_on(loop, heard.append, unattended=False), heard


def test_a_round_ends_with_a_proposal_and_changes_nothing(
    proposed: tuple[Loop, Note, list[str]],
) -> None:
    loop, note, heard = proposed
    assert list(note["done"]) == ["pull", "label", "write", "train", "tune", "evaluate", "judge"]
    assert note["done"]["label"] == {"labelled": 3, "not_labelled": 0}
    assert note["done"]["judge"]["verdict"] in {"better", "no better", "worse"}
    assert note["done"]["tune"] == {"promised": False}  # no incident was labelled
    assert any(line.startswith("$ floorwatch train ") for line in heard)
    assert accepting.used(loop) == 0
    page = (loop.round(1) / REPORT).read_text("utf-8")
    assert "of 1 incidents, found" in page
    assert "before/report.html" in page
    assert "<script" not in page
    with pytest.raises(Answered, match="round 1 proposes a model"):
        rounds.go_on(loop, heard.append, unattended=True)


def test_it_is_accepted_by_a_person_and_gone_back_from(
    proposed: tuple[Loop, Note, list[str]],
) -> None:
    loop, note, heard = proposed
    before = digest(loop)
    if note["done"]["judge"]["verdict"] != "better":
        with pytest.raises(Answered, match="--anyway accepts it all the same"):
            rounds.answer(loop, heard.append, accept=True)
    rounds.answer(loop, heard.append, accept=True, anyway=True, why="to see")
    assert digest(loop) != before
    assert accepting.used(loop) == 1
    assert accepting.back(loop, None, heard.append) == 0
    assert digest(loop) == before
    with pytest.raises(accepting.NothingBefore):
        accepting.back(loop, None, heard.append)
    with pytest.raises(Answered, match="nothing was labelled since round 1"):
        rounds.go_on(loop, heard.append, unattended=True)
    with pytest.raises(Answered, match="no model is proposed"):
        rounds.answer(loop, heard.append, accept=False)


def digest(loop: Loop) -> str:
    return zoo.find(None, loop.folder / CURRENT / MODEL).card.sha256


def test_two_at_once_are_kept_apart(proposed: tuple[Loop, Note, list[str]]) -> None:
    loop, _, _ = proposed
    with (
        rounds.alone(loop),
        pytest.raises(Answered, match="is being worked on"),
        rounds.alone(loop),
    ):
        pass


def test_what_is_no_loop_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is no loop; `floorwatch loop begin"):
        rounds.standing(Loop(tmp_path))


def test_a_note_that_is_torn_is_one_line(proposed: tuple[Loop, Note, list[str]]) -> None:
    loop, _, _ = proposed
    file = loop.round(max(loop.rounds())) / NOTE
    whole = file.read_text("utf-8")
    file.write_text(whole[:20], "utf-8")
    with pytest.raises(UserError, match="put it back from a backup"):
        rounds.standing(loop)
    file.write_text(whole, "utf-8")
