"""What runs the network here, how fast, and how many cameras that is."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from alerts.errors import UserError
from edge import wiring
from edge.backends import trial
from edge.backends.choice import choose
from edge.config.schema import Config
from edge.doctor.finding import Finding, Group
from edge.ports import Backend, PictureBatch

_GROUP = Group("inference")
_MEASURED_S = 1.5
_PICTURES_MAX = 2000


@dataclass(frozen=True)
class Inference:
    """What runs. `tried` are the runtimes that were tried, each in words. `rate` is pictures a
    second in full batches, None where nothing runs or nothing was measured; then `fault` may say
    why. `wanted` is pictures a second of all cameras, `fps` of one. `meanwhile`: the site wants an
    engine, and this runs the network until there is one."""

    model: str
    runtime: str
    tried: tuple[str, ...]
    rate: float | None
    single_ms: float | None
    wanted: float
    fps: float
    fault: str
    meanwhile: bool = False


def probe(config: Config, *, measured: bool) -> Inference:
    """Chooses a runtime as the daemon does, and runs the network for a second or two, if
    `measured`; else it is only opened."""
    wanted = [camera.analyse_fps for camera in config.cameras]
    model, runtime, fault = "", str(config.model.repeatable), ""
    tried: tuple[str, ...] = ()
    rate: float | None = None
    single_ms: float | None = None
    try:
        chosen = wiring.model(config)
        model = f"{chosen.card.name} {chosen.card.version}"
        if measured:
            choice = choose(wiring.candidates(config, chosen), chosen.card)
            runtime, tried = choice.chosen.name, tuple(str(one) for one in choice.tried)
            with choice.chosen.make() as backend:
                single_ms = 1000 / _rate(backend, trial.blank(chosen.card, 1))
                rate = _rate(backend, trial.blank(chosen.card, backend.batch_max))
        else:
            with wiring.backend(config, chosen):
                pass  # that it opens is what is asked
    except UserError as error:
        fault = "; ".join(str(error).splitlines())
    return Inference(
        model=model,
        runtime=runtime,
        tried=tried,
        rate=rate,
        single_ms=single_ms,
        wanted=sum(wanted),
        fps=max(wanted),
        fault=fault,
        meanwhile=config.model.backend == "tensorrt",
    )


def judge(seen: Inference, *, site: bool, busy: bool) -> Iterator[Finding]:
    """What it means, for the cameras of a site if there is one. On a device that was `busy` with
    other things a low speed proves nothing."""
    if seen.fault:
        yield _GROUP.bad("network", seen.fault, "without its network the daemon sees nothing")
        return
    tried = f" ({'; '.join(seen.tried)})" if seen.tried else ""
    yield _GROUP.good("network", f"{seen.model} by {seen.runtime}{tried}")
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
    wanted = seen.wanted if site else seen.fps
    mend = "lower `analyse_fps`, take a faster runtime (OpenVINO, TensorRT), or a second device"
    if seen.rate >= 2 * wanted:
        yield _GROUP.good("speed", words, **numbers)
    elif seen.meanwhile:
        why = f"{wanted:g} pictures a second are asked for; this is until the engine is ready"
        mend = "build it before: floorwatch engine build"
        yield _GROUP.look("speed", words, why, mend, **numbers)
    elif seen.rate >= wanted or busy:
        why = f"{wanted:g} pictures a second are asked for, and decoding takes its share too"
        mend = "the device is busy: measure again when it is not" if busy else mend
        yield _GROUP.look("speed", words, why, mend, **numbers)
    else:
        why = f"{wanted:g} pictures a second are asked for: some will be skipped"
        yield _GROUP.bad("speed", words, why, mend, **numbers)


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
