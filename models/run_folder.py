"""A run's folder: `recipe.yaml`, `run.json` (data, versions, machine), `log.jsonl`, `last.pt`, and
`losses.png`. What `floorwatch export` and `evaluate` find out about it lies there too."""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path
from typing import Any

from alerts.errors import UserError
from models.digests import Digest
from models.recipe import Recipe, differences, dump, load

RECIPE, RECORD, LOG, CURVES, NUMBERS = (
    "recipe.yaml", "run.json", "log.jsonl", "losses.png", "numbers.json",
)  # fmt: skip
_VERSIONS = ("floorwatch", "torch", "numpy", "opencv-python-headless")
# Where and how often is not what: a run may go on with these changed.
_FREE = {"threads", "device", "keep_every_steps"}


class OtherRun(UserError):
    """The folder holds a run of another recipe."""


@dataclass(frozen=True)
class Began:
    """What was there when a run began, or went on: one entry of `run.json`."""

    at: str
    step: int
    data: Mapping[str, Digest]
    commit: str | None
    versions: Mapping[str, str]
    machine: str
    cores: int
    threads: int


def enter(out: Path, recipe: Recipe) -> None:
    """Make the folder and put the recipe into it. Raises OtherRun where it holds another one."""
    file = out / RECIPE
    if file.exists():
        there = load(file)
        apart = [d for d in differences(there, recipe) if d[0] not in _FREE]
        if apart:
            key, old, new = apart[0]
            raise OtherRun(
                f"{out}: holds a run of another recipe ({key}: {old} there, {new} here); say "
                f"another --out, or go on with `floorwatch train {file} --out {out}`"
            )
        return
    out.mkdir(parents=True, exist_ok=True)
    file.write_text(dump(recipe), encoding="utf-8")


def record(out: Path, recipe: Recipe, step: int, data: Mapping[str, Digest]) -> bool:
    """Note in `run.json` that the run begins or goes on. Whether the data are what they were when
    it was last noted."""
    before = read(out)
    now = Began(
        at=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        step=step,
        data=data,
        commit=_commit(),
        versions={name: metadata.version(name) for name in _VERSIONS if _installed(name)},
        machine=platform.platform(),
        cores=os.cpu_count() or 0,
        threads=recipe.threads,
    )
    entry = json.loads(json.dumps(asdict(now)))
    _write(out / RECORD, [*before, entry])
    return not before or before[-1]["data"] == entry["data"]


def read(out: Path) -> list[dict[str, Any]]:
    """All that was noted in `run.json`, the first first."""
    file = out / RECORD
    return list(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else []


def add_numbers(out: Path, numbers: Mapping[str, float | str]) -> None:
    """Put what was measured of a run's model beside its record."""
    file = out / NUMBERS
    known = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    _write(file, {**known, **numbers})


def losses(out: Path) -> list[dict[str, float]]:
    """The lines of `log.jsonl`, each step once: after a break some were taken twice."""
    file = out / LOG
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    by_step = {line["step"]: line for line in map(json.loads, lines)}
    return [by_step[step] for step in sorted(by_step)]


def draw_losses(out: Path) -> None:
    """`losses.png`, where matplotlib is installed and there is something to draw."""
    lines = losses(out)
    if len(lines) < 2 or importlib.util.find_spec("matplotlib") is None:
        return
    from matplotlib.figure import Figure  # noqa: PLC0415 - takes a second, and may be missing

    figure = Figure(figsize=(8, 4.5), dpi=110)
    axes = figure.subplots()
    for name in (key for key in lines[0] if key != "step"):
        axes.plot([x["step"] for x in lines], [x[name] for x in lines], label=name, linewidth=1)
    axes.set(xlabel="step", ylabel="loss", yscale="log", title=out.name)
    axes.grid(alpha=0.3)
    axes.legend()
    figure.tight_layout()
    figure.savefig(out / CURVES)


def _write(file: Path, values: object) -> None:
    part = file.with_suffix(".part")
    part.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
    part.replace(file)


def _installed(name: str) -> bool:
    return any(True for _ in metadata.distributions(name=name))


def _commit() -> str | None:
    """The commit of the folder this code lies in, with `+` where files were changed since."""
    git, here = shutil.which("git"), Path(__file__).parent
    if git is None:
        return None
    asked = [git, "-C", str(here), "describe", "--always", "--dirty=+", "--exclude=*"]
    answer = subprocess.run(  # noqa: S603 - git alone, with words of our own
        asked, capture_output=True, text=True, timeout=20, check=False
    )
    return answer.stdout.strip() or None
