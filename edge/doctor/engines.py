"""The TensorRT engines that are kept: whether one is for this device as it is now.

Nothing is built, loaded or written. Whether one still computes what the model does is for
`floorwatch engine verify` to say, and for the daemon at every start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from alerts.errors import UserError
from edge import wiring
from edge.config.schema import Config
from edge.doctor.finding import AS_DAEMON, Finding, Group
from edge.engines.faults import Refused
from edge.engines.keys import Key, System
from edge.engines.ports import BuildOptions
from edge.engines.provide import key_of, precisions
from edge.engines.store import Record, Spoilt, Store

_GROUP = Group("inference")
_BUILDS = "one is built at the next start, in minutes; the processor watches meanwhile"
_BUILD = f"{AS_DAEMON} engine build --config /etc/floorwatch/site.yaml"
_CLEAR = f"{AS_DAEMON} engine clear --config /etc/floorwatch/site.yaml"


@dataclass(frozen=True)
class Engines:
    """What is kept in `folder`. `fits` are engines that were built for this device as it is, the
    one that the daemon takes first; `failed` those that failed their test here; `changed` says of
    others what is another by now, `spoilt` what cannot be read. `fault`: why there can be none
    here, or why they cannot be looked at."""

    wanted: bool
    folder: str
    fits: tuple[Record, ...] = ()
    failed: tuple[Record, ...] = ()
    changed: tuple[str, ...] = ()
    spoilt: tuple[Spoilt, ...] = ()
    fault: str = ""


def probe(config: Config, system: Callable[[], System]) -> Engines:
    """Looks; `system` tells what an engine must have been built for, or raises UserError."""
    folder = config.engines_folder
    seen = Engines(config.model.backend == "tensorrt", str(folder))
    if not seen.wanted:
        return seen
    try:
        keys = tuple(_keys(config, system()))
        kept = Store(folder).all() if folder.exists() else ()
    except UserError as error:
        return Engines(seen.wanted, seen.folder, fault="; ".join(str(error).splitlines()))
    records = {one.key.digest: one for one in kept if isinstance(one, Record)}
    ours = [records[key.digest] for key in keys if key.digest in records]
    return Engines(
        seen.wanted,
        seen.folder,
        fits=tuple(one for one in ours if not one.refused),
        failed=tuple(one for one in ours if one.refused),
        changed=tuple(
            f"{one.key.name}: {key.changed_since(one.key)}"
            for key in keys
            for one in records.values()
            if one.key.family == key.family and one.key.digest != key.digest
        ),
        spoilt=tuple(one for one in kept if isinstance(one, Spoilt)),
    )


def judge(seen: Engines) -> Iterator[Finding]:
    """What it means."""
    if not seen.wanted:
        yield _GROUP.none("engine", "the site file wants none; `model: backend: tensorrt` does")
        return
    if seen.fault:
        yield _GROUP.look("engine", seen.fault, "the processor runs the network, not the GPU")
        return
    yield _kept(seen)
    for one in seen.failed:
        words = f"{one.key.name} failed at {one.built_at}: {one.refused}"
        why = "it is not tried again; what risks less, or the processor, runs the network"
        yield _GROUP.look(
            "engine failed", words, why, f"update TensorRT, or try once more: {_CLEAR}"
        )
    for spoilt in seen.spoilt:
        why = "it is never loaded, and built again when it is needed"
        yield _GROUP.look("engine spoilt", f"{spoilt.name}: {spoilt.why}", why, _CLEAR)


def _kept(seen: Engines) -> Finding:
    for one in seen.fits:
        size = f"{one.plan_bytes / 1e6:.1f} MB"
        words = f"{one.key.name} is for this device, {size}, built at {one.built_at}"
        return _GROUP.good("engine", words, plan_mb=round(one.plan_bytes / 1e6, 1))
    if seen.changed:
        return _GROUP.look("engine", "; ".join(seen.changed), _BUILDS, _BUILD)
    return _GROUP.look("engine", f"none for this device in {seen.folder}", _BUILDS, _BUILD)


def _keys(config: Config, system: System) -> Iterator[Key]:
    """Of the engines that the daemon would take, the first one first."""
    model = wiring.model(config)
    options = BuildOptions(input=model.card.input.name)
    for precision in precisions(model.card, config.model.precision):
        try:
            yield key_of(model, precision, options, system)
        except Refused:
            continue  # there is no file for it, so the daemon takes the next
