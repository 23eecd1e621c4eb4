"""What was labelled is at once what the training, the tuning and the evaluation take."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from alerts.desk import negatives
from alerts.desk.placing import digest_of
from alerts.main import main
from edge.core.types import Box, Rgb
from edge.errors import BadClip
from models import site
from models.evaluation.truth import Wanted, gather
from models.label import usable
from models.label.book import SETTLED, Book
from models.label.words import Given, Item, Marked, Marks, Outlined
from tests.models.test_finetune import RECIPE
from tests.support.clips import write_clip

SIZE = (160, 96)
WET = Outlined("spill", ((0.3, 0.6), (0.7, 0.6), (0.7, 0.9), (0.3, 0.9)))
DOWN = Marked(Box(0.25, 0.6, 0.4, 0.2), "down")
NAMES = [f"2026-03-{day:02}" for day in range(1, 29)]
APART = [d for d in NAMES if negatives.is_apart(negatives.camera_day("shop", "hall", d))]
OTHERS = [d for d in NAMES if d not in APART]


def room(number: int) -> Rgb:
    rng = np.random.default_rng(number)
    rgb = np.full((SIZE[1], SIZE[0], 3), 90, np.uint8)
    rgb[50:] = 140
    return np.asarray(rgb + rng.integers(0, 20, rgb.shape, dtype=np.uint8), np.uint8)


def an_item(path: Path, day: str) -> Item:
    clip = path.suffix == ".mp4"
    return Item(
        "clip" if clip else "picture", path, digest_of(path), site="shop", camera="hall",
        occurred_at=f"{day}T10:00:00Z", width_px=SIZE[0], height_px=SIZE[1],
        length_s=3.0 if clip else None,
    )  # fmt: skip


def a_picture(folder: Path, name: str) -> Path:
    path = folder / f"{name}.png"
    cv2.imwrite(str(path), room(sum(name.encode())))
    return path


def a_clip(folder: Path, name: str) -> Path:
    first = sum(name.encode())
    return write_clip(folder / f"{name}.mp4", [room(first + n) for n in range(15)], fps=5)


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A book of everything there is to say, on days kept apart and others; and its footage."""
    project, footage = (tmp_path_factory.mktemp(name) for name in ("project", "footage"))
    apart, marked, quiet, told = APART[0], OTHERS[0], OTHERS[1], OTHERS[2]
    fell: dict[str, object] = {"answer": "collapse", "onset_s": 1.0}
    nobody: dict[str, object] = {"answer": "nothing"}
    seen = {**nobody, "marks": Marks((), ())}
    said: list[tuple[Path, str, dict[str, object]]] = [
        *((a_picture(footage, f"down {n}"), marked, {"answer": "collapse", "marks": Marks((DOWN,))})
          for n in range(3)),
        *((a_picture(footage, f"wet {n}"), marked, {"answer": "spill", "marks": Marks((), (WET,))})
          for n in range(2)),
        (a_picture(footage, "dry"), marked, seen),
        (a_picture(footage, "empty"), quiet, nobody),
        (a_clip(footage, "day"), quiet, nobody),
        (a_clip(footage, "fall"), told, {**fell, "end_s": 2.5}),
        (a_clip(footage, "fall of a marked day"), marked, fell),
        (a_clip(footage, "fall without onset"), told, {"answer": "collapse"}),
        (a_clip(footage, "fall apart"), apart, fell),
        (a_clip(footage, "day apart"), apart, nobody),
        (a_picture(footage, "wet apart"), apart, {"answer": "spill", "marks": Marks(None, (WET,))}),
        (a_picture(footage, "down apart"), apart, {"answer": "collapse", "marks": Marks((DOWN,))}),
        (a_picture(footage, "who knows"), quiet, {"answer": "unsure"}),
    ]  # fmt: skip
    with Book.open(project) as book:
        for path, day, words in said:
            [number] = book.add([an_item(path, day)])
            book.give([Given(number, "kim", **words)])  # type: ignore[arg-type]
    return project, footage


def labels_of(project: Path) -> dict[int, tuple[Item, Given]]:
    with Book.open(project) as book:
        items = {item.number: item for item in book.items()}
        return {number: (items[number], given) for number, given in book.verdicts().items()}


def written(project: Path, folder: Path) -> usable.Written:
    return usable.write(labels_of(project), folder)


def rows(table: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(table.read_text("utf-8").splitlines()))


def test_each_label_is_where_it_is_looked_for(labelled: tuple[Path, Path], tmp_path: Path) -> None:
    out = written(labelled[0], tmp_path / "site")
    assert out.counts == {"people": 6, "spills": 3, "normal": 2, "tune": 1, "apart": 3}
    assert sum(out.left_out.values()) == 3
    found = site.read(tmp_path / "site")
    assert len(found.people) == 6
    assert sorted(len(people) for people in found.people.values()) == [0, 0, 0, 1, 1, 1]
    masks = [cv2.imread(str(mask), cv2.IMREAD_GRAYSCALE) for mask in found.spills.values()]
    wet = sorted(float(np.mean(np.asarray(mask) > 0)) for mask in masks)
    assert wet == pytest.approx([0, 0.12, 0.12], abs=0.01)
    [tuned] = rows(tmp_path / "site" / "tune.csv")
    assert (tuned["label"], tuned["onset_s"], tuned["end_s"]) == ("collapse", "1.0", "2.5")


