"""What a picture costs on one thread of this processor, through each runtime there is.

    python -m tests.models.bench_network [FOLDER] [--json FILE] [--layers]

FOLDER holds model.onnx and card.json; without it the shipped model is measured. Left alone OpenVINO
computes in 16 bits where the processor can (bf16), so 32 bits, which floorwatch has it use, are
measured apart. Processor time counts, and of several rounds in turn the best one, since
machines have other work too. Prints pictures a second, and the ratio to the goal of 90; --layers
says on what OpenVINO spends them.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from edge.backends.onnx import OnnxBackend
from edge.backends.openvino import silenced
from edge.core.preprocess import to_batch
from edge.zoo import Model, find

GOAL_PER_S = 90.0
ROUNDS = 8
EACH = 5
FOUR = "OpenVINO, four at once"


def openvino(model: Model, count: int, precision: str | None = None, layers: bool = False) -> Any:
    """A request of OpenVINO's for so many pictures at once, on one thread."""
    core = silenced().Core()
    network = core.read_model(str(model.path))
    spec = model.card.input
    network.reshape([count, spec.height, spec.width, 3])
    settings: dict[str, Any] = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "PERF_COUNT": layers}
    if precision is not None:
        settings["INFERENCE_PRECISION_HINT"] = precision
    return core.compile_model(network, "CPU", settings).create_infer_request()


def best_s(runs: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Seconds of the processor that each needs for a turn."""
    spent: dict[str, list[float]] = defaultdict(list)
    for _ in range(ROUNDS):
        for name, run in runs.items():
            run()
            began_s = time.process_time()
            for _ in range(EACH):
                run()
            spent[name].append((time.process_time() - began_s) / EACH)
    return {name: min(times) for name, times in spent.items()}


def measured(model: Model) -> dict[str, float]:
    """Pictures a second by what makes them."""
    spec = model.card.input
    shown = np.random.default_rng(0).integers(0, 256, (spec.width * 9 // 16, spec.width, 3))
    rgb = shown[: spec.height].astype(np.uint8)
    one, four = to_batch([rgb], spec), to_batch([rgb] * 4, spec)
    with OnnxBackend(model, threads=1) as backend:
        runs: dict[str, Callable[[], object]] = {
            "preprocessing": partial(to_batch, [rgb], spec),
            "ONNX Runtime": partial(backend.infer, one),
        }
        if find_spec("openvino") is not None:
            runs |= {
                "OpenVINO": partial(openvino(model, 1).infer, [one], share_inputs=True),
                FOUR: partial(openvino(model, 4).infer, [four], share_inputs=True),
                "OpenVINO, 32 bits": partial(
                    openvino(model, 1, "f32").infer, [one], share_inputs=True
                ),
            }
        return {name: (4 if name == FOUR else 1) / s for name, s in best_s(runs).items()}


def layers_ms(model: Model) -> dict[str, float]:
    """Milliseconds of a picture by kind of layer, as OpenVINO counts them: the least of each layer,
    because they are counted by the clock."""
    spec = model.card.input
    request = openvino(model, 1, layers=True)
    batch = np.full((1, spec.height, spec.width, 3), 50, np.uint8)
    took: dict[str, list[float]] = defaultdict(list)
    kinds: dict[str, str] = {}
    for _ in range(ROUNDS * EACH):
        request.infer([batch])
        for layer in request.get_profiling_info():
            took[layer.node_name].append(layer.real_time.total_seconds() * 1000)
            kinds[layer.node_name] = f"{layer.node_type} {layer.exec_type}"
    spent: dict[str, float] = defaultdict(float)
    for name, times in took.items():
        spent[kinds[name]] += min(times)
    return dict(sorted(spent.items(), key=lambda one: -one[1])[:12])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.models.bench_network")
    parser.add_argument("folder", nargs="?", type=Path, help="default: the shipped model")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--layers", action="store_true", help="say where OpenVINO's time goes")
    args = parser.parse_args()
    model = find("first", args.folder)
    found: dict[str, Any] = {"model": model.card.sha256, "pictures_per_s": measured(model)}
    for name, rate in found["pictures_per_s"].items():
        print(f"{name:<24} {1000 / rate:7.2f} ms, {rate:8.1f} pictures a second")
    if find_spec("openvino") is None:
        print("OpenVINO is not installed: pip install openvino")
    else:
        found["ratio"] = found["pictures_per_s"]["OpenVINO"] / GOAL_PER_S
        print(f"ratio of OpenVINO to the goal of {GOAL_PER_S:g}: {found['ratio']:.2f}")
        if args.layers:
            found["layers_ms"] = layers_ms(model)
            for kind, took_ms in found["layers_ms"].items():
                print(f"{took_ms:7.2f} ms  {kind}")
    if args.json is not None:
        args.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
