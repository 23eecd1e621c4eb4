"""Files that ONNX Runtime does not run as their card says: found on entering, in one line."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper

from edge.backends.onnx import OnnxBackend
from edge.errors import BadModel
from edge.zoo import Model, find
from tests.support.site import pattern_model

SIDE, STRIDE, PLACE = 64, 8, 32
FLOAT, INT64, UINT8 = (onnx.TensorProto.DataType.Value(n) for n in ("FLOAT", "INT64", "UINT8"))
FITTING: Mapping[str, Any] = {
    "columns": 9,
    "stride": STRIDE,
    "side": SIDE,
    "batch": "N",
    "kind": UINT8,
    "place": 0,
}


def network(**different: Any) -> bytes:
    """The least network that fits the card below: pools the picture. `different` makes it unfit;
    with a `place` in pixels it gives features as well."""
    how = {**FITTING, "input": "images", "people": "people", "spill": "spill", **different}
    side, columns, batch = how["side"], how["columns"], how["batch"]
    pooled = {"kernel_shape": [how["stride"]] * 2, "strides": [how["stride"]] * 2}
    nodes = [
        helper.make_node("Cast", [how["input"]], ["floats"], to=FLOAT),
        helper.make_node("Transpose", ["floats"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("AveragePool", ["planes"], ["pooled"], **pooled),
        helper.make_node("ReduceMean", ["pooled"], [how["spill"]], axes=[1], keepdims=0),
        helper.make_node("GlobalAveragePool", ["planes"], ["mean"]),
        helper.make_node("Tile", ["mean", "repeats"], ["tiled"]),
        helper.make_node("Reshape", ["tiled", "shape"], [how["people"]]),
    ]
    outputs = [how["people"], how["spill"]]
    if how["place"]:
        places = {"kernel_shape": [how["place"]] * 2, "strides": [how["place"]] * 2}
        nodes.append(helper.make_node("AveragePool", ["planes"], ["features"], **places))
        outputs.append("features")
    constants = [
        helper.make_tensor("repeats", INT64, [4], [1, columns // 3, 1, 1]),
        helper.make_tensor("shape", INT64, [3], [0, 1, columns]),
    ]
    graph = helper.make_graph(
        nodes,
        "least",
        [helper.make_tensor_value_info(how["input"], how["kind"], [batch, side, side, 3])],
        [
            helper.make_tensor_value_info(
                name, FLOAT, list("abcd" if name == "features" else "abc")
            )
            for name in outputs
        ],
        constants,
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(made)
    return bytes(made.SerializeToString())


def model(folder: Path, data: bytes, features: Mapping[str, Any] | None = None) -> Model:
    pattern_model(folder)
    (folder / "model.onnx").write_bytes(data)
    card = json.loads((folder / "card.json").read_text())
    card["input"] |= {"width": SIDE, "height": SIDE}
    card["sha256"] = hashlib.sha256(data).hexdigest()
    card["features"] = features
    (folder / "card.json").write_text(json.dumps(card))
    return find(None, folder)


def test_what_fits_runs(tmp_path: Path) -> None:
    with OnnxBackend(model(tmp_path, network())) as backend:
        outputs = backend.infer(np.full((3, SIDE, SIDE, 3), 50, np.uint8))
    assert {name: output.shape for name, output in outputs.items()} == {
        "people": (3, 1, 9),
        "spill": (3, SIDE // STRIDE, SIDE // STRIDE),
    }


FEATURES = {"name": "features", "channels": 3, "stride": PLACE}


def test_features_are_given_where_the_card_names_them_and_left_alone_where_not(
    tmp_path: Path,
) -> None:
    pictures = np.full((3, SIDE, SIDE, 3), 50, np.uint8)
    pictures[2, :PLACE, PLACE:, 1] = 250
    with OnnxBackend(model(tmp_path, network(place=PLACE), FEATURES)) as backend:
        outputs = backend.infer(pictures)
    wanted = np.full((3, 3, 2, 2), 50.0)
    wanted[2, 1, 0, 1] = 250
    assert outputs["features"] == pytest.approx(wanted)
    with OnnxBackend(model(tmp_path, network(place=PLACE))) as backend:
        assert set(backend.infer(pictures)) == {"people", "spill"}


@pytest.mark.parametrize(
    ("place", "wrong", "words"),
    [
        (0, {}, "features"),
        (PLACE, {"channels": 4}, "features is (2, 3, 2, 2), its card says 2×4×2×2"),
        (PLACE, {"stride": 16}, "features is (2, 3, 2, 2), its card says 2×3×4×4"),
    ],
)
def test_features_that_are_not_the_card_s_are_found_on_entering(
    tmp_path: Path, place: int, wrong: dict[str, int], words: str
) -> None:
    assert words in refused(tmp_path, network(place=place), FEATURES | wrong)


def refused(tmp_path: Path, data: bytes, features: Mapping[str, Any] | None = None) -> str:
    unfit = model(tmp_path, data, features)
    with pytest.raises(BadModel) as raised, OnnxBackend(unfit):
        pass
    said = str(raised.value)
    assert str(tmp_path) in said
    assert "\n" not in said
    return said


@pytest.mark.parametrize("kind", ["empty", "garbage", "cut off"])
def test_a_file_that_is_no_network_is_found_on_entering(tmp_path: Path, kind: str) -> None:
    whole = network()
    data = {"empty": b"", "garbage": b"garbage", "cut off": whole[: len(whole) // 2]}[kind]
    assert "ONNX Runtime says" in refused(tmp_path, data)


@pytest.mark.parametrize(
    ("different", "words"),
    [
        ({"input": "pixels"}, "images"),
        ({"people": "persons"}, "people"),
        ({"spill": "water"}, "spill"),
        ({"side": 96}, "96"),
        ({"kind": FLOAT}, "expected: (tensor(float))"),
        ({"batch": 1}, "Got: 2 Expected: 1"),
        ({"columns": 6}, "its card says 2×A×9"),
        ({"stride": 16}, "its card says 2×8×8"),
    ],
    ids=str,
)
def test_a_network_that_does_not_fit_its_card_is_found_on_entering(
    tmp_path: Path, different: dict[str, Any], words: str
) -> None:
    assert words in refused(tmp_path, network(**different))


def test_strides_that_make_other_rows_than_there_are_are_found_on_entering(tmp_path: Path) -> None:
    unfit = model(tmp_path, network())
    people = unfit.card.people.model_copy(update={"strides": (8, 16)})
    card = unfit.card.model_copy(update={"people": people})
    words = "has 1 rows, its card's strides make 80"
    with pytest.raises(BadModel, match=words), OnnxBackend(replace(unfit, card=card)):
        pass


def test_the_runtime_tells_nobody_what_runs_here(tmp_path: Path) -> None:
    """Unsilenced it keeps a device id and a list of events below the user's cache, to be sent."""
    look = (
        "import numpy as np\n"
        "from edge.backends.onnx import OnnxBackend\n"
        "from edge.zoo import find\n"
        "model = find('first', None)\n"
        "side = model.card.input\n"
        "with OnnxBackend(model) as backend:\n"
        "    backend.infer(np.zeros((1, side.height, side.width, 3), np.uint8))\n"
    )
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": "", "ORT_DISABLE_TELEMETRY": "0"}
    subprocess.run([sys.executable, "-c", look], env=os.environ | home, check=True, timeout=60)
    assert list(tmp_path.rglob("*")) == []
