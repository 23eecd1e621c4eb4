"""`floorwatch demo`, as a stranger runs it: exit code 0 only if what was told is what happened."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from urllib.request import urlopen

from edge.core.types import Box
from edge.demo.show import expected
from edge.sources.pattern import Mark, Script
from tests.support.clips import write_pattern
from tests.support.site import PROGRAM
from tests.support.until import until


def shown_open(address: str) -> set[tuple[str, str]]:
    """What the demo's page says is open."""
    with urlopen(f"{address}api/overview", timeout=30) as answer:
        return {(one["camera"], one["label"]) for one in json.load(answer)["open"]}


def test_each_incident_is_opened_exactly_once_on_the_page_too_and_nothing_else_is() -> None:
    with subprocess.Popen(
        [PROGRAM, "demo", "--seconds", "60", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as demo:
        assert demo.stderr is not None
        told = iter(demo.stderr.readline, "")
        address = next(line.split()[-1] for line in told if "where people see" in line)
        until(lambda: shown_open(address) == expected(), "both to be on the page", 100)
        said, words = demo.communicate(timeout=150)
    events = [json.loads(line) for line in said.splitlines()]
    opened = sorted((e["camera"], e["label"]) for e in events if e["phase"] == "opened")
    assert opened == sorted(expected()), words
    assert demo.returncode == 0, words


def test_a_clip_of_the_users_own_is_played_to_its_end(tmp_path: Path) -> None:
    # Nobody is in this clip; what counts is that it plays, says nothing, and ends.
    script = Script((Mark("liquid", Box(0.9, 0.9, 0.05, 0.05), 0, 0),), 3.0, 10.0, (320, 180))
    clip = write_pattern(tmp_path / "empty room.mp4", script)
    done = subprocess.run(
        [PROGRAM, "demo", "--clip", str(clip), "--json"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
