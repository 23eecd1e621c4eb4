"""The real daemon learns a camera's normal days and keeps them, broker or not."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from alerts.main import main
from edge.sources.pattern import Script
from tests.support.clips import write_pattern
from tests.support.site import PROGRAM, site_file


def test_the_daemon_learns_from_a_recording_until_it_is_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_pattern(tmp_path / "quiet.mp4", Script((), 6.0, 5.0, (320, 180)))
    site = site_file(tmp_path, [{"name": "hall", "url": "quiet.mp4"}], port=1)
    card = tmp_path / "model" / "card.json"
    features = {"name": "features", "channels": 4, "stride": 64}
    card.write_text(json.dumps(json.loads(card.read_text()) | {"features": features}))
    learnt_hours = []
    for _ in range(2):  # the second goes on where the first ended
        done = subprocess.run(
            [PROGRAM, "run", str(site)], capture_output=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        capsys.readouterr()
        assert main(["normal", "show", "hall", "--config", str(site), "--json"]) == 0
        learnt_hours.append(json.loads(capsys.readouterr().out)["learnt_hours"])
    assert 0 < learnt_hours[0] < learnt_hours[1]
