"""One run: what is measured, in which order, and the document that comes of it."""

from __future__ import annotations

import platform
import re
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from edge import wiring
from edge.backends.choice import Candidate
from edge.backends.guarded import GuardedBackend
from edge.config.model import Runtime
from edge.cores import cores
from edge.engines import toolchain
from edge.engines.store import users_folder
from edge.errors import BadModel
from edge.zoo import Model
from models.bench import decoding, engines, full_speed, growth, naive, network, ratios
from models.bench.clips import Material
from models.bench.decoding import Streams
from models.bench.growth import Asked, Grown
from models.bench.rounds import Amount, Contender, Round, in_turns

FPS, FPS_MORE = 5.0, 10.0
BATCHES = (1, 8)
_FORMAT = 1  # of --json; a key that goes or changes its meaning makes it 2
Tick = Callable[[str], object]


@dataclass(frozen=True)
class Plan:
    """What is asked for."""

    model: Model
    runtime: Runtime
    chosen: Candidate
    others: tuple[Candidate, ...]
    amount: Amount
    cameras: tuple[int, ...]
    grown_s: float
    quick: bool


@dataclass
class Found:
    """What was measured, and what could not be."""

    sizes: dict[str, tuple[Material, list[Round]]] = field(default_factory=dict)
    networks: list[Round] = field(default_factory=list)
    grown: list[Grown] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def streams_of(material: Material, model: Model, sample_fps: float = FPS) -> Streams:
    """Cameras enough to keep all cores at work."""
    count = max(8, 4 * cores())
    return Streams(material.moving, material.fps, sample_fps, wiring.fit(model.card), count)


def runs(sizes: int, others: int, amount: Amount) -> int:
    """How often `tick` is called at most."""
    return amount.rounds * (8 * sizes + len(BATCHES) * (4 + others))


def size(plan: Plan, material: Material, found: Found, tick: Tick) -> None:
    """Everything that plays clips of one size, in turns."""
    streams, model = streams_of(material, plan.model), plan.model
    quiet = replace(streams, clip=material.quiet)
    more = replace(streams, sample_fps=FPS_MORE)
    pictures = network.pictures(material.moving, model, streams.count)
    with plan.chosen.make() as bare, GuardedBackend(plan.chosen.make) as guarded:
        contenders = [
            decoding.alone(ratios.DECODING, streams),
            decoding.alone(ratios.DECODING_QUIET, quiet),
            network.alone(ratios.NETWORK, bare.infer, pictures[: bare.batch_max]),
            full_speed.pipeline(ratios.OURS, streams, model, guarded),
            full_speed.pipeline(ratios.GATED, quiet, model, guarded, gated=True),
            full_speed.pipeline(ratios.OURS_10, more, model, guarded),
            *_others(streams, model),
        ]
        found.sizes[material.name] = (material, in_turns(contenders, plan.amount, tick))


def _others(streams: Streams, model: Model) -> list[Contender]:
    """What others write, as far as it can run here."""
    rows = []
    if not naive.missing_torch():
        rows.append(naive.loop(ratios.NAIVE, streams, model, naive.eager(model)))
    if not naive.missing_torch() and not naive.missing_ultralytics():
        rows.append(naive.ultralytics(ratios.ULTRALYTICS, streams, model.card.input.width))
    return rows


def networks(plan: Plan, material: Material, found: Found, tick: Tick) -> None:
    """The network through each runtime, and eager torch, one picture and several at a time."""
    pictures = network.pictures(material.moving, plan.model, max(BATCHES))
    looks: dict[str, naive.Look] = {}
    engine = engines.kept(plan.model, users_folder(), toolchain.find)
    runtimes = [plan.chosen, *plan.others]
    if isinstance(engine, str):
        found.left_out.append(f"tensorrt: left out, {engine}")
    else:
        runtimes.append(engine)
    with ExitStack() as stack:
        for one in runtimes:
            try:
                looks[one.name] = stack.enter_context(one.make()).infer
            except (BadModel, RuntimeError) as error:  # the latter of a GPU without room
                found.left_out.append(f"{one.name}: {error}")
        looks |= _torch(plan.model)
        contenders = [
            network.alone(f"{name}, {batch}", look, pictures[:batch])
            for batch in BATCHES
            for name, look in looks.items()
        ]
        found.networks = in_turns(contenders, plan.amount, tick)


