"""What `floorwatch doctor` prints."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timezone
from importlib import metadata
from itertools import groupby

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from alerts import moments
from edge.config.load import load
from edge.doctor.examination import examine, parts
from edge.doctor.finding import Finding, Verdict, counted
from edge.doctor.machine import Machine

_FORMAT = 1  # of --json; a key that goes or changes its meaning makes it 2
_MARKS: dict[Verdict, str] = {
    "good": "[green]ok[/]",
    "look": "[yellow]look[/]",
    "bad": "[bold red]BAD[/]",
    "not_applicable": "[dim]–[/]",
}
_out = Console(highlight=False)
_paper = Console(stderr=True, highlight=False)


def doctor(args: argparse.Namespace) -> int:
    """Examines this device; 0 when nothing is bad, else 1."""
    # What the parts log as they work is told in their findings.
    logging.getLogger().setLevel(max(logging.getLogger().level, logging.WARNING))
    config = load(args.site) if args.site else None
    steps = parts(Machine(), config, quick=args.quick)
    found: list[Finding] = []
    columns = (TextColumn("looking at {task.description}"), BarColumn(), MofNCompleteColumn())
    hidden = not _paper.is_terminal
    with Progress(*columns, console=_paper, transient=True, disable=hidden) as bar:
        task = bar.add_task("", total=len(steps))
        for step in steps:
            bar.update(task, description=step.name)
            found += examine(step)
            bar.advance(task)
    if args.json:
        print(as_json(found))
    else:
        show(found, _out)
    sys.stdout.flush()
    return 1 if counted(found)["bad"] else 0


def as_json(found: Sequence[Finding]) -> str:
    """One document. Keys: `format` (1), `version` of floorwatch, `at` (UTC), `counts` by verdict
    and `findings`, each with `group`, `check`, `verdict` (good, look, bad, not_applicable),
    `found`, `why`, `mend` and `numbers` (by name, the unit last). Keys may be added."""
    document = {
        "format": _FORMAT,
        "version": metadata.version("floorwatch"),
        "at": moments.to_text(datetime.now(timezone.utc)),
        "counts": counted(found),
        "findings": [asdict(finding) for finding in found],
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


def show(found: Sequence[Finding], out: Console) -> None:
    """All of it by groups; then what is to be done, the worst last, where the eye is."""
    width = max((len(finding.check) for finding in found), default=0)
    for group, some in groupby(found, key=lambda finding: finding.group):
        out.print(f"[bold]{group}[/]")
        table = Table.grid(padding=(0, 2))
        table.add_column(width=6, justify="right", no_wrap=True)
        table.add_column(width=min(width, 24))
        table.add_column(ratio=1)
        for finding in some:
            style = "dim" if finding.verdict == "not_applicable" else ""
            # As plain text: brackets in what a device says are no markup.
            cells = [escape(finding.check), escape(finding.found)]
            table.add_row(_MARKS[finding.verdict], *cells, style=style)
        out.print(table)
    for verdict in ("look", "bad"):
        _to_do([finding for finding in found if finding.verdict == verdict], _MARKS[verdict], out)
    counts = counted(found)
    out.print(
        f"\n{counts['good']} good, {counts['look']} worth a look, {counts['bad']} bad; "
        f"{counts['not_applicable']} do not apply here"
    )


def _to_do(found: Sequence[Finding], mark: str, out: Console) -> None:
    for finding in found:
        out.print(f"\n{mark}  [bold]{finding.group}, {escape(finding.check)}[/]")
        for words in (finding.found, finding.why):
            out.print(Padding(Text(words), (0, 0, 0, 6)))
        if finding.mend:
            # In one line however long, to be copied.
            out.print(f"      → {finding.mend}", markup=False, soft_wrap=True)
