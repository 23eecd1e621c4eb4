"""A builder of engines that needs no GPU: its plans are those that the strict fake of TensorRT runs
(`tests.support.fake_tensorrt`). `tests/seams/test_engine_builder.py` holds it to its seam.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import onnx

from edge.backends.nvidia.ports import TensorRt
from edge.backends.tensorrt import TensorRtBackend
from edge.engines.faults import BuildRefused
from edge.engines.keys import System
from edge.engines.ports import BuildOptions, Progress
from edge.engines.toolchain import Toolchain
from edge.ports import Backend
from edge.zoo import Model
from tests.support.fake_cuda import FakeCuda
from tests.support.fake_tensorrt import FakeTensorRt, plan

ORIN = System("TensorRT 10.3.0", "Orin (SM 8.7)", "L4T R36.4.3")
STEPS = 3


class PaperBuilder:
    """`made` counts plans. `spoil` may change a network first: then the builder is one that makes
    mistakes. Of another `version` than the runtime its plans do not load."""

    def __init__(
        self, spoil: Callable[[bytes], bytes] = lambda onnx: onnx, version: str = "10.3.0"
    ) -> None:
        self.made = 0
        self._spoil = spoil
        self._version = version

    def build(self, onnx: bytes, options: BuildOptions, progress: Progress) -> bytes:
        progress("reading the model", 0.0)
        _check(onnx, options)
        for step in range(1, STEPS):
            progress("folding paper", step / STEPS)
        self.made += 1
        progress("built", 1.0)
        profile = (1, options.batch_opt, options.batch_max)
        return plan(self._spoil(onnx), profile, self._version)


def paper_toolchain(
    trt: FakeTensorRt, cuda: FakeCuda, builder: PaperBuilder, system: System = ORIN
) -> Toolchain:
    def runs(model: Model, plan: bytes, batch_max: int) -> Backend:
        return TensorRtBackend(model, plan, cast(TensorRt, trt), cuda, batch_max)

    return Toolchain(system, builder, runs)


def _check(data: bytes, options: BuildOptions) -> None:
    try:
        onnx.checker.check_model(data)
    except (ValueError, onnx.checker.ValidationError) as error:
        raise BuildRefused(f"the checker says: {error}") from None
    names = [one.name for one in onnx.load_model_from_string(data).graph.input]
    if options.input not in names:
        raise BuildRefused(f"the network has no input {options.input}; its inputs: {names}")
