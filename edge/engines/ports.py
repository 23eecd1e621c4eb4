"""The seam between the store and whoever builds: an ONNX file goes in, a plan comes out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

Precision = Literal["fp32", "fp16", "int8"]
# What is being done, in words for an operator, and how much of it is done (0–1).
Progress = Callable[[str, float], None]
INPUT = "images"


@dataclass(frozen=True)
class BuildOptions:
    """All that shapes an engine beside the file itself. The one optimisation profile allows batches
    from 1 to `batch_max`, and is fastest at `batch_opt`. `input` is the input's name. The workspace
    is what TensorRT may try kernels in: 512 MB is plenty for a network of 4 MB, and leaves room on
    a Jetson, whose 8 GB are for everybody."""

    batch_opt: int = 4
    batch_max: int = 8
    workspace_mb: int = 512
    input: str = INPUT

    def __post_init__(self) -> None:
        if not 1 <= self.batch_opt <= self.batch_max:
            raise ValueError(f"batches 1 ≤ {self.batch_opt} ≤ {self.batch_max} do not fit together")


class EngineBuilder(Protocol):
    """Makes a plan of an ONNX file (`onnx`, the whole file) by these options. The same call may be
    made again and again. `progress` is told at least that it begins and, with 1.0, that it is done;
    what it is told never steps back. A file that cannot be built raises BuildRefused with the
    builder's own words, and leaves the builder usable."""

    def build(self, onnx: bytes, options: BuildOptions, progress: Progress) -> bytes: ...
