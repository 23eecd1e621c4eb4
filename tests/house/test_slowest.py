"""What is said to be slow is there, and the order in which it is begun is kept."""

from __future__ import annotations

import subprocess
import sys

from tests.house.tree import ROOT
from tests.support.slowest import SLOWEST


def test_the_slowest_files_are_there_and_each_once() -> None:
    assert [name for name in SLOWEST if not (ROOT / name).is_file()] == []
    assert len(set(SLOWEST)) == len(SLOWEST)


def test_the_gate_begins_files_in_the_order_in_which_they_are_collected() -> None:
    # By itself xdist begins those with many tests first: of the slowest, most have few.
    assert "--no-loadscope-reorder" in (ROOT / "Makefile").read_text("utf-8")


def test_slow_files_are_collected_first() -> None:
    files = ["tests/house/test_sizes.py", "tests/house/test_slowest.py", SLOWEST[1], SLOWEST[0]]
    found = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *files],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    ).stdout
    order = dict.fromkeys(row.partition("::")[0] for row in found.splitlines() if "::" in row)
    assert list(order)[:2] == list(SLOWEST[:2])
