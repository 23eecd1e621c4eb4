"""What runs the network here, how fast, and how many cameras that is."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata

import numpy as np

from alerts.errors import UserError
from edge import wiring
from edge.config.schema import Config
from edge.core.preprocess import to_batch
from edge.doctor.finding import Finding, Group
from edge.ports import Backend, PictureBatch

_GROUP = Group("inference")
# What may be installed beside ONNX Runtime, by module.
_OTHERS = {"openvino": "OpenVINO", "tensorrt": "TensorRT"}
_MEASURED_S = 1.5
_PICTURES_MAX = 2000


@dataclass(frozen=True)
class Inference:
    """What runs. `rate` is pictures a second in full batches, None where nothing runs or nothing
    was measured; then `fault` may say why. `others` are runtimes that are installed as well."""

    model: str
    runtime: str
    others: tuple[str, ...]
    rate: float | None
    single_ms: float | None
    wanted: float
    fps: float
    fault: str


def probe(config: Config, *, measured: bool) -> Inference:
    """Opens the network as the daemon does, and runs it for a second or two if `measured`."""
    others = [name for mod, name in _OTHERS.items() if importlib.util.find_spec(mod) is not None]
    wanted = [camera.analyse_fps for camera in config.cameras]
    model, rate, single_ms, fault = "", None, None, ""
    try:
        chosen = wiring.model(config)
        model = f"{chosen.card.name} {chosen.card.version}"
        spec = chosen.card.input
        with wiring.backend(config, chosen) as backend:
            if measured:
                blank = np.zeros((spec.height, spec.width, 3), np.uint8)
                batches = [to_batch([blank] * count, spec) for count in (1, backend.batch_max)]
                single_ms = 1000 / _rate(backend, batches[0])
                rate = _rate(backend, batches[1])
    except UserError as error:
        fault = "; ".join(str(error).splitlines())
    return Inference(
        model=model,
        runtime=f"{config.model.backend}, ONNX Runtime {metadata.version('onnxruntime')}",
        others=tuple(others),
        rate=rate,
        single_ms=single_ms,
        wanted=sum(wanted),
        fps=max(wanted),
        fault=fault,
    )


def judge(seen: Inference, *, site: bool) -> Iterator[Finding]:
    """What it means, for the cameras of a site if there is one."""
    if seen.fault:
        yield _GROUP.bad("network", seen.fault, "without its network the daemon sees nothing")
        return
    beside = f"; installed as well: {', '.join(seen.others)}" if seen.others else ""
    yield _GROUP.good("network", f"{seen.model} by {seen.runtime}{beside}")
    if seen.rate is None or seen.single_ms is None:
        yield _GROUP.none("speed", "not measured (--quick)")
        return
    cameras = int(seen.rate / seen.fps)
    words = (
        f"{seen.rate:.0f} pictures a second, one alone takes {seen.single_ms:.1f} ms: "
        f"{cameras} cameras at {seen.fps:g} pictures a second, the network alone"
    )
    numbers = {
        "pictures_per_s": round(seen.rate, 1),
        "single_ms": round(seen.single_ms, 2),
        "cameras": cameras,
    }
    yield _speed(seen, words, numbers, site=site)


def _speed(seen: Inference, words: str, numbers: dict[str, float], *, site: bool) -> Finding:
    rate, wanted = seen.rate or 0.0, seen.wanted if site else seen.fps
    mend = "lower `analyse_fps`, take a faster runtime (OpenVINO, TensorRT), or a second device"
    if rate < wanted:
        why = f"the site asks for {wanted:g} pictures a second; pictures will be skipped"
        return _GROUP.bad("speed", words, why, mend, **numbers)
    if rate < 2 * wanted:
        why = f"the site asks for {wanted:g} pictures a second, and decoding takes its share too"
        return _GROUP.look("speed", words, why, mend, **numbers)
    return _GROUP.good("speed", words, **numbers)


def _rate(backend: Backend, batch: PictureBatch) -> float:
    """Pictures a second, after a first run that does not count."""
    backend.infer(batch)
    began_s = time.monotonic()
    pictures, took_s = 0, 0.0
    while pictures < _PICTURES_MAX and took_s < _MEASURED_S / 2:
        backend.infer(batch)
        pictures += len(batch)
        took_s = time.monotonic() - began_s
    return pictures / took_s
