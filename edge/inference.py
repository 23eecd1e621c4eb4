"""What runs the network in the daemon: what the processor does best, at once; and where the site
file asks for TensorRT, an engine as soon as one is ready."""

from __future__ import annotations

import logging
from threading import Event

from edge import wiring
from edge.backends.choice import choose
from edge.backends.guarded import GuardedBackend
from edge.backends.switching import Named, Prepare, SwitchingBackend
from edge.config.schema import Config
from edge.engines import parent, toolchain
from edge.engines.faults import NoEngine, Refused, Unusable
from edge.engines.ports import BuildOptions
from edge.engines.provide import onnx_of, precisions
from edge.engines.request import Request
from edge.engines.store import Store
from edge.zoo import Model

_log = logging.getLogger(__name__)


def switching_backend(config: Config, model: Model) -> SwitchingBackend:
    """To be entered at once: it watches from then on, whatever becomes of an engine. Each of the
    two is left behind and made anew where it hangs. With `auto` the processor's runtimes are tried
    now, which takes a second or two. Raises BadModel then, where none can use the model."""
    chosen = choose(wiring.candidates(config, model), model.card).chosen
    first = Named(chosen.name, GuardedBackend(chosen.make))
    return SwitchingBackend(first, engine(config, model))


def engine(config: Config, model: Model) -> Prepare | None:
    """Makes an engine ready and gives what runs it; None where the site file wants none."""
    if config.model.backend != "tensorrt":
        return None
    folder = config.engines_folder
    request = Request(
        model.path.parent, folder, precisions(model.card, config.model.precision), again=False
    )

    def prepare(stop: Event) -> Named:
        _log.info("looking for a TensorRT engine in %s; building one takes minutes", folder)
        name = parent.have_ready(request, stop, parent.Announcer())
        return _running(name, Store(folder), model)

    return prepare


def _running(name: str, store: Store, model: Model) -> Named:
    """The engine of that name, which was tested on this machine a moment ago."""
    try:
        record = store.named(name)
        plan = store.load(record)
    except Unusable as fault:
        raise NoEngine(f"{fault}; it was just tested: who else writes in {store.folder}?") from None
    precision = record.key.precision
    try:
        of = onnx_of(model, precision)
    except Refused as fault:
        raise NoEngine(f"{fault}; it was just tested: who changes the model?") from None
    tools = toolchain.find()
    batch_max = BuildOptions().batch_max
    return Named(f"tensorrt {precision}", GuardedBackend(lambda: tools.runs(of, plan, batch_max)))
