"""A run from its options to its document: clips drawn, everything measured, with a bar."""

from __future__ import annotations

import json
import logging
import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, cast

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from edge import wiring
from edge.backends.choice import choose
from edge.config.model import Runtime
from edge.cores import one_thread_a_picture
from edge.zoo import find
from models.bench import clips, measure, screen
from models.bench.clips import Material
from models.bench.full_speed import site
from models.bench.measure import Found, Plan
from models.bench.rounds import Amount

_CLIP_S, _CLIP_QUICK_S = 12.0, 5.0
_GROWN = 3  # times as long as a window
_FRAMES = 60  # a window has at least: so much of it is begun batches
_out = Console(highlight=False)
_paper = Console(stderr=True, highlight=False)
say = _paper.print


@dataclass(frozen=True)
class Asked:
    """The options. `clip` is played in place of the clips that are drawn."""

    quick: bool
    clip: Path | None
    sizes: tuple[str, ...]
    model: Path | None
    backend: Literal["auto"] | Runtime
    rounds: int
    seconds: float
    cameras: tuple[int, ...]


def bench(asked: Asked) -> dict[str, Any]:
    """Everything, as a document. Raises BadClip, BadModel."""
    logging.getLogger().setLevel(max(logging.getLogger().level, logging.WARNING))
    one_thread_a_picture()  # as the daemon
    load_before = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    plan, found = _plan(asked), Found(left_out=measure.absent())
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    hidden = not _paper.is_terminal
    with (
        TemporaryDirectory(prefix="floorwatch-bench-") as folder,
        Progress(*columns, console=_paper, transient=True, disable=hidden) as bar,
    ):
        materials = _materials(asked, Path(folder), bar)
        runs = measure.runs(len(materials), len(plan.others), plan.amount) + len(plan.cameras)
        task = bar.add_task("measuring", total=runs)

        def tick(what: str) -> None:
            bar.update(task, advance=1, description=f"measured {what}")

        for material in materials:
            measure.size(plan, material, found, tick)
        measure.networks(plan, materials[-1], found, tick)
        measure.cameras(plan, materials[-1], found, tick)
    return measure.document(plan, found, load_before)


def show(document: dict[str, Any]) -> None:
    """On the screen."""
    screen.show(document, _out)


def write(document: dict[str, Any], folder: Path) -> list[Path]:
    """The document and, with matplotlib, plots of it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "bench.json"
    path.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    if find_spec("matplotlib") is None:
        say("plots: left out, matplotlib is not installed (extra evaluate or train)")
        return [path]
    from models.bench import plots  # noqa: PLC0415 - takes a second, and may be missing

    return [path, *plots.write(document, folder)]


def _plan(asked: Asked) -> Plan:
    config, model = (
        site(1, measure.FPS),
        find("first" if asked.model is None else None, asked.model),
    )
    every = wiring.candidates(config, model)
    wanted = [one for one in every if asked.backend in ("auto", one.name)]
    chosen = choose(wanted, model.card).chosen
    return Plan(
        model=model,
        runtime=cast(Runtime, chosen.name),
        chosen=chosen,
        others=tuple(one for one in every if one.name != chosen.name),
        amount=Amount(asked.rounds, asked.seconds, _FRAMES),
        cameras=asked.cameras,
        grown_s=_GROWN * asked.seconds,
        quick=asked.quick,
    )


def _materials(asked: Asked, folder: Path, bar: Progress) -> list[Material]:
    if asked.clip is not None:
        return [clips.own(asked.clip)]
    seconds = _CLIP_QUICK_S if asked.quick else _CLIP_S
    sizes = [one for one in clips.SIZES if one.name in asked.sizes]
    task = bar.add_task("drawing clips", total=clips.pictures_of(seconds, len(sizes)))
    return [clips.material(one, folder, seconds, lambda: bar.advance(task)) for one in sizes]
