"""The results as a table, with the day, the machine and the commit they are from."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from tests.campaign.row import Row

_HEAD = (
    "row", "faults", "expected", "delivered", "lost", "reordered", "duplicates",
    "recover p50 / p95 (s)", "memory slope", "goals",
)  # fmt: skip
_NOTES = (
    "`kill -9` cannot show what a power cut does: the kernel still writes what it was given. That "
    "an event is on the disk before it is sent is shown by a trace of system calls, in "
    "`tests/peers/test_outbox_fsync.py`.",
    "Expected is what the daemon logged as kept, and every `seq` from 0 up; delivered is what an "
    "independent subscriber received, each once.",
)


@dataclass(frozen=True)
class Machine:
    """Where and when it was measured."""

    day: str
    processor: str
    cores: int
    python: str
    commit: str

    @classmethod
    def here(cls) -> Machine:
        """This one, now."""
        said = subprocess.run(
            ["git", "describe", "--always", "--dirty"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=False,
        )
        return cls(
            datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
            platform.machine(),
            len(os.sched_getaffinity(0)),
            platform.python_version(),
            said.stdout.strip() or "unknown",
        )

    def __str__(self) -> str:
        return (
            f"{self.day}, {self.cores} cores ({self.processor}), Python {self.python}, "
            f"commit {self.commit}"
        )


def markdown(rows: Sequence[Row], machine: Machine, *, quick: bool) -> str:
    """The whole report."""
    lines = [f"Measured {machine}, with `python -m tests.campaign`."]
    if quick:
        lines.append("**Quick: few faults, to try the campaign itself; not for quoting.**")
    lines += ["", _line(_HEAD), _line(["---"] * len(_HEAD)), *map(_row, rows), ""]
    for row in rows:
        lines += _details(row)
    return "\n".join([*lines, *(f"- {note}" for note in _NOTES), ""])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _row(row: Row) -> str:
    if row.skipped is not None:
        return _line([row.name, *["–"] * (len(_HEAD) - 2), f"skipped: {row.skipped}"])
    ledger, recover = row.ledger, row.recover
    balance = ["–"] * 5
    if ledger is not None:
        balance = [
            str(number)
            for number in (
                ledger.expected, ledger.delivered, len(ledger.lost), ledger.reordered,
                ledger.duplicates,
            )
        ]  # fmt: skip
    missed = [goal.text for goal in row.goals if not goal.met]
    verdict = f"**not met**: {'; '.join(missed)}" if missed else "met"
    return _line(
        [
            row.name,
            str(row.faults),
            *balance,
            "–" if recover is None else f"{recover.p50:.2f} / {recover.p95:.2f}",
            "–" if row.slope is None else str(row.slope),
            f"**broke**: {row.broke}" if row.broke else verdict,
        ]
    )


def _details(row: Row) -> list[str]:
    if row.skipped is not None:
        return []
    lines = [f"**{row.name}** ({row.took_s / 60:.1f} min)", ""]
    if row.recover is not None:
        spread = row.recover
        lines.append(
            f"- {row.recover_of}: {spread.count} times, p50 {spread.p50:.2f} s, "
            f"p95 {spread.p95:.2f} s, at most {spread.most:.2f} s"
        )
    lines += [
        f"- {'met' if goal.met else '**not met**'}: {goal.text}: {goal.found}" for goal in row.goals
    ]
    return [*lines, *(f"- {note}" for note in row.notes), ""]
