"""A run's folder: `recipe.yaml`, `run.json` (data, versions, machine), `log.jsonl`, `last.pt`, and
`losses.png`; of a site's run `state_heads.jsonl`, too. What `floorwatch export` and `evaluate` find
out about it lies there as well."""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path
from typing import Any, SupportsFloat

from alerts.errors import UserError
from models import checkpoints, kept
from models.digests import Digest
from models.recipe import Recipe, differences, dump, load

RECIPE, RECORD, LOG, HEADS_LOG, CURVES, NUMBERS = (
    "recipe.yaml", "run.json", "log.jsonl", "state_heads.jsonl", "losses.png", "numbers.json",
)  # fmt: skip
LOG_STEPS = 20  # a line of a log is the mean of so many
_VERSIONS = ("floorwatch", "torch", "numpy", "opencv-python-headless")
# Where and how often is not what: a run may go on with these changed.
_FREE = {"threads", "device", "keep_every_steps"}


class OtherRun(UserError):
    """The folder holds a run of another recipe."""


class Unfinished(UserError):
    """A run is to begin with the weights of one that has not taken all its steps."""


class BadRecord(UserError):
    """What was noted of a run cannot be read."""


@dataclass(frozen=True)
class Began:
    """What was there when a run began, or went on: one entry of `run.json`. `weights` are digests
    of the files it begins with and is taught by: what it is shown again hangs on them too."""

    at: str
    step: int
    data: Mapping[str, Digest]
    weights: Mapping[str, str]
    commit: str | None
    versions: Mapping[str, str]
    machine: str
    cores: int
    threads: int


def enter(out: Path, recipe: Recipe) -> None:
    """Make the folder and put the recipe into it. Raises OtherRun where it holds another one by
    which something was begun; a recipe that came no further than that gives way."""
    file = out / RECIPE
    if out.exists() and not out.is_dir():
        raise OtherRun(f"{out}: is a file; --out names the run's folder")
    if file.exists() and (out / RECORD).exists():
        there = load(file)
        apart = [d for d in differences(there, recipe) if d[0] not in _FREE]
        if apart:
            key, old, new = apart[0]
            raise OtherRun(
                f"{out}: holds a run of another recipe ({key}: {old} there, {new} here); say "
                f"another --out, or go on with `floorwatch train {file} --out {out}`"
            )
        _cut_torn(out / LOG)
        return
    out.mkdir(parents=True, exist_ok=True)
    file.write_text(dump(recipe), encoding="utf-8")


def check_finished(checkpoint: Path) -> None:
    """Raise Unfinished, or NoCheckpoint, unless the run whose `last.pt` this is has taken all its
    steps. Of a checkpoint of another name, or without its run's recipe, that is not asked."""
    file = checkpoint.parent / RECIPE
    if checkpoint.name != checkpoints.FILE or not file.is_file():
        return
    steps, step = load(file).steps, int(kept.read(checkpoint, "step")["step"])
    if step < steps:
        raise Unfinished(
            f"init: {checkpoint}: its run has taken {step} of {steps} steps; go on with it first: "
            f"`floorwatch train {file} --out {checkpoint.parent}`"
        )


def record(
    out: Path, recipe: Recipe, step: int, data: Mapping[str, Digest], weights: Mapping[str, str]
) -> tuple[str, ...]:
    """Note in `run.json` that the run begins or goes on. Which of `data` and `weights` are not
    what they were when it was last noted."""
    before = read(out)
    now = Began(
        at=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        step=step,
        data=data,
        weights=weights,
        commit=_commit(),
        versions={name: metadata.version(name) for name in _VERSIONS if _installed(name)},
        machine=platform.platform(),
        cores=os.cpu_count() or 0,
        threads=recipe.threads,
    )
    entry = json.loads(json.dumps(asdict(now)))
    _write(out / RECORD, [*before, entry])
    last = before[-1] if before else entry
    # Entries from before weights were noted say nothing of them.
    return tuple(k for k in ("data", "weights") if last.get(k, entry[k]) != entry[k])


def read(out: Path) -> list[dict[str, Any]]:
    """All that was noted in `run.json`, the first first."""
    return list(_noted(out / RECORD, list))


