from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest

from alerts.main import main
from edge.core.card import Lower
from edge.core.preprocess import to_batch
from edge.errors import BadModel
from edge.zoo import Model, find
from tests.house.tree import ROOT

pytest.importorskip("torch", reason="the extra `train` is not installed")

from models.synth.condition import Condition, Hard
from models.variants import making, pictures
from models.variants.accepted import faults
from models.variants.gate import LIMITS, Loss
from models.variants.halved import halved
from models.variants.quantised import quantisable, quantised

SHIPPED = find("first", None)
SAME = Loss(10, 8, 8, 10, 1, 1, 0.0, 0.0, 1.0)
WORSE = replace(SAME, found=7)


def demo() -> Iterator[Hard]:
    """Pictures of the demo's clips before and after something happens."""
    for clip, label in (("collapse", "collapse"), ("spill", "spill")):
        video = cv2.VideoCapture(str(ROOT / "configs" / "demo" / f"{clip}.mp4"))
        frames = int(video.get(cv2.CAP_PROP_FRAME_COUNT))
        for share in (0.05, 0.75, 0.9):
            video.set(cv2.CAP_PROP_POS_FRAMES, int(share * frames))
            there, bgr = video.read()
            assert there, clip
            rgb = np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)
            condition = Condition(f"{clip} at {share}", label, share > 0.5)  # type: ignore[arg-type]
            yield Hard(condition, 0, rgb)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shipped model with its card, as if it had no variants and no network for close-ups."""
    card = json.loads(SHIPPED.path.with_name("card.json").read_text())
    for other in ("variants", "close_ups"):
        card.pop(other, None)
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "card.json").write_text(json.dumps(card))
    shutil.copy(SHIPPED.path, tmp_path / "model")
    return tmp_path / "model"


def variant(precision: Lower, content: bytes, loss: Loss) -> making.Variant:
    return making.Variant(precision, content, {"rendered": loss})


def test_the_shipped_model_is_made_and_measured() -> None:
    batches = [to_batch([pictures.fitted(one.rgb, SHIPPED.card.input)], SHIPPED.card.input)
               for one in demo()]  # fmt: skip
    graphs = making.made(SHIPPED, making.PRECISIONS, batches)
    # Ranges a fiftieth of what they are: what a broken calibration looks like.
    whole = onnx.load(str(SHIPPED.path))
    tight = {node.input[0]: 0.05 for node in quantisable(whole.graph)}
    broken = halved(quantised(whole, tight))
    found = making.measured(SHIPPED, {"fp16": graphs["fp16"], "int8": broken}, {"demo": demo()})
    assert [one.precision for one in found] == ["fp16", "int8"]
    good, bad = (one.losses["demo"] for one in found)
    assert good.incidents == 4
    assert good.found_reference > 0, "the demo's incidents are not found at all"
    assert good.moved_max > 0
    assert good.within(LIMITS["fp16"])
    assert not bad.within(LIMITS["int8"])
    fine = making.measured(SHIPPED, {"int8": graphs["int8"]}, {"demo": demo()})[0].losses["demo"]
    assert fine.moved < bad.moved / 2


def test_what_passed_is_put_beside_the_card_and_into_it(folder: Path) -> None:
    making.write(folder, [variant("fp16", b"half", SAME), variant("int8", b"eight", WORSE)])
    card = find(None, folder).card
    assert set(card.variants) == {"fp16"}
    entry = card.variants["fp16"]
    assert entry.passed
    assert entry.made_from == card.sha256
    assert entry.measured["rendered_found"] == 8
    assert (folder / entry.file).read_bytes() == b"half"
    assert sorted(one.name for one in folder.iterdir()) == [
        "card.json", "model.fp16.onnx", "model.onnx",
    ]  # fmt: skip


def test_what_fails_takes_the_old_one_with_it_and_what_was_not_asked_for_stays(
    folder: Path,
) -> None:
    making.write(folder, [variant("fp16", b"half", SAME), variant("int8", b"eight", SAME)])
    making.write(folder, [variant("int8", b"worse", WORSE)])
    assert set(find(None, folder).card.variants) == {"fp16"}
    assert not (folder / "model.int8.onnx").exists()


def test_variants_of_another_file_are_refused_and_made_anew(folder: Path) -> None:
    making.write(folder, [variant("fp16", b"half", SAME), variant("int8", b"eight", SAME)])
    card = json.loads((folder / "card.json").read_text())
    for entry in card["variants"].values():
        entry["made_from"] = "0" * 64
    (folder / "card.json").write_text(json.dumps(card))
    with pytest.raises(BadModel, match=r"fp16 was made from another model\.onnx; make it anew"):
        find(None, folder)
    assert making.opened(folder).card.variants == {}
    making.write(folder, [variant("fp16", b"new", SAME)])
    assert set(find(None, folder).card.variants) == {"fp16"}
    assert not (folder / "model.int8.onnx").exists()


def test_a_folder_that_is_no_model_is_said(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "card.json").write_text("[]")
    for bad in (folder, tmp_path / "nowhere"):
        assert main(["variants", str(bad)]) == 2
        assert f"{bad}: card.json" in capsys.readouterr().err
    (folder / "card.json").write_text(json.dumps({"file": "model.onnx", "variants": {}}))
    assert main(["variants", str(folder)]) == 2
    assert f"{folder}: card.json: card_version" in capsys.readouterr().err
    assert main(["variants", str(SHIPPED.path.parent), "--data", str(tmp_path / "none")]) == 2
    assert "--data" in capsys.readouterr().err
    assert main(["variants", str(SHIPPED.path.parent), "--data", str(tmp_path)]) == 2
    assert "name the folder that holds falls/ and spills/" in capsys.readouterr().err


def test_a_graph_that_tensorrt_refuses_is_not_made(folder: Path) -> None:
    model = onnx.load(str(folder / "model.onnx"))
    for node in model.graph.node:
        if node.op_type == "Sigmoid":
            node.op_type = "Elu"
    onnx.save(model, str(folder / "model.onnx"))
    opened = Model(SHIPPED.card, folder / "model.onnx")
    with pytest.raises(making.NotBuilt, match=r"TensorRT would refuse its fp16 .*Elu"):
        making.made(opened, ["fp16"], [])


@pytest.mark.parametrize("precision", SHIPPED.card.variants)
def test_the_card_vouches_for_what_ships(precision: Lower) -> None:
    entry = SHIPPED.card.variants[precision]
    content = SHIPPED.path.with_name(entry.file).read_bytes()
    assert hashlib.sha256(content).hexdigest() == entry.sha256
    assert entry.made_from == SHIPPED.card.sha256
    assert entry.passed
    assert not faults(onnx.load_from_string(content))
    # What stands in the card is what its limits allow.
    for pictures_of in {name.split("_")[0] for name in entry.measured}:
        numbers = {name: value for name, value in entry.measured.items() if pictures_of in name}
        assert numbers[f"{pictures_of}_incidents"] >= 50
        assert numbers[f"{pictures_of}_score_moved_p95"] <= LIMITS[precision].moved


def test_photographs_are_spread_and_judged_as_what_they_show(data: Path) -> None:
    found = pictures.photographs(data, 5)
    assert {condition for _, condition in found} == {
        pictures.DOWN, pictures.NOBODY_DOWN, pictures.LIQUID, pictures.DRY,
    }  # fmt: skip
    assert 15 <= len(found) <= 20
    first = next(pictures.read(found))
    assert first.condition == pictures.DOWN
    assert first.rgb.ndim == 3


@pytest.mark.parametrize("precision", SHIPPED.card.variants)
def test_what_ships_keeps_its_promise_on_photographs(data: Path, precision: Lower) -> None:
    shipped = onnx.load(str(SHIPPED.path.with_name(f"model.{precision}.onnx")))
    found = pictures.read(pictures.photographs(data, 8))
    [one] = making.measured(SHIPPED, {precision: shipped}, {"photographed": found})
    assert one.losses["photographed"].incidents > 10
    assert one.losses["photographed"].moved <= LIMITS[precision].moved
