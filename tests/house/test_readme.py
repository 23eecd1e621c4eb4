"""The README's summary of the command is what the command says.

`python -m tests.house.test_readme` writes it anew.
"""

from __future__ import annotations

import os
import re
import subprocess

import pytest

from tests.house.tree import ROOT
from tests.support.site import PROGRAM

README = ROOT / "README.md"
BETWEEN = re.compile(r"(<!-- help -->\n)(.*?)(<!-- /help -->)", re.DOTALL)
REFRESH = "README.md is behind `floorwatch --help`: run `python -m tests.house.test_readme`"


def block() -> str:
    """What stands between the marks."""
    said = subprocess.run(
        [PROGRAM, "--help"],
        env={**os.environ, "COLUMNS": "100"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return f"```\n{said.stdout.strip()}\n```\n"


def test_the_help_in_the_readme_is_the_help() -> None:
    found = BETWEEN.search(README.read_text("utf-8"))
    if found is None or not found[2].strip():
        pytest.skip("README.md has nothing between <!-- help --> and <!-- /help --> yet")
    assert found[2] == block(), REFRESH


if __name__ == "__main__":
    fresh = block()
    README.write_text(
        BETWEEN.sub(lambda found: found[1] + fresh + found[3], README.read_text("utf-8")), "utf-8"
    )
