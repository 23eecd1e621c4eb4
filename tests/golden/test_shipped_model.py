"""The shipped model on the demo's clips: the same events, opened within half a second of these."""

from __future__ import annotations

import json
from pathlib import Path

from alerts.main import main
from alerts.subscribers import journal
from edge.demo.show import expected, folder

HERE = Path(__file__).parent
WITHIN_S = 0.5


def opened(out: Path) -> list[tuple[str, str, float]]:
    """(camera, label, second of the clip) of every `opened`."""
    return sorted(
        (event.camera, event.label, event.detected_at.timestamp())
        for event in journal.read(out / "events.jsonl")
        if event.phase == "opened"
    )


def test_demo_clips_open_their_incidents_when_they_should(tmp_path: Path) -> None:
    clips = sorted(str(path) for path in (folder() / "demo").glob("*.mp4"))
    assert main(["replay", *clips, "--out", str(tmp_path)]) == 0
    found = opened(tmp_path)
    golden = [tuple(item) for item in json.loads((HERE / "demo.opened.json").read_text())]
    assert [item[:2] for item in found] == [item[:2] for item in golden]
    assert {item[:2] for item in found} == expected()
    for (camera, _, found_s), (_, _, golden_s) in zip(found, golden, strict=True):
        assert abs(found_s - golden_s) <= WITHIN_S, camera
