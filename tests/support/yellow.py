"""The least network that can raise an alarm: it takes yellow for liquid, and finds nobody."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import onnx
from onnx import helper

from edge.zoo import Model, find
from tests.support.site import pattern_model

WIDTH, HEIGHT, STRIDE, COLUMNS = 192, 128, 8, 9
FLOAT, INT64, UINT8 = (onnx.TensorProto.DataType.Value(n) for n in ("FLOAT", "INT64", "UINT8"))


def yellow_network(added: float = 0.0, *, broken: str = "") -> bytes:
    """Scores are `added` too high. `broken` names an operator that no parser knows."""
    pooled = {"kernel_shape": [STRIDE] * 2, "strides": [STRIDE] * 2}
    nodes = [
        helper.make_node("Cast", ["images"], ["floats"], to=FLOAT),
        helper.make_node("Transpose", ["floats"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("Split", ["planes"], ["red", "green", "blue"], axis=1),
        helper.make_node(broken or "Min", ["red", "green"], ["warm"], name="warmth"),
        helper.make_node("Sub", ["warm", "blue"], ["yellow"]),
        helper.make_node("Mul", ["yellow", "scale"], ["scaled"]),
        helper.make_node("Relu", ["scaled"], ["liquid"]),
        helper.make_node("AveragePool", ["liquid"], ["cells"], **pooled),
        helper.make_node("Add", ["cells", "added"], ["higher"]),
        helper.make_node("Reshape", ["higher", "grid"], ["spill"]),
        helper.make_node("GlobalAveragePool", ["liquid"], ["mean"]),
        helper.make_node("Mul", ["mean", "nobody"], ["row"]),
        helper.make_node("Reshape", ["row", "rows"], ["people"]),
    ]
    grid = [0, HEIGHT // STRIDE, WIDTH // STRIDE]
    constants = [
        helper.make_tensor("scale", FLOAT, [1], [1 / 255]),
        helper.make_tensor("added", FLOAT, [1], [added]),
        helper.make_tensor("grid", INT64, [3], grid),
        helper.make_tensor("nobody", FLOAT, [1, COLUMNS, 1, 1], [0.0] * COLUMNS),
        helper.make_tensor("rows", INT64, [3], [0, 1, COLUMNS]),
    ]
    graph = helper.make_graph(
        nodes,
        "yellow",
        [helper.make_tensor_value_info("images", UINT8, ["n", HEIGHT, WIDTH, 3])],
        [
            helper.make_tensor_value_info("people", FLOAT, ["n", 1, COLUMNS]),
            helper.make_tensor_value_info("spill", FLOAT, ["n", *grid[1:]]),
        ],
        constants,
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(made.SerializeToString())


def yellow_model(
    folder: Path, network: bytes | None = None, variants: Mapping[str, bytes] | None = None
) -> Model:
    """Writes the network and its card, with the variants that are given by precision."""
    pattern_model(folder)
    card = json.loads((folder / "card.json").read_text())
    card |= {
        "name": "yellow",
        "input": {"name": "images", "width": WIDTH, "height": HEIGHT},
        "sha256": _write(folder / "model.onnx", network or yellow_network()),
        "variants": {
            precision: {
                "file": f"model.{precision}.onnx",
                "sha256": _write(folder / f"model.{precision}.onnx", content),
            }
            for precision, content in (variants or {}).items()
        },
    }
    (folder / "card.json").write_text(json.dumps(card))
    return find(None, folder)


def _write(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    return hashlib.sha256(content).hexdigest()
