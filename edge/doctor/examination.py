"""The whole examination, part by part, each with a limit on how long it may take."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from edge.config import cameras as sites
from edge.config.schema import Config
from edge.doctor import (
    board,
    clock,
    decoder,
    disk,
    engines,
    inference,
    limits,
    memory,
    network,
    nvidia,
    power,
    service,
    site,
)
from edge.doctor.finding import Finding, Group
from edge.doctor.machine import Machine
from edge.doctor.patience import Attempt, Failed
from edge.engines import toolchain
from edge.sources.choice import this_machine

_PATIENCE_S = 30.0
_LONG_S = 120.0  # loading a network, decoding 1080p on a slow device
_CAMERA_S = 60.0

Findings = Iterator[Finding]


@dataclass(frozen=True)
class Part:
    """One step: its group's name, what is done, and after how long it is given up."""

    name: str
    look: Callable[[], Findings]
    seconds: float = _PATIENCE_S


def examine(part: Part) -> tuple[Finding, ...]:
    """What a part finds; that it took too long, if it did. A bug in one part, such as a file of a
    form that nobody foresaw, must not keep the others from telling what they see."""
    try:
        found = Attempt(part.name, lambda: tuple(part.look())).result(part.seconds)
    except Failed:
        why = (
            "this is a fault of floorwatch, not of the device; the rest was looked at all the same"
        )
        mend = "report it with the traceback above"
        return (Group(part.name).look("fault", "the examination itself failed", why, mend),)
    if found is not None:
        return found
    words = f"no end after {part.seconds:.0f} s; given up"
    why = "a driver, a disk or a share hangs, or the device has far too much to do"
    return (Group(part.name).look("patience", words, why, "see `sudo dmesg | tail`"),)


def parts(machine: Machine, config: Config | None, *, quick: bool) -> list[Part]:
    """The steps of an examination, in the order in which they are shown. Without a site file what
    belongs to one is left out; `quick` leaves out what takes seconds."""
    seen = board.probe(machine)
    known = config or sites.defaults("doctor")
    wished = None if config is None else site.wishes(config)
    count = 0 if config is None else len(config.cameras)
    found = [
        Part("device", lambda: board.judge(seen)),
        Part("nvidia", lambda: nvidia.judge(nvidia.probe(machine, seen))),
        Part("power", lambda: power.judge(power.probe(machine, seen))),
        Part("decoder", lambda: _decoder(machine), _LONG_S),
        *(() if quick else _speeds(seen)),
        Part("inference", lambda: _inference(known, config, seen, measured=not quick), _LONG_S),
        *(() if config is None else (Part("inference", partial(_engines, config), _LONG_S),)),
        Part("memory", lambda: memory.judge(memory.probe(machine), count)),
        Part("disk", lambda: _disk(machine, known, wished, measured=not quick)),
        Part("clock", lambda: clock.judge(clock.probe(machine), wished.zone if wished else None)),
        Part(
            "network", lambda: network.judge(network.probe(machine, wished.hosts if wished else ()))
        ),
        Part("service", lambda: _service(machine, config)),
    ]
    if config is not None:
        found += _site(machine, config, quick=quick)
    # Last, since it tells what all the others were not allowed to read.
    return [*found, Part("limits", lambda: _limits(machine, count))]


def _site(machine: Machine, config: Config, *, quick: bool) -> Iterator[Part]:
    each_s = _CAMERA_S * len(config.cameras)
    yield Part("site", lambda: site.checked(config), _LONG_S + each_s)
    yield Part("broker", lambda: site.line(machine, config))
    if not quick:
        yield Part("cameras", lambda: site.watched(config), _LONG_S + each_s)


def _decoder(machine: Machine) -> Findings:
    gpu = bool(machine.paths("/dev/nvidia[0-9]*"))
    return decoder.judge(decoder.probe(this_machine(), gpu=gpu))


def _speeds(seen: board.Board) -> Iterator[Part]:
    for codec in decoder.NAMES:
        yield Part("decoder", partial(_speed, codec, seen.cores_ours), _LONG_S)


def _speed(codec: decoder.Codec, cores: float) -> Findings:
    yield decoder.speed(codec, decoder.decode_rate(codec), cores)


def _inference(
    known: Config, config: Config | None, seen: board.Board, *, measured: bool
) -> Findings:
    found = inference.probe(known, measured=measured)
    return inference.judge(found, site=config is not None, busy=seen.busy)


def _engines(config: Config) -> Findings:
    return engines.judge(engines.probe(config, lambda: toolchain.find().system))


def _disk(
    machine: Machine, known: Config, wished: site.Wishes | None, *, measured: bool
) -> Findings:
    seen = disk.probe(machine, known.state_folder, measured=measured)
    return disk.judge(seen, wished.stored_mb if wished else None)


def _service(machine: Machine, config: Config | None) -> Findings:
    telemetry = config.telemetry.http if config else None
    name = config.site.name if config else ""
    return service.judge(service.probe(machine, telemetry, name))


def _limits(machine: Machine, count: int) -> Findings:
    return limits.judge(limits.probe(machine), count, sorted(machine.refused))
