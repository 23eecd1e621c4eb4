"""Weights remember what they learnt from: what they began with, and each half of a mean."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from alerts.main import main
from edge.zoo import find
from models import seen

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")

from models import checkpoints, lineage, weights  # noqa: E402 - only where torch is
from models.lineage import Past  # noqa: E402
from models.network import Network  # noqa: E402
from models.recipe import Rates, Recipe  # noqa: E402

SHIPPED = find("first", None).path.parent
FINETUNE = Recipe(
    version=1,
    learns_from="site",
    init="shipped",
    steps=1,
    rates=Rates(heads=1e-3, trunk=1e-4),
    shares={"people": 1.0, "normal": 1.0},
)


def _site(folder: Path) -> frozenset[str]:
    """A folder as a site has it; the digests of what is learnt from there."""
    names = ["people/1.png", "spills/images/1.png", "normal/day.mp4"]
    for name in (*names, "people/boxes.json", "spills/masks/1.png", "normal/.hidden"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"{folder.name} {name}")
    return frozenset(seen.digest(folder / name) for name in names)


def _kept(recipe: Recipe, data: Path | None, out: Path) -> Path:
    out.mkdir()
    checkpoints.State(Network(), recipe, data).keep(out / checkpoints.FILE)
    return out / checkpoints.FILE


def _saw(file: Path) -> set[str]:
    return {one for run in checkpoints.past(file) for one in run.saw}


def test_what_begins_with_the_shipped_model_saw_all_that_it_saw(tmp_path: Path) -> None:
    own = _site(tmp_path / "a")
    file = _kept(FINETUNE, tmp_path / "a", tmp_path / "run")
    assert _saw(file) == seen.read(SHIPPED) | own
    assert len(own) == 3


def test_runs_that_begin_with_others_and_their_blends_forget_nothing(tmp_path: Path) -> None:
    first, second = _site(tmp_path / "a"), _site(tmp_path / "b")
    begun = _kept(FINETUNE, tmp_path / "a", tmp_path / "one")
    then = FINETUNE.model_copy(update={"init": str(begun)})
    file = _kept(then, tmp_path / "b", tmp_path / "two")
    checkpoints.blend(file, weights.shipped(), 0.5, tmp_path / "blended.pt")
    assert _saw(file) == _saw(tmp_path / "blended.pt") == seen.read(SHIPPED) | first | second


def test_a_run_that_goes_on_keeps_what_it_saw_before(tmp_path: Path) -> None:
    first, second = _site(tmp_path / "a"), _site(tmp_path / "b")
    file = _kept(FINETUNE, tmp_path / "a", tmp_path / "one")
    state = checkpoints.State(Network(), FINETUNE, tmp_path / "b")
    state.resume(file)
    state.keep(file)
    assert len(checkpoints.past(file)) == 1
    assert _saw(file) == seen.read(SHIPPED) | first | second


def test_the_mean_of_two_runs_is_exported_with_what_either_saw(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = _site(tmp_path / "a"), _site(tmp_path / "b")
    files = [_kept(FINETUNE, tmp_path / name, tmp_path / f"run_{name}") for name in "ab"]
    (tmp_path / "model").mkdir()
    shutil.copyfile(SHIPPED / "card.json", tmp_path / "model" / "card.json")
    assert main(["export", *map(str, files), "--to", str(tmp_path / "model")]) == 0
    assert seen.read(tmp_path / "model") == seen.read(SHIPPED) | first | second
    assert "more was learnt from" not in capsys.readouterr().out
    origins = [one.name for one in find(None, tmp_path / "model").card.origins]
    assert origins[-1] == "pictures of the site"
    shipped = [one.name for one in find("first", None).card.origins]
    assert origins[:-1] == shipped


def _sources(data: Path) -> frozenset[str]:
    clips = ["falls/gmdcsa24/Subject 1/Fall/1.mp4", "falls/gmdcsa24/Subject 2/Fall/1.mp4"]
    for name in clips:
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_text(name)
    (data / "falls/hospital_bed").mkdir(parents=True)
    boxes = "image,clip_group,original_split,label,x,y,w,h\n"
    (data / "falls/hospital_bed/boxes.csv").write_text(boxes)
    return frozenset({seen.digest(data / clips[1])})


def test_what_is_not_noted_is_looked_up_or_said(tmp_path: Path) -> None:
    known = _sources(tmp_path / "data")
    old = {"shares": ["gmdcsa24"], "held_out": ["gmdcsa24/Subject 1"]}  # as it was noted once
    seen.write(tmp_path, ["0123456789abcdef"])
    said = lineage.write([lineage.read(old)], None, tmp_path)
    assert "more was learnt from: --data DIR tells of what" in said
    assert seen.read(tmp_path) == {"0123456789abcdef"}
    said = lineage.write([lineage.read(old)], tmp_path / "data", tmp_path)
    assert said.startswith("1 clips and pictures")
    assert seen.read(tmp_path) == known


def test_a_run_on_the_sources_notes_what_it_does_not_hold_out(tmp_path: Path) -> None:
    known = _sources(tmp_path / "data")
    held = {"learns_from": "sources", "init": "coco", "hold_out": ("gmdcsa24/Subject 1",)}
    recipe = FINETUNE.model_copy(update=held)
    assert frozenset(lineage.of_run(recipe, tmp_path / "data").saw) == known
    assert lineage.of_run(recipe, tmp_path / "data").all_known
    assert not lineage.of_run(recipe, None).all_known
    assert lineage.of_run(recipe, tmp_path / "a").saw == ()


def test_a_sites_normal_days_are_no_source_of_ours() -> None:
    site = Past(("people", "normal", "rendered"), (), learns_from="site")
    assert site.origins == ("rendered", "site")
