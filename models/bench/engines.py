"""TensorRT in the benchmark: with the engine that is kept for this device, none is built here."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from alerts.errors import UserError
from edge.backends.choice import Candidate
from edge.engines.faults import NoEngine, Refused, Unusable
from edge.engines.ports import BuildOptions
from edge.engines.provide import key_of, onnx_of, precisions
from edge.engines.store import Store
from edge.engines.toolchain import Toolchain
from edge.zoo import Model


def kept(model: Model, folder: Path, find: Callable[[], Toolchain]) -> Candidate | str:
    """What runs the engine in `folder` that the daemon would take, or says why there is none."""
    try:
        tools = find()
        if not folder.exists():
            raise NoEngine(f"{folder} is not there")
        store, options = Store(folder), BuildOptions(input=model.card.input.name)
        for precision in precisions(model.card, "auto"):
            record = store.find(key_of(model, precision, options, tools.system))
            if record is not None and not record.refused:
                plan, of = store.load(record), onnx_of(model, precision)
                return Candidate("tensorrt", partial(tools.runs, of, plan, options.batch_max))
    except (UserError, Refused, Unusable) as fault:
        return str(fault)
    return f"no engine for this device in {folder}; `floorwatch engine build` first"
