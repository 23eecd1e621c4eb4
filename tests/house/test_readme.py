"""The README's summary of the command is what the command says.

`python -m tests.house.test_readme` writes it anew.
"""

from __future__ import annotations

import os
import re
import subprocess

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
    assert found is not None
    assert found[2] == block(), REFRESH


def test_what_the_readme_points_to_is_there_and_nothing_is_left_to_fill_in() -> None:
    texts = [README, *sorted((ROOT / "models" / "zoo").glob("*/CARD.md"))]
    for path in texts:
        text = path.read_text("utf-8")
        targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", text)
        missing = [target for target in targets if not (path.parent / target).exists()]
        assert not missing, path
        assert not re.findall(r"@[A-Z]+@|MODEL_NUMBERS|TODO|FIXME", text), path


if __name__ == "__main__":
    fresh = block()
    README.write_text(
        BETWEEN.sub(lambda found: found[1] + fresh + found[3], README.read_text("utf-8")), "utf-8"
    )
