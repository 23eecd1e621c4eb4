"""A runtime that hangs must not keep the process that gave it up: who starts it anew waits for its
end. The network is real, and on bright pictures it counts for ever."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper

from tests.support.yellow import FLOAT, HEIGHT, INT64, WIDTH, yellow_model, yellow_network

PROGRAM = f"""\
import sys
from pathlib import Path
import numpy as np
from edge.backends.guarded import GuardedBackend
from edge.backends.onnx import OnnxBackend
from edge.errors import BackendStuck
from edge.zoo import find

model = find(None, Path(sys.argv[1]))
dark = np.zeros((2, {HEIGHT}, {WIDTH}, 3), np.uint8)
with GuardedBackend(lambda: OnnxBackend(model, 2), timeout_s=5.0) as backend:
    backend.infer(dark)
    backend._timeout_s = 0.3
    for _ in range(3):
        try:
            backend.infer(dark + 255)
        except BackendStuck:
            continue
        except RuntimeError as error:
            print(error, flush=True)
"""


def test_a_process_whose_runtime_hangs_ends_all_the_same(tmp_path: Path) -> None:
    model = yellow_model(tmp_path / "model", counting())
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(model.path.parent)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # the runtime itself is torn down in the middle of its work
        text=True,
    ) as process:
        try:
            told, _ = process.communicate(timeout=60)
        finally:
            process.kill()
    assert told == "inference hung 3 times, and hangs\n"


def counting() -> bytes:
    """The yellow network, and then a loop of 2⁴⁰ turns for each step of the brightest pixel."""
    model = onnx.load_model_from_string(yellow_network())
    graph = model.graph
    for node in graph.node:
        node.output[:] = ["before" if name == "spill" else name for name in node.output]
    scalar = helper.make_tensor_value_info
    turn = helper.make_graph(
        [
            helper.make_node("Identity", ["goes_on"], ["still"]),
            helper.make_node("Add", ["sum", "sum"], ["next"]),
        ],
        "turn",
        [
            scalar("turn", INT64, []),
            scalar("goes_on", onnx.TensorProto.BOOL, []),
            scalar("sum", FLOAT, []),
        ],
        [scalar("still", onnx.TensorProto.BOOL, []), scalar("next", FLOAT, [])],
    )
    graph.node.extend(
        [
            helper.make_node("ReduceMax", ["floats"], ["brightest"], keepdims=0),
            helper.make_node("Cast", ["brightest"], ["steps"], to=INT64),
            helper.make_node("Mul", ["steps", "many"], ["turns"]),
            helper.make_node("Loop", ["turns", "", "nothing"], ["counted"], body=turn),
            helper.make_node("Add", ["before", "counted"], ["spill"]),
        ]
    )
    graph.initializer.extend(
        [
            numpy_helper.from_array(np.array(2**40, np.int64), "many"),
            numpy_helper.from_array(np.array(0, np.float32), "nothing"),
        ]
    )
    return bytes(model.SerializeToString())
