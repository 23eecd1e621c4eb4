"""A round that is answered or given up keeps numbers and reports, and no pictures of people."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from alerts.main import main
from models.evaluation.tuning import TOO_FEW
from models.label.usable import TUNE_TRUTH
from models.loop import places, report, rounds, steps
from models.loop.asked import Asked
from models.loop.commands import StepFailed
from models.loop.places import MODEL, NOTE, REPORT, THRESHOLDS, Loop
from models.loop.rounds import Answered
from models.loop.steps import AFTER, BEFORE, DATA, MINED, RUN, STORES, Round, WaitsForPeople
from tests.models.evaluation.films import film
from tests.models.evaluation.test_tune_verify import fall
from tests.models.loop.test_going_on import footage, heard, loop, proposed
from tests.support.site import pattern_model, site_file

pytest.importorskip("scipy", reason="the extra `evaluate` is not installed")
__all__ = ["footage", "loop"]


def learnt(loop: Loop, number: int) -> None:
    """What a round leaves behind, in the smallest."""
    folder = loop.round(number)
    for path in (DATA, f"{RUN}/{STORES}"):
        (folder / path / "people").mkdir(parents=True)
        (folder / path / "people" / "one.jpg").write_bytes(b"a person")
    (folder / RUN / MINED).write_bytes(b"people")
    for at in (folder, folder / RUN):
        (at / BEFORE).mkdir()
        (at / BEFORE / "report.html").write_text("a page with people", "utf-8")
    note = places.read(folder / NOTE)
    if "judge" in note["done"]:
        report.write(folder / REPORT, loop, note)


def pictures(loop: Loop) -> list[str]:
    kept = ("one.jpg", MINED, f"{BEFORE}/report.html")
    return [path.name for kind in kept for path in (loop.folder / "rounds").rglob(kind)]


def test_the_page_of_a_proposal_shows_what_was_mined(loop: Loop) -> None:
    proposed(loop, 1)
    learnt(loop, 1)
    page = (loop.round(1) / REPORT).read_text("utf-8")
    assert "Round 1: a model is proposed" in page
    assert '<img src="data:image/png;base64,' in page


def test_a_page_that_an_earlier_release_left_with_pictures_loses_them(loop: Loop) -> None:
    proposed(loop, 1)
    learnt(loop, 1)
    page = loop.round(1) / REPORT
    text = page.read_text("utf-8")
    rounds.answer(loop, heard, accept=False)
    page.write_text(text, "utf-8")
    with pytest.raises(WaitsForPeople):
        rounds.go_on(loop, heard, unattended=False)
    assert "<img" not in page.read_text("utf-8")


def test_a_page_that_cannot_be_written_without_pictures_goes(loop: Loop) -> None:
    proposed(loop, 1)
    learnt(loop, 1)
    (loop.round(1) / AFTER).mkdir()  # an evaluation whose numbers are gone
    rounds.answer(loop, heard, accept=False)
    assert pictures(loop) == []
    assert not (loop.round(1) / REPORT).exists()


@pytest.mark.parametrize("accept", [True, False])
def test_what_an_answered_round_learnt_from_is_deleted_and_that_is_said(
    loop: Loop, accept: bool
) -> None:
    proposed(loop, 1)
    learnt(loop, 1)
    said: list[str] = []
    rounds.answer(loop, said.append, accept=accept)
    assert pictures(loop) == []
    page = (loop.round(1) / REPORT).read_text("utf-8")
    assert f"Round 1: {'accepted' if accept else 'rejected'} 20" in page
    assert "2 labels in all" in page
    assert "<img" not in page
    assert "report.html" not in page
    assert (loop.round(1) / RUN / MODEL / "model.onnx").exists()
    assert any("round 1 is answered: what it learnt from is deleted" in one for one in said)


def test_one_that_was_answered_before_is_cleared_and_an_open_one_is_left_alone(
    loop: Loop,
) -> None:
    for number in (1, 2):
        proposed(loop, number)
        learnt(loop, number)
    note = places.read(loop.round(1) / NOTE)
    places.write(loop.round(1) / NOTE, note | {"answer": {"accepted": False, "at": "", "why": ""}})
    with pytest.raises(Answered, match="round 2 proposes a model"):
        rounds.go_on(loop, heard, unattended=True)
    assert not (loop.round(1) / DATA).exists()
    assert (loop.round(2) / DATA).exists()


def test_a_round_under_way_is_dropped_and_the_next_begins(
    loop: Loop, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(WaitsForPeople):
        rounds.go_on(loop, heard, unattended=False)
    with pytest.raises(Answered, match="no model is proposed"):
        rounds.answer(loop, heard, accept=False)
    learnt(loop, 1)
    assert main(["loop", "drop", str(loop.folder), "--why", "the wrong footage"]) == 0
    assert "round 1: dropped" in capsys.readouterr().out
    assert pictures(loop) == []
    assert main(["loop", "drop", str(loop.folder)]) == 2
    assert "no round is under way" in capsys.readouterr().err
    with pytest.raises(WaitsForPeople):
        rounds.go_on(loop, heard, unattended=False)
    assert loop.rounds() == [1, 2]
    assert main(["loop", "show", str(loop.folder)]) == 0
    shown = capsys.readouterr().out
    assert "round 1: dropped 20" in shown
    assert "the wrong footage" in shown
    assert "round 2: nothing done; `floorwatch loop run` goes on" in shown


def test_a_proposal_is_rejected_and_not_dropped(loop: Loop) -> None:
    proposed(loop, 1)
    with pytest.raises(Answered, match=r"round 1 proposes a model: `floorwatch loop reject"):
        rounds.drop(loop, heard)


def test_labels_of_a_dropped_round_are_new_to_the_next(loop: Loop) -> None:
    rounds_before = {"number": 1, "answer": {"accepted": False, "dropped": True}, "done": {}}
    loop.round(1).mkdir(parents=True)
    with pytest.raises(WaitsForPeople):
        rounds.go_on(loop, heard, unattended=False)
    note = places.read(loop.round(1) / NOTE)
    rounds._check_new(loop, note, again=False)
    places.write(loop.round(1) / NOTE, note | rounds_before)
    rounds._check_new(loop, note | {"number": 2}, again=False)
    places.write(loop.round(1) / NOTE, note | {"done": {"judge": {"verdict": "", "reasons": []}}})
    with pytest.raises(Answered, match="nothing was labelled since round 1"):
        rounds._check_new(loop, note | {"number": 2}, again=False)


@pytest.fixture
def ready(loop: Loop, tmp_path: Path) -> Round:
    """A round whose model is there, and one incident to tune it by."""
    site = site_file(tmp_path / "site", [{"name": "hall", "url": "rtsp://camera.invalid/"}])
    of = Round(loop, 1, Asked((), site), heard)
    pattern_model(of.folder / RUN / MODEL)
    film(of.folder / DATA / "fall.mp4", fall(0), 6, 5)
    rows = "clip,label,onset_s,end_s\nfall.mp4,collapse,2,6\n"
    (of.folder / DATA / TUNE_TRUTH).write_text(rows, "utf-8")
    return of


def test_too_few_incidents_promise_nothing_and_the_round_goes_on(ready: Round) -> None:
    said: list[str] = []
    found = steps.tune(replace(ready, say=said.append))
    assert found == {"promised": False, "status": TOO_FEW}
    assert not (ready.folder / THRESHOLDS).exists()
    assert any("too few incidents for a promise" in one for one in said)


def test_anything_else_that_tuning_stumbles_on_ends_the_round_in_words(ready: Round) -> None:
    (ready.folder / DATA / TUNE_TRUTH).write_text("clip,label\nfall.mp4,flood\n", "utf-8")
    with pytest.raises(StepFailed, match=r"floorwatch tune .*ended with 2; what is wrong stands"):
        steps.tune(ready)
