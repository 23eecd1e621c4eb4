"""NVIDIA's own parser and builder behind the seam: `tensorrt` or `tensorrt_rtx`, 10.3 to 11.

The network is strongly typed: which number stands in which precision is decided in the ONNX file
alone, where `models` made and measured it. All that TensorRT may still choose is how.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edge.backends.nvidia.log import logger_for
from edge.engines import private
from edge.engines.faults import BuildRefused, Unusable
from edge.engines.phases import Phases
from edge.engines.ports import BuildOptions, Progress

_SAID_MAX = 3
_log = logging.getLogger(__name__)


class TensorRtBuilder:
    """Builds with `module`. What it measured on this device it keeps at `timing`, if given: the
    next build, of another precision say, then takes a fraction of the time."""

    def __init__(self, module: Any, timing: Path | None = None) -> None:
        self._module = module
        self._timing = timing

    def build(self, onnx: bytes, options: BuildOptions, progress: Progress) -> bytes:
        """See `edge.engines.ports.EngineBuilder`."""
        progress("reading the model", 0.0)
        logger, heard = logger_for(self._module)
        heard.forget()
        try:
            builder = self._module.Builder(logger)
        except (TypeError, RuntimeError):
            # Without a GPU that it likes there is no builder: pybind calls that a null pointer.
            raise BuildRefused(_told("there is no builder", [heard.words()])) from None
        network = self._parsed(builder, onnx)
        config, monitor = self._config(builder, network, options, progress)
        plan = builder.build_serialized_network(network, config)
        if plan is None:
            raise BuildRefused(_told("no engine was built", [heard.words()]))
        self._keep_timing(config)
        config.progress_monitor = None  # `monitor` must live until here
        del monitor
        progress("built", 1.0)
        return bytes(memoryview(plan))

    def _parsed(self, builder: Any, onnx: bytes) -> Any:
        logger, heard = logger_for(self._module)
        # The flag's number differs between versions: 1 in 10, 0 in 11. Never write it down.
        typed = 1 << int(self._module.NetworkDefinitionCreationFlag.STRONGLY_TYPED)
        network = builder.create_network(typed)
        if network is None:
            raise BuildRefused(_told("no network can be begun", [heard.words()]))
        parser = self._module.OnnxParser(network, logger)
        if not parser.parse(onnx):
            said = _errors(parser) or [heard.words()]
            raise BuildRefused(_told("the parser refuses the file", said))
        return network

    def _config(
        self, builder: Any, network: Any, options: BuildOptions, progress: Progress
    ) -> tuple[Any, Any]:
        config = builder.create_builder_config()
        if config is None:
            raise BuildRefused("TensorRT gives no configuration to build with")
        config.set_memory_pool_limit(
            self._module.MemoryPoolType.WORKSPACE, options.workspace_mb * 2**20
        )
        # It is on by default, and computes what says float32 with the ten bits of float16.
        config.clear_flag(self._module.BuilderFlag.TF32)
        profile = builder.create_optimization_profile()
        if profile is None:
            raise BuildRefused("TensorRT gives no optimisation profile")
        rest = _rest_of_shape(network, options.input)
        shapes = [(count, *rest) for count in (1, options.batch_opt, options.batch_max)]
        if profile.set_shape(options.input, *shapes) is False:
            raise BuildRefused(f"the profile refuses the shapes {shapes}")
        if config.add_optimization_profile(profile) < 0:
            raise BuildRefused(f"the profile of the shapes {shapes} is not one TensorRT can use")
        self._use_timing(config)
        monitor = _monitor(self._module, Phases(progress))
        config.progress_monitor = monitor
        return config, monitor

    def _use_timing(self, config: Any) -> None:
        """Strictly: what another device or version measured is left out, and then written over."""
        if self._timing is None:
            return
        kept = b""
        if self._timing.exists():
            try:
                kept = private.read(self._timing)
            except Unusable as fault:
                _log.warning("what was measured before is left out: %s", fault)
        for content in (kept, b""):
            cache = config.create_timing_cache(content)
            if cache is not None and config.set_timing_cache(cache, False):
                return

    def _keep_timing(self, config: Any) -> None:
        cache = config.get_timing_cache() if self._timing is not None else None
        content = cache.serialize() if cache is not None else None
        if content is not None and self._timing is not None:
            private.write(self._timing, bytes(memoryview(content)))


def _rest_of_shape(network: Any, name: str) -> tuple[int, ...]:
    found = [network.get_input(number) for number in range(network.num_inputs)]
    for tensor in found:
        if tensor.name == name:
            return tuple(tensor.shape)[1:]
    names = ", ".join(str(tensor.name) for tensor in found) or "none"
    raise BuildRefused(f"the network has no input {name}; its inputs: {names}")


def _errors(parser: Any) -> list[str]:
    return [_error(parser.get_error(number)) for number in range(parser.num_errors)]


def _error(error: Any) -> str:
    """One of the parser's errors: at which node, in its own words, and where in its source."""
    where = f"node {error.node()}"
    if name := error.node_name():
        where += f" {name}"
    if kind := error.node_operator():
        where += f" ({kind})"
    return f"{where}: {error.desc()} [{Path(error.file()).name}:{error.line()}]"


def _told(what: str, said: Sequence[str]) -> str:
    words = "; ".join(" ".join(one.split())[:300] for one in said[:_SAID_MAX])
    return f"{what}; TensorRT says: {words}"


def _monitor(module: Any, phases: Phases) -> Any:
    class Monitor(module.IProgressMonitor):  # type: ignore[misc]  # known at run time alone
        def __init__(self) -> None:
            super().__init__()

        def phase_start(self, phase_name: str, parent_phase: str | None, num_steps: int) -> None:
            phases.begin(phase_name, parent_phase, num_steps)

        def step_complete(self, phase_name: str, step: int) -> bool:
            phases.step(phase_name, step)
            return True  # whoever wants no more ends the process

        def phase_finish(self, phase_name: str) -> None:
            phases.end(phase_name)

    return Monitor()
