"""Engines of paper: everything round TensorRT is real, TensorRT itself is the strict fake."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from edge.engines.keys import System
from edge.engines.ports import BuildOptions
from edge.engines.provide import Provider
from edge.engines.store import Store
from edge.zoo import Model
from tests.support.fake_cuda import FakeCuda
from tests.support.fake_tensorrt import FakeTensorRt, tidy
from tests.support.paper_builder import ORIN, PaperBuilder, paper_toolchain

OPTIONS = BuildOptions(batch_opt=2, batch_max=2)


@dataclass
class Device:
    """A machine with a GPU of paper, and its folder of engines."""

    folder: Path
    trt: FakeTensorRt
    cuda: FakeCuda
    doing: list[str] = field(default_factory=list)

    @property
    def store(self) -> Store:
        return Store(self.folder)

    def provider(self, model: Model, builder: PaperBuilder, system: System = ORIN) -> Provider:
        tools = paper_toolchain(self.trt, self.cuda, builder, system)
        return Provider(
            model, self.store, tools, OPTIONS, lambda doing, _done: self.doing.append(doing)
        )


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Device]:
    trt = FakeTensorRt(cuda := FakeCuda())
    yield Device(tmp_path / "engines", trt, cuda)
    gc.collect()  # an error that was raised may hold what raised it
    tidy(trt)