def _torch(model: Model) -> dict[str, naive.Look]:
    if naive.missing_torch():
        return {}
    looks = {ratios.TORCH: naive.eager(model)}
    if naive.cuda():
        looks[f"{ratios.TORCH} cuda"] = naive.eager(model, "cuda")
    return looks


def absent() -> list[str]:
    """What this machine cannot be asked, a line each."""
    lines = []
    if why := naive.missing_torch():
        lines.append(f"naive loop, eager torch: left out, {why}")
    elif not naive.cuda():
        lines.append("torch on a GPU: left out, no CUDA GPU that torch can use")
    if why := naive.missing_ultralytics():
        lines.append(f"ultralytics' streaming loop: left out, {why}")
    return lines


def cameras(plan: Plan, material: Material, found: Found, tick: Tick) -> None:
    """From one camera to many, at a camera's pace, ungated."""
    asked = Asked(streams_of(material, plan.model), plan.model, plan.runtime, False, plan.grown_s)
    for count in plan.cameras:
        found.grown.append(growth.grown(asked, count))
        tick(f"{count} cameras")


def document(plan: Plan, found: Found, load_before: float) -> dict[str, Any]:
    """All of it, as `--json` prints it. `load_before` is how many threads wanted a core before."""
    told: dict[str, ratios.Ratio] = {}
    sizes: dict[str, Any] = {}
    for name, (material, rounds) in found.sizes.items():
        each = streams_of(material, plan.model).each
        told |= ratios.of_size(name, rounds, each)
        sizes[name] = _of_size(material, rounds, each)
    if found.networks:
        told |= ratios.of_network(found.networks, plan.chosen.name)
    values: dict[str, float | None] = {key: one.median for key, one in told.items()}
    values["memory_per_camera_mb"] = growth.memory_per_camera_mb(found.grown)
    for key in ratios.GOALS:
        values.setdefault(key, None)
    networks = ratios.speeds(found.networks) if found.networks else {}
    return {
        "format": _FORMAT,
        **values,
        "cameras_without_drops": max((g.cameras for g in found.grown if g.keeps_up), default=0),
        "goals": ratios.goals(values),
        "ratios": {key: asdict(one) for key, one in told.items()},
        "sizes": sizes,
        "networks": {name: one.as_json() for name, one in networks.items()},
        "growth": [{**asdict(one), "keeps_up": one.keeps_up} for one in found.grown],
        "left_out": found.left_out,
        "backend": plan.chosen.name,
        "model": {"name": plan.model.card.name, "sha256": plan.model.card.sha256},
        "machine": {
            "processor": _processor(), "cores": cores(), "python": platform.python_version(),
            "load_before": load_before,
        },
        "quick": plan.quick,
    }  # fmt: skip


def _of_size(material: Material, rounds: Sequence[Round], each: float) -> dict[str, Any]:
    speeds = ratios.speeds(rounds)
    allowed = ratios.limit(
        speeds[ratios.DECODING].per_s.median, speeds[ratios.NETWORK].per_s.median, each
    )
    return {
        "fps": material.fps,
        "kbit_s": material.kbit_s,
        "limit_frames_per_s": allowed,
        "limit_streams": allowed / material.fps,
        "streams_at_5_fps": speeds[ratios.OURS].per_s.median / material.fps,
        "streams_at_10_fps": speeds[ratios.OURS_10].per_s.median / material.fps,
        "streams_at_5_fps_gated": speeds[ratios.GATED].per_s.median / material.fps,
        "contenders": {name: one.as_json() for name, one in speeds.items()},
    }


def _processor() -> str:
    """Its name, where Linux says it: /proc/cpuinfo."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    named = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return named[1].strip() if named else platform.machine()
