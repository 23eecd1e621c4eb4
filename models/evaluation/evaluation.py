"""What `floorwatch evaluate` does: watches, counts, and writes down."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from alerts.errors import UserError
from edge.core.types import Label
from edge.ports import Source
from models.evaluation import events, inputs, matching, metrics, progress, summary
from models.evaluation.about import about
from models.evaluation.alarms import Watched
from models.evaluation.inputs import Inputs
from models.evaluation.outcome import Outcomes
from models.evaluation.recording import Recording
from models.evaluation.report import page, stills
from models.evaluation.report.wall import Still
from models.evaluation.tracing import source_of

_paper = Console(stderr=True, highlight=False, soft_wrap=True)
_out = Console(highlight=False)


class BadFolder(UserError):
    """The folder to write to cannot be written to."""


def run(args: argparse.Namespace) -> int:
    """Evaluates; the exit status."""
    folder: Path = args.out
    with _refused(folder):
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / ".tried", "")  # said now, not after hours of work
        (folder / ".tried").unlink()
    given = inputs.read(args)
    watched = inputs.watch(given)
    numbers = metrics.build(watched, about(given, args.truth), given.by)
    text = json.dumps(numbers, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    outcomes = matching.outcomes(watched)
    pictures = _stills(watched, outcomes, given)
    with _refused(folder):
        _write(folder / "events.jsonl", "".join(f"{line}\n" for line in events.lines(watched)))
        _write(folder / "metrics.json", text)
        page.write(folder / "report.html", numbers, watched, outcomes, pictures)
    if args.json:
        print(text, end="")
    else:
        for shown in (summary.table(numbers), summary.sources(numbers), summary.pictures(numbers)):
            if shown is not None:
                _out.print(shown)
    for line in summary.notes(numbers):
        _paper.print(line, markup=False)
    _paper.print(f"written to {folder}: events.jsonl, metrics.json, report.html", markup=False)
    return 0


def _stills(watched: Sequence[Watched], outcomes: Outcomes, given: Inputs) -> dict[Still, bytes]:
    """The pictures that belong into the report, read again."""
    wanted = page.stills_wanted(watched, outcomes)
    if not wanted:
        return {}

    def source(recording: Recording) -> Source:
        how = given.setup_of(recording)
        bare = how.camera.file.model_copy(update={"hold_last_s": 0.0})
        camera = how.camera.model_copy(update={"file": bare})
        return source_of(recording, replace(how, camera=camera), given.model.card)

    def threshold(recording: Recording, label: Label) -> float:
        return given.policy_of(recording).threshold(label)

    words = "reading pictures for the report"
    with given.network.open() as backend, progress.counted(_paper, words) as show:
        means = stills.Means(source, threshold, given.model.card, backend)
        return stills.take(wanted, given.recordings, means, show)


@contextmanager
def _refused(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        words = f"{folder}: cannot be written to ({error.strerror}); say --out DIR"
        raise BadFolder(words) from None


def _write(path: Path, text: str) -> None:
    """Whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(text, "utf-8")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
