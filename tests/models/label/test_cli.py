"""`floorwatch label` as it is typed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from alerts.main import main
from models.label.book import NAME
from tests.support.labelling import drawn


def test_it_serves_the_page_until_ctrl_c(tmp_path: Path) -> None:
    drawn(tmp_path / "footage", 2)
    words = ["label", str(tmp_path / "footage"), "--project", str(tmp_path / "hall"), "--no-model"]
    with subprocess.Popen(
        [sys.executable, "-m", "alerts.main", *words, "--who", "kim", "--no-browser", "--json"],
        stdout=subprocess.PIPE,
        env=dict(os.environ),
        text=True,
    ) as running:
        assert running.stdout is not None
        url = json.loads(running.stdout.readline())["url"]
        with httpx.Client(base_url=url, trust_env=False, timeout=20) as http:
            assert "label.js" in http.get("/").text
            assert http.get("/api/label").json() == {"who": "kim", "labellers": [], "model": False}
        running.send_signal(signal.SIGINT)
        assert running.wait(60) == 0
    assert (tmp_path / "hall" / NAME).is_file()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("gone",), "gone: is not there"),
        ((), "nothing to label yet"),
        (("--host", "0.0.0.0"), "it has no login"),
        (("--project", "a file"), "is a file"),
        (("--no-model", "--model", "x"), "take one of them out"),
        (("--model", "nowhere"), "card.json cannot be read"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a file").write_text("")
    given = ["footage"] if words and words[0].startswith("--") else []
    drawn(tmp_path / "footage", 1)
    assert main(["label", *given, *words, "--no-browser"]) == 2
    told = capsys.readouterr().err.strip().splitlines()
    assert said in told[-1]