def add_numbers(out: Path, numbers: Mapping[str, float | str]) -> None:
    """Put what was measured of a run's model beside its record."""
    _write(out / NUMBERS, {**read_numbers(out), **numbers})


def read_numbers(out: Path) -> dict[str, Any]:
    """What was measured of a run's model, by name. Raises BadRecord."""
    return dict(_noted(out / NUMBERS, dict))


def losses(out: Path, log: str = LOG) -> list[dict[str, float]]:
    """The lines of `log.jsonl`, or of another log, each step once: after a break some were taken
    twice."""
    by_step = {line["step"]: line for line in _logged(out / log)[0]}
    return [by_step[step] for step in sorted(by_step)]


def means(taken: Sequence[Mapping[str, SupportsFloat]]) -> dict[str, float]:
    """Of each part of the losses over some steps, as logs have them."""
    return {
        name: round(sum(float(one[name]) for one in taken) / len(taken), 4) for name in taken[0]
    }


def keep_heads_losses(out: Path, steps: Sequence[Mapping[str, float]]) -> None:
    """Write `state_heads.jsonl`: what each step of a run's last part lost."""
    lines = []
    for end in range(LOG_STEPS, len(steps) + 1, LOG_STEPS):
        lines.append(json.dumps({"step": end, **means(steps[end - LOG_STEPS : end])}) + "\n")
    (out / HEADS_LOG).write_text("".join(lines), encoding="utf-8")


def torn(out: Path) -> int:
    """How many lines of `log.jsonl` cannot be read, as the power going leaves them: `losses` does
    without them."""
    return _logged(out / LOG)[1]


def _logged(file: Path) -> tuple[list[dict[str, float]], int]:
    """The lines that can be read, and how many cannot."""
    lines = file.read_bytes().splitlines() if file.is_file() else []
    found = []
    for line in lines:
        try:
            said = json.loads(line)
        except ValueError:
            continue
        if isinstance(said, dict) and "step" in said:
            found.append(said)
    return found, len(lines) - len(found)


def _cut_torn(log: Path) -> None:
    """Take a last line without its end off the log: the next one is to begin a line of its own."""
    written = log.read_bytes() if log.is_file() else b""
    if written and not written.endswith(b"\n"):
        with log.open("ab") as file:
            file.truncate(written.rfind(b"\n") + 1)


def draw_losses(out: Path) -> None:
    """`losses.png`, where matplotlib is installed and there is something to draw: of a site's run
    the crops' losses on the left, those of the state heads on the right."""
    parts = {"": losses(out), ", state heads": losses(out, HEADS_LOG)}
    drawn = {part: lines for part, lines in parts.items() if len(lines) > 1}
    if not drawn or importlib.util.find_spec("matplotlib") is None:
        return
    from matplotlib.figure import Figure  # noqa: PLC0415 - takes a second, and may be missing

    figure = Figure(figsize=(8 * len(drawn), 4.5), dpi=110)
    for axes, (part, lines) in zip(figure.subplots(1, len(drawn), squeeze=False)[0], drawn.items(),
                                   strict=True):  # fmt: skip
        for name in dict.fromkeys(key for line in lines for key in line if key != "step"):
            there = [x for x in lines if name in x]  # a run that went on may have lost a part
            axes.plot([x["step"] for x in there], [x[name] for x in there], label=name, linewidth=1)
        axes.set(xlabel="step", ylabel="loss", yscale="log", title=out.name + part)
        axes.grid(alpha=0.3)
        axes.legend()
    figure.tight_layout()
    figure.savefig(out / CURVES)


def _noted(file: Path, kind: type) -> Any:
    """What a file of ours holds; nothing of that kind where it is not there. Raises BadRecord."""
    if not file.is_file():
        return kind()
    try:
        found = json.loads(file.read_bytes())
    except ValueError:
        found = None
    if not isinstance(found, kind):
        raise BadRecord(f"{file}: cannot be read; remove it, and what it told of the run is lost")
    return found


def _write(file: Path, values: object) -> None:
    part = file.with_suffix(".part")
    with part.open("w", encoding="utf-8") as out:
        out.write(json.dumps(values, indent=1) + "\n")
        out.flush()
        os.fsync(out.fileno())
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
