"""Draws the golden clip again: `python -m tests.golden.make`. Then look at what changed, and why.

The events beside it were written by `floorwatch replay`; `python -m tests.golden.make --events`
writes them anew.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alerts.main import main
from edge.core.types import Box
from edge.sources.pattern import Mark, Script
from tests.support.clips import write_pattern
from tests.support.site import site_file

HERE = Path(__file__).parent
CLIP = HERE / "pattern.mp4"
EVENTS = HERE / "pattern.events.jsonl"
ZONES = [
    {"name": "ward", "polygon": [[0, 0], [0.55, 0], [0.55, 1], [0, 1]]},
    {"name": "door", "polygon": [[0.55, 0], [1, 0], [1, 1], [0.55, 1]]},
]
SCRIPT = Script(
    marks=(
        Mark("upright", Box(0.20, 0.20, 0.12, 0.50), 0, 6),
        Mark("down", Box(0.20, 0.62, 0.36, 0.16), 6, 45),
        Mark("liquid", Box(0.60, 0.70, 0.25, 0.20), 3),
        Mark("upright", Box(0.70, 0.30, 0.10, 0.50), 12, 20),
        Mark("upright", Box(0.30, 0.20, 0.12, 0.50), 45),
    ),
    duration_s=70,
    fps=10,
    size=(320, 180),
)


def replay(folder: Path) -> bytes:
    """What `floorwatch replay` writes of the golden clip, watched by the scripted backend."""
    cameras = [{"name": "ward", "url": "rtsp://camera.invalid/", "zones": ZONES}]
    site = site_file(folder, cameras, alarms={})
    out = folder / "out"
    code = main(["replay", str(CLIP), "--config", str(site), "--out", str(out)])
    assert code == 0
    return (out / "events.jsonl").read_bytes()


if __name__ == "__main__":
    if "--events" not in sys.argv:
        write_pattern(CLIP, SCRIPT)
    with tempfile.TemporaryDirectory() as scratch:
        EVENTS.write_bytes(replay(Path(scratch)))