def test_a_camera_s_day_is_on_one_side(labelled: tuple[Path, Path], tmp_path: Path) -> None:
    written(labelled[0], tmp_path / "site")
    learnt = [path for below in ("people", "spills", "normal", "tune")
              for path in (tmp_path / "site" / below).rglob("item_*")]  # fmt: skip
    assert learnt
    assert not [path for path in learnt if APART[0] in path.parts]
    assert all(APART[0] in row["clip"] for row in rows(tmp_path / "site" / "truth.csv"))


def test_the_tables_are_truth(labelled: tuple[Path, Path], tmp_path: Path) -> None:
    folder = tmp_path / "site"
    written(labelled[0], folder)
    apart = gather(Wanted((folder / "truth.csv",)))
    assert sorted(
        (one.kind, *(f"{s.label} {s.onset_s:g}-{s.end_s:g}" for s in one.spans)) for one in apart
    ) == [("picture", "spill 0-0"), ("video",), ("video", "collapse 1-3")]
    assert [one.mask is not None for one in apart if one.kind == "picture"] == [True]


def test_what_is_taken_back_goes(labelled: tuple[Path, Path], tmp_path: Path) -> None:
    labels = labels_of(labelled[0])
    usable.write(labels, tmp_path / "site")
    before = set(tmp_path.rglob("item_*"))
    mine = tmp_path / "site" / "normal" / "mine.png"
    a_picture(tmp_path / "site" / "normal", "mine")
    kept = {
        number: (item, replace(given, answer="unsure") if item.kind == "clip" else given)
        for number, (item, given) in labels.items()
    }
    usable.write(kept, tmp_path / "site")
    gone = before - set(tmp_path.rglob("item_*"))
    assert {path.suffix for path in gone} == {".mp4"}
    assert mine.is_file()
    assert not (tmp_path / "site" / "tune.csv").exists()


def test_other_people_s_folders_are_left_alone(labelled: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(usable.NotUsable, match="is not empty, and not written from labels"):
        written(labelled[0], tmp_path)
    with pytest.raises(usable.NotUsable, match="nothing that was labelled can be used yet"):
        usable.write({}, tmp_path / "site")


def test_what_was_settled_wins(tmp_path: Path) -> None:
    path = a_picture(tmp_path, "empty")
    with Book.open(tmp_path / "project") as book:
        [number] = book.add([an_item(path, OTHERS[0])])
        book.give([Given(number, "kim", "nothing"), Given(number, "lee", "collapse")])
    with pytest.raises(usable.NotUsable):
        written(tmp_path / "project", tmp_path / "site")
    with Book.open(tmp_path / "project") as book:
        book.give([Given(number, SETTLED, "nothing")])
    assert written(tmp_path / "project", tmp_path / "site").counts == {"normal": 1}


@pytest.mark.timeout(600)  # three verbs, each of which starts processes
def test_training_tuning_and_evaluation_take_it(
    labelled: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("torch", reason="the extra `train` is not installed")
    pytest.importorskip("scipy", reason="the extra `evaluate` is not installed")
    folder, recipe = tmp_path / "site", tmp_path / "quick.yaml"
    written(labelled[0], folder)
    recipe.write_text(RECIPE)
    truth = (folder / "truth.csv").rename(folder / "apart.csv")  # else `train` evaluates twice
    assert main(["train", str(recipe), "--data", str(folder), "--out", str(tmp_path / "run")]) == 0
    assert "of what was kept apart" in capsys.readouterr().out
    said = ["--cache", str(tmp_path / "cache"), "--jobs", "1", "--hold-last-s", "2"]
    report = ["--truth", str(truth), "--out", str(tmp_path / "report")]
    assert main(["evaluate", *report, *said]) == 0
    incidents = json.loads((tmp_path / "report" / "metrics.json").read_text())["incidents"]
    assert [one["clips"] for one in incidents if one["label"] == "collapse"]
    tune = ["--truth", str(folder / "tune.csv"), "--target-recall", "0.5", "--confidence", "0.4"]
    assert main(["tune", *tune, *said, "--out", str(tmp_path / "thresholds.yaml")]) in (0, 1, 2)
    assert "collapse" in capsys.readouterr().out


def test_what_was_cut_off_is_written_anew(labelled: tuple[Path, Path], tmp_path: Path) -> None:
    labels, folder = labels_of(labelled[0]), tmp_path / "site"
    notes = tmp_path / "notes.mp4"
    notes.write_text("no recording")
    torn = replace(an_item(notes, OTHERS[3]), kind="picture", at_s=1.0)
    given = next(given for _, given in labels.values() if given.answer == "nothing")
    with pytest.raises(BadClip):
        usable.write({**labels, 99: (torn, given)}, folder)
    with (folder / usable.LIST).open("a") as listed:
        listed.write("../notes.mp4\n")  # none of ours, whoever wrote it there
    assert usable.write(labels, folder).counts == usable.write(labels, tmp_path / "other").counts
    names = [{path.relative_to(root) for path in root.rglob("*") if path.is_file()}
             for root in (folder, tmp_path / "other")]  # fmt: skip
    assert names[0] == names[1]
    assert notes.is_file()


def test_evidence_is_on_the_side_of_what_the_desk_keeps_of_that_day(tmp_path: Path) -> None:
    day = next(d for d in APART if not negatives.is_apart(negatives.camera_day("site", "hall", d)))
    desk = an_item(a_clip(tmp_path, "desk"), day)
    evidence = replace(an_item(a_picture(tmp_path, "evidence"), day), site="", source="evidence")
    nothing = Given(0, "kim", "nothing")
    out = usable.write({1: (desk, nothing), 2: (evidence, nothing)}, tmp_path / "site")
    assert out.counts == {"apart": 2}
