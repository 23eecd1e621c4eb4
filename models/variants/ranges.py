"""How large the numbers inside a network get on pictures: what 8 bits must hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper

from edge.backends.runtime import ort
from edge.ports import PictureBatch
from models.variants.quantised import STEPS

_KEPT = 4096  # values of each tensor and picture
_SHARES = np.linspace(0.25, 1.0, 61)  # of the largest value that are tried


@dataclass
class Span:
    """Of one tensor: the largest absolute value, and some values of every picture."""

    largest: float = 0.0
    some: list[NDArray[np.float32]] = field(default_factory=list)

    def add(self, values: NDArray[np.float32]) -> None:
        """Look at the tensor of one more picture."""
        self.largest = max(self.largest, float(np.abs(values).max()))
        flat = values.reshape(-1)
        self.some.append(flat[:: max(1, flat.size // _KEPT)].copy())

    def least_error(self) -> float:
        """Where to clip so that the squares of what rounding and clipping do to the values seen
        add up to least. That needs no percentile to be chosen, and keeps rare large values where
        they are worth it."""
        seen = np.concatenate(self.some)
        errors = [_error(seen, share * self.largest) for share in _SHARES]
        return float(_SHARES[int(np.argmin(errors))] * self.largest)

    def share_kept(self, share: float) -> float:
        """The absolute value under which such a share of the values seen lies."""
        return float(np.quantile(np.abs(np.concatenate(self.some)), share))


def _error(values: NDArray[np.float32], largest: float) -> float:
    step = max(largest, 1e-9) / STEPS
    held = np.clip(np.rint(values / step), -STEPS, STEPS) * step
    return float(np.square(values - held, dtype=np.float64).sum())


def spans(
    model: onnx.ModelProto, names: Iterable[str], batches: Iterable[PictureBatch]
) -> Mapping[str, Span]:
    """The spans of some tensors of a graph over batches of pictures, N×H×W×3."""
    watched = onnx.ModelProto()
    watched.CopyFrom(model)
    wanted = sorted(set(names))
    there = {one.name for one in watched.graph.output}
    watched.graph.output.extend(
        helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None)
        for name in wanted
        if name not in there
    )
    options = ort.SessionOptions()
    options.log_severity_level = 3
    session = ort.InferenceSession(
        watched.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    found: dict[str, Span] = defaultdict(Span)
    for batch in batches:
        outputs = session.run(wanted, {model.graph.input[0].name: batch})
        for name, values in zip(wanted, outputs, strict=True):
            found[name].add(values)
    return found
