"""A loop that was cut off, that something was taken from, or that is somebody else's."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from alerts.errors import BadConfig, UserError
from edge import zoo
from models.evaluation.metrics_file import Numbers
from models.evaluation.side_by_side import Row, Side
from models.label.book import Book
from models.label.usable import NotUsable
from models.label.words import Given
from models.lineage import SHIPPED_MODEL
from models.loop import accepting, example, judging, places, rounds
from models.loop.asked import Asked, MissingTruth, NoCamera
from models.loop.example import NoExample
from models.loop.places import CURRENT, MODEL, NOTE, THRESHOLDS, BadLoop, Loop
from models.loop.rounds import Answered
from models.loop.steps import RUN, WaitsForPeople
from tests.models.evaluation.films import film

pytest.importorskip("scipy", reason="the extra `evaluate` is not installed")

SITE = """\
version: 1
site: {{name: shop, time_zone: UTC}}
broker: {{host: 127.0.0.1}}
cameras:
  - {{name: hall, url: a.mp4}}
  - {{name: stairs, url: b.mp4}}
{more}
"""


@pytest.fixture
def footage(tmp_path: Path) -> Path:
    (tmp_path / "footage" / "hall").mkdir(parents=True)
    film(tmp_path / "footage" / "hall" / "one.mp4", (), 1.0)
    return tmp_path / "footage"


@pytest.fixture
def loop(tmp_path: Path, footage: Path) -> Loop:
    made = Loop(tmp_path / "loop")
    rounds.begin(made, Asked((footage,)))
    return made


def heard(_words: str) -> None:
    """What is said on the way."""


def proposed(loop: Loop, number: int, *, thresholds: str | None = None) -> None:
    """A round whose model is the shipped one, as if trained."""
    folder = loop.round(number)
    shutil.copytree(zoo.find(SHIPPED_MODEL, None).path.parent, folder / RUN / MODEL)
    if thresholds is not None:
        (folder / THRESHOLDS).write_text(thresholds, "utf-8")
    done = {
        "pull": {"new": 2, "answered_at_the_desk": 0},
        "label": {"labelled": 2, "not_labelled": 0},
        "write": {"counts": {}, "left_out": {}},
        "judge": {"verdict": "better", "reasons": [], "sure": False},
    }
    places.write(folder / NOTE, {"number": number, "answer": None, "done": done})


def test_footage_that_comes_while_the_round_waits_is_taken_in(loop: Loop, footage: Path) -> None:
    with pytest.raises(WaitsForPeople, match="1 pictures and clips"):
        rounds.go_on(loop, heard, unattended=False)
    film(footage / "hall" / "two.mp4", (), 2.0)
    with pytest.raises(WaitsForPeople, match="2 pictures and clips"):
        rounds.go_on(loop, heard, unattended=False)


def test_a_round_of_which_nothing_can_be_used_begins_anew(loop: Loop, footage: Path) -> None:
    with pytest.raises(NotUsable):
        rounds.go_on(loop, heard, unattended=True)
    film(footage / "hall" / "two.mp4", (), 2.0)
    with pytest.raises(WaitsForPeople, match="2 pictures and clips"):
        rounds.go_on(loop, heard, unattended=False)


def test_a_round_that_had_hardly_begun_is_begun_anew(loop: Loop) -> None:
    loop.round(1).mkdir(parents=True)
    (loop.round(1) / f".{NOTE}-a1b2c3").write_text('{"num', "utf-8")  # cut off while it wrote
    with pytest.raises(WaitsForPeople):
        rounds.go_on(loop, heard, unattended=False)
    assert loop.rounds() == [1]


@pytest.mark.parametrize(
    "text", ["{}", '{"number": 1, "done": [], "answer": null}', '{"number": 2, "done": {}}', "[1]",
             '{"number": 1, "done": {"judge": {}}, "answer": null}'],
)  # fmt: skip
def test_a_damaged_note_is_one_line(loop: Loop, text: str) -> None:
    loop.round(1).mkdir(parents=True)
    (loop.round(1) / NOTE).write_text(text, "utf-8")
    for act in (
        lambda: rounds.standing(loop),
        lambda: rounds.go_on(loop, heard, unattended=True),
        lambda: rounds.answer(loop, heard, accept=True),
    ):
        with pytest.raises(BadLoop, match=r"round\.json.* put it back from a backup"):
            act()
    loop.mark.write_text('{"asked": {}}', "utf-8")
    with pytest.raises(BadLoop, match="put it back from a backup"):
        rounds.asked(loop)


def test_nobody_goes_back_to_what_was_gone_back_from(loop: Loop) -> None:
    for number in (1, 2, 3):
        proposed(loop, number)
        rounds.answer(loop, heard, accept=number != 2)
    assert accepting.used(loop) == 3
    assert accepting.back(loop, None, heard) == 1
    proposed(loop, 4)
    rounds.answer(loop, heard, accept=True)
    assert accepting.back(loop, None, heard) == 1
    assert accepting.back(loop, None, heard) == 0


def test_an_acceptance_that_was_cut_off_is_gone_on_with(loop: Loop) -> None:
    proposed(loop, 1)
    accepting.accept(loop, 1, None, heard)  # and killed before that was noted
    there = (loop.current / MODEL / "model.onnx").stat()
    rounds.answer(loop, heard, accept=True)
    assert (loop.current / MODEL / "model.onnx").stat().st_ino == there.st_ino
    assert accepting.back(loop, None, heard) == 0
    (loop.accepted(1) / MODEL / "model.onnx").write_bytes(b"torn")
    proposed(loop, 2)
    (loop.round(2) / RUN / MODEL / "model.onnx").write_bytes(b"torn")
    with pytest.raises(UserError, match=r"sha256 of model\.onnx"):
        rounds.answer(loop, heard, accept=True)
    assert accepting.used(loop) == 0


def test_what_a_site_file_cannot_use_was_never_accepted(loop: Loop, tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    uses = f"model: {{path: {loop.folder / CURRENT / MODEL}}}"
    proposed(loop, 1, thresholds="of another network")
    site.write_text(SITE.format(more=uses), "utf-8")
    with pytest.raises(BadConfig, match=r"names no thresholds.* the model before stays"):
        accepting.accept(loop, 1, site, heard)
    assert (accepting.used(loop), loop.all_accepted()) == (0, [0])
    site.write_text(SITE.format(more=f"{uses}\nthresholds: loop/current/thresholds.yaml"), "utf-8")
    with pytest.raises(BadConfig, match=r"thresholds\.yaml"):
        accepting.accept(loop, 1, site, heard)
    assert (accepting.used(loop), loop.all_accepted()) == (0, [0])


def test_the_model_of_a_site_file_is_taken_without_what_lies_below_it(tmp_path: Path) -> None:
    here = tmp_path / "site"
    shutil.copytree(zoo.find(SHIPPED_MODEL, None).path.parent, here)
    (here / "site.yaml").write_text(SITE.format(more="model: {path: .}"), "utf-8")
    inside = Loop(here / "loop")
    rounds.begin(inside, Asked((), here / "site.yaml"))
    assert zoo.find(None, inside.current / MODEL).card.name == SHIPPED_MODEL
    assert not [one for one in (inside.current / MODEL).iterdir() if one.is_dir()]


def test_what_it_is_judged_by_is_not_learnt_and_not_lost(loop: Loop, footage: Path) -> None:
    truth = footage.parent / "truth.csv"
    film(footage.parent / "judged.mp4", (), 3.0)
    truth.write_text("clip,label,onset_s,end_s\njudged.mp4,none,,\n", "utf-8")
    shutil.copy(footage.parent / "judged.mp4", footage / "hall" / "the same by another name.mp4")
    places.write(loop.mark, {"asked": Asked((footage,), None, (truth,)).to_json()})
    with pytest.raises(WaitsForPeople, match="1 pictures and clips"):
        rounds.go_on(loop, heard, unattended=False)
    with Book.open(loop.labels) as book:
        assert [item.path.name for item in book.items()] == ["one.mp4"]
    truth.unlink()
    with pytest.raises(MissingTruth, match="put it back"):
        rounds.go_on(loop, heard, unattended=False)


def test_footage_of_no_camera_of_the_site_is_told_before_the_training(
    loop: Loop, footage: Path, tmp_path: Path
) -> None:
    site = tmp_path / "site.yaml"
    site.write_text(SITE.format(more=""), "utf-8")
    (footage / "yard").mkdir()
    film(footage / "yard" / "two.mp4", (), 2.0)
    places.write(loop.mark, {"asked": Asked((footage,), site).to_json()})
    with pytest.raises(WaitsForPeople):
        rounds.go_on(loop, heard, unattended=False)
    with Book.open(loop.labels) as book:
        book.give([Given(item.number, "kim", "nothing") for item in book.items()])
    with pytest.raises(NoCamera, match=r"^yard: no camera of .* \(hall, stairs\)"):
        rounds.go_on(loop, heard, unattended=False)


def test_an_example_answers_for_nobodys_own_site(loop: Loop) -> None:
    with pytest.raises(NoExample, match="name a new folder"):
        example.run(loop, 2, heard, quick=True)


def test_what_a_killed_loop_left_at_work_keeps_others_out(loop: Loop, footage: Path) -> None:
    script = (
        "import sys\nfrom pathlib import Path\nfrom models.loop import commands, rounds\n"
        "from models.loop.places import Loop\n"
        "with rounds.alone(Loop(Path(sys.argv[1]))):\n"
        "    commands.run(['label', sys.argv[2], '--project', sys.argv[1] + '/other',"
        " '--no-model', '--no-browser'], print)\n"
    )
    words = [sys.executable, "-c", script, str(loop.folder), str(footage)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, start_new_session=True) as run:
        assert run.stdout is not None
        while not run.stdout.readline().startswith("label at"):
            assert run.poll() is None
        run.kill()
        run.wait()
        with pytest.raises(Answered, match="is being worked on"), rounds.alone(loop):
            pass
        os.killpg(run.pid, signal.SIGKILL)
        run.stdout.read()  # until the last of them is gone
    with rounds.alone(loop):
        pass


def side(false_alarms: int) -> Side:
    numbers = Numbers(
        false_alarms=false_alarms, normal_hours=10.0, false_alarms_per_camera_day=None,
        false_alarms_per_camera_day_upper95=None, coverage=None, frames=None,
    )  # fmt: skip
    return Side(None, None, None, None, numbers)


def test_a_label_of_which_no_incident_is_kept_makes_no_model_better() -> None:
    collapse = Row("collapse", None, 5, 0, 0, side(3), side(3), 1.0, None)
    spill = Row("spill", None, 0, 0, 0, side(9), side(0), 1.0, 0.001)
    found = judging.judgement((collapse, spill))
    assert found.verdict == "no better"
    assert any("spill: no incident was kept apart" in one for one in found.reasons)
