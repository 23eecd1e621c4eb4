"""OpenVINO on the CPU, an extra (`floorwatch[openvino]`): in places faster than ONNX Runtime.

On the one it was written on it is not (AMD EPYC with AVX-512, fp32): on two cores both look at 118
pictures a second, and ONNX Runtime at twice as many where they come one by one. So
`edge.backends.choice` tries both.

The network is compiled for single pictures, and a batch is as many pictures at once as there are
cores. Compiled for batches of any size it took a fifth more, for batches of four or eight no less:
a batch gains nothing but that its pictures go side by side. And so what comes out of a picture does
not depend on the others, to the bit. Compiling takes half a second; a cache on disk is not worth
that.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from types import TracebackType
from typing import Any

import numpy as np
from typing_extensions import Self

from edge.backends import trial
from edge.cores import cores
from edge.errors import BadModel
from edge.ports import FloatBatch, PictureBatch
from edge.zoo import Model

_MISSING = "OpenVINO is not here; pip install 'floorwatch[openvino]', or say model: backend: onnx"


class OpenVinoBackend:
    """Runs `model.onnx` in fp32, as ONNX Runtime does: left alone, OpenVINO takes bfloat16 where
    the processor has it, and other scores come out. Entering raises BadModel where OpenVINO is not
    installed, or the file does not fit its card. `threads` 0 is all cores."""

    def __init__(self, model: Model, threads: int = 0, batch_max: int = 8) -> None:
        self.batch_max = batch_max
        self._model = model
        self._threads = threads or cores()
        self._runtime: Any = None
        self._requests: list[Any] = []

    def __enter__(self) -> Self:
        self._runtime = silenced()
        try:
            compiled = self._compiled()
            for _ in range(min(self._threads, self.batch_max)):
                self._requests.append(compiled.create_infer_request())
            outputs = self.infer(trial.blank(self._model.card))
        except RuntimeError as error:  # all of OpenVINO's own are
            self._requests = []
            raise BadModel(
                f"model {self._model.path}: OpenVINO says: {trial.one_line(error)}"
            ) from None
        trial.check(outputs, self._model)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._requests = []

    def infer(self, batch: PictureBatch) -> Mapping[str, FloatBatch]:
        """See `edge.ports.Backend`."""
        if not self._requests:
            raise RuntimeError("enter the backend before use")
        card, tensor = self._model.card, self._runtime.Tensor
        names = card.outputs
        batch = np.ascontiguousarray(batch)
        found: dict[str, list[FloatBatch]] = {name: [] for name in names}
        for begin in range(0, len(batch), len(self._requests)):
            asked = range(begin, min(begin + len(self._requests), len(batch)))
            for request, place in zip(self._requests, asked, strict=False):
                picture = tensor(batch[place : place + 1], shared_memory=True)
                request.set_tensor(card.input.name, picture)
                request.start_async()
            for request, _ in zip(self._requests, asked, strict=False):
                request.wait()
                for name in names:
                    found[name].append(np.array(request.get_tensor(name).data, np.float32))
        return {name: np.concatenate(parts) for name, parts in found.items()}

    def _compiled(self) -> Any:
        """The network for one picture. Raises RuntimeError; BadModel where the card has it take
        something else than the file does."""
        spec, runtime = self._model.card.input, self._runtime
        core = runtime.Core()
        network = core.read_model(str(self._model.path))
        taken = network.input(spec.name)
        wanted = [spec.height, spec.width, 3]
        fits = runtime.PartialShape([-1, *wanted]).compatible(taken.partial_shape)
        if not fits or taken.element_type != runtime.Type.u8:
            raise BadModel(
                f"model {self._model.path}: {spec.name} is {taken.element_type} "
                f"{taken.partial_shape}, its card says uint8 N×{spec.height}×{spec.width}×3"
            )
        network.reshape({spec.name: [1, *wanted]})
        settings = {
            "PERFORMANCE_HINT": "THROUGHPUT",
            "NUM_STREAMS": min(self._threads, self.batch_max),
            "INFERENCE_NUM_THREADS": self._threads,
            "INFERENCE_PRECISION_HINT": "f32",
            "ENABLE_CPU_PINNING": False,  # decoders want the same cores
        }
        return core.compile_model(network, "CPU", settings)


def silenced() -> Any:
    """The module `openvino`; everybody takes it from here. Raises BadModel where there is none.

    Importing it imports its converter, and that reports each import, with an id that it keeps below
    `~/intel`, to Google Analytics, unless the user has opted out (2026.4). The converter does
    without where the package that reports cannot be imported: so it cannot.
    """
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # Python's own way
    try:
        return import_module("openvino")
    except ImportError:
        raise BadModel(_MISSING) from None
