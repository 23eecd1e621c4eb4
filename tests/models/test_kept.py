"""A checkpoint that is none, or half of one, costs one line, wherever it is named."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from alerts.main import main
from edge.zoo import find
from models.recipe import Recipe, dump, load
from models.recipes import find as find_recipe
from tests.support.site import pattern_model

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")

from models import checkpoints, export, kept, run_folder, weights  # noqa: E402 - only where torch is
from models.kept import NoCheckpoint  # noqa: E402
from models.network import Network  # noqa: E402
from models.weights import NoWeights  # noqa: E402

SHIPPED = find("first", None).path


def _said(captured: pytest.CaptureFixture[str], *args: str | Path) -> str:
    """The one line that the command says of what cannot be used."""
    assert main([str(arg) for arg in args]) == 2
    [line] = captured.readouterr().err.splitlines()
    return line


def _whole(file: Path) -> Path:
    torch.save({"mean": Network().state_dict(), "step": 4}, file)
    return file


@pytest.fixture
def nones(tmp_path: Path) -> dict[str, Path]:
    """Files that are no checkpoint, by what is wrong with them."""
    found = {name: tmp_path / f"{name}.pt" for name in ("words", "half", "list", "other", "empty")}
    found["words"].write_text("no checkpoint at all")
    found["half"].write_bytes(_whole(tmp_path / "whole.pt").read_bytes()[:50_000])
    torch.save([1, 2], found["list"])
    torch.save({"model": {}}, found["other"])
    found["empty"].touch()
    found["folder"] = tmp_path
    found["none"] = tmp_path / "none.pt"
    found["exported"] = SHIPPED
    return found


def test_what_is_no_checkpoint_is_said(nones: dict[str, Path]) -> None:
    words = {}
    for name, file in nones.items():
        with pytest.raises(NoCheckpoint, match=r"; name the last.pt in a run's folder$") as raised:
            kept.read(file)
        words[name] = str(raised.value)
        assert words[name].startswith(f"{file}: ")
        assert "\n" not in words[name]
    assert "there is no such" in words["none"]
    assert "is a folder" in words["folder"]
    assert "is an exported model" in words["exported"]
    assert "holds no 'mean'" in words["other"]


def test_export_says_it_in_a_line_and_leaves_the_model(
    nones: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = pattern_model(tmp_path / "model")
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    for file in nones.values():
        assert f"{file}: " in _said(capsys, "export", file, "--to", folder)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_export_says_where_no_card_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    checkpoint = _whole(tmp_path / "last.pt")
    advice = "no folder with a card.json; copy that of models/zoo/first there"
    for to in (tmp_path / "nowhere", checkpoint, tmp_path):
        assert f"{to}: {advice}" in _said(capsys, "export", checkpoint, "--to", to)
    for text, words in (
        ("{", "is no card"),
        ("[]", "is no card"),
        ("{}", "is no card ('input')"),
    ):
        (tmp_path / "card.json").write_text(text)
        said = _said(capsys, "export", checkpoint, "--to", tmp_path)
        assert f"{tmp_path}/card.json: {words}" in said


def test_weights_of_another_network_or_no_numbers_are_said(tmp_path: Path) -> None:
    values = Network().state_dict()
    torch.save({"mean": {"layer": torch.zeros(3)}}, tmp_path / "other.pt")
    with pytest.raises(NoCheckpoint, match=r"other.pt: is of another network; export it with"):
        export.average([_whole(tmp_path / "whole.pt"), tmp_path / "other.pt"])
    recipe = load(find_recipe("finetune")).model_copy(update={"init": str(tmp_path / "other.pt")})
    with pytest.raises(NoWeights, match=r"other.pt: is of another network; begin with a run"):
        weights.begin(recipe, None)
    name = next(iter(values))
    torch.save({"mean": {**values, name: values[name] * float("nan")}}, tmp_path / "astray.pt")
    with pytest.raises(NoCheckpoint, match=rf"astray.pt: {name} holds what is no number"):
        export.average([tmp_path / "astray.pt"])


def _run(folder: Path, recipe: Recipe, step: int) -> Path:
    """A run's folder with a checkpoint of so many steps."""
    folder.mkdir()
    (folder / run_folder.RECIPE).write_text(dump(recipe))
    torch.save({"mean": Network().state_dict(), "step": step}, folder / checkpoints.FILE)
    return folder / checkpoints.FILE


def test_a_run_is_not_begun_with_half_of_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = load(find_recipe("finetune")).model_copy(update={"steps": 10})
    half, out = _run(tmp_path / "half", recipe, 9), tmp_path / "out"
    site = tmp_path / "mysite"
    (site / "people").mkdir(parents=True)
    said = _said(capsys, "train", "finetune", "--init", half, "--data", site, "--out", out)
    assert f"init: {half}: its run has taken 9 of 10 steps; go on with it first" in said
    assert f"`floorwatch train {half.parent}/recipe.yaml --out {half.parent}`" in said
    assert not out.exists()
    run_folder.check_finished(_run(tmp_path / "whole", recipe, 10))
    on_purpose = half.with_name("kept_on_purpose.pt")
    shutil.copy(half, on_purpose)
    run_folder.check_finished(on_purpose)


def test_training_says_what_is_no_checkpoint_before_it_looks_at_the_data(
    nones: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train: list[str | Path] = ["train", "finetune", "--data", tmp_path, "--out", tmp_path / "out"]
    for file in nones.values():
        assert str(file) in _said(capsys, *train, "--init", file)
    assert "begin with shipped or a checkpoint" in _said(capsys, *train, "--init", "coco")
    assert not (tmp_path / "out").exists()
    own = shutil.copy(nones["half"], tmp_path / checkpoints.FILE)
    said = _said(capsys, *train[:-1], tmp_path)
    assert f"{own}: this run cannot go on from it; remove it to begin anew" in said
    assert "is a file; --out names" in _said(
        capsys, "train", "finetune", "--data", tmp_path, "--out", nones["words"]
    )


def test_every_file_of_weights_is_named(tmp_path: Path) -> None:
    shipped = load(find_recipe("shipped"))
    coco = tmp_path / "pretrained/yolox_nano_coco/yolox_nano_coco.onnx"
    coco.parent.mkdir(parents=True)
    coco.write_bytes(b"no weights")
    assert weights.files(shipped, tmp_path) == {shipped.init: Path(shipped.init), "coco": coco}
    unseen = load(find_recipe("unseen"))
    assert weights.files(unseen, tmp_path) == {"coco": coco}
    assert weights.files(load(find_recipe("finetune")), None) == {"shipped": SHIPPED}
    with pytest.raises(NoWeights, match="not YOLOX-Nano's weights as ONNX"):
        weights.begin(unseen, tmp_path)
