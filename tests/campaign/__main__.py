"""The command: `python -m tests.campaign [ROW ...]`."""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from alerts.errors import DiskRefused, SinkLost, UserError
from tests.campaign.catalogue import ROWS
from tests.campaign.row import CannotRun, Lab, Row
from tests.campaign.table import Machine, markdown

_ROOT = Path(__file__).parents[2]
_BROKE = (
    *(AssertionError, OSError, RuntimeError, ValueError, LookupError),
    *(DiskRefused, SinkLost, UserError),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """0 if every goal of every row was met, 1 if not, 130 if somebody ended it."""
    given = _parser().parse_args(arguments)
    if given.list:
        for name, run in ROWS.items():
            print(f"{name:22} {(run.__doc__ or '').splitlines()[0]}")
        return 0
    strange = [name for name in given.rows if name not in ROWS]
    if strange:
        print(f"no such row: {', '.join(strange)}; --list shows them", file=sys.stderr)
        return 2
    machine, rows, code = Machine.here(), list[Row](), 0
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # everything started is ended
    try:
        for name in given.rows or ROWS:
            rows.append(_run(name, given))
            _write(rows, machine, given)  # after each: hours are not lost with the last row
    except KeyboardInterrupt:
        code = 130
    print(markdown(rows, machine, quick=given.quick))
    return code or int(not all(row.met for row in rows))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.campaign", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help="which rows; all if none is named")
    parser.add_argument("--list", action="store_true", help="name the rows and end")
    parser.add_argument("--quick", action="store_true", help="few faults: tries the campaign")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results as data")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table")
    parser.add_argument("--soak-minutes", type=float, default=60.0, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep logs and state in there")
    return parser


def _run(name: str, given: argparse.Namespace) -> Row:
    """One row, in a folder of its own, which stays where a goal was not met."""
    folder = Path(tempfile.mkdtemp(prefix=f"campaign-{name}-"))
    if given.keep is not None:
        folder = given.keep / name
        folder.mkdir(parents=True)
    began_s = time.monotonic()

    def say(text: str) -> None:
        print(f"{name}: {time.monotonic() - began_s:.0f} s: {text}", file=sys.stderr, flush=True)

    lab = Lab(folder, say, given.quick, given.soak_minutes, given.seed)
    say("begins")
    row = Row(name)
    try:
        row = ROWS[name](lab).row(name, 0.0)
    except (CannotRun, pytest.skip.Exception) as why:
        row = replace(row, skipped=str(why))
    except (*_BROKE, subprocess.SubprocessError, pytest.fail.Exception) as error:
        row = replace(row, broke=f"{type(error).__name__}: {str(error)[:300]}")
    row = replace(row, took_s=time.monotonic() - began_s)
    say(f"ends: {row.skipped or row.broke or ('met' if row.met else 'not met')}")
    if given.keep is None and row.met:
        shutil.rmtree(folder)
    elif not row.met:
        say(f"logs and state are in {folder}")
    return row


def _write(rows: Sequence[Row], machine: Machine, given: argparse.Namespace) -> None:
    for path in (given.markdown, given.json):
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
    if given.markdown is not None:
        given.markdown.write_text(markdown(rows, machine, quick=given.quick), "utf-8")
    if given.json is not None:
        found = {
            "machine": asdict(machine),
            "quick": given.quick,
            "rows": [row.to_dict() for row in rows],
        }
        given.json.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
