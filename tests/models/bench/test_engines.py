"""TensorRT takes part in the benchmark where an engine is kept, and is said to be left out else."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edge.backends.choice import Candidate
from edge.engines.faults import NoEngine
from edge.engines.ports import BuildOptions
from edge.engines.provide import Provider
from edge.engines.store import Store
from edge.engines.toolchain import Toolchain
from models.bench import engines, ratios
from models.bench.network import alone
from models.bench.rounds import Amount, in_turns
from tests.support.fake_cuda import FakeCuda
from tests.support.fake_tensorrt import FakeTensorRt, tidy
from tests.support.paper_builder import PaperBuilder, paper_toolchain
from tests.support.yellow import HEIGHT, WIDTH, yellow_model


def test_the_engine_that_is_kept_is_measured(tmp_path: Path) -> None:
    model, folder = yellow_model(tmp_path / "model"), tmp_path / "engines"
    trt = FakeTensorRt(cuda := FakeCuda())
    tools = paper_toolchain(trt, cuda, PaperBuilder())
    options = BuildOptions(input=model.card.input.name)
    Provider(model, Store(folder), tools, options, lambda *_: None).provide(("fp32",))
    found = engines.kept(model, folder, lambda: tools)
    assert isinstance(found, Candidate)
    pictures = np.zeros((8, HEIGHT, WIDTH, 3), np.uint8)
    with found.make() as backend:
        contenders = [
            alone(f"{name}, 8", backend.infer, pictures) for name in (found.name, "torch cuda")
        ]
        rounds = in_turns(contenders, Amount(1, 0.05, 8), lambda _: None)
    assert "model_ratio_vs_torch_cuda" in ratios.of_network(rounds, "onnx")
    tidy(trt)


def test_why_there_is_none_is_said(tmp_path: Path) -> None:
    def no_gpu() -> Toolchain:
        raise NoEngine("TensorRT needs an NVIDIA GPU")

    model = yellow_model(tmp_path / "model")
    assert engines.kept(model, tmp_path / "none", no_gpu) == "TensorRT needs an NVIDIA GPU"
    tools = paper_toolchain(FakeTensorRt(cuda := FakeCuda()), cuda, PaperBuilder())
    assert "engine build" in str(engines.kept(model, tmp_path, lambda: tools))
    assert "is not there" in str(engines.kept(model, tmp_path / "none", lambda: tools))
