"""Running the command in a test, and what it says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from alerts.main import main
from edge.sources.pattern import Script
from tests.support.clips import write_pattern
from tests.support.site import site_file

SECRET = "s3cret-7f3a"
Say = Callable[..., str]
Find = Callable[[Path], dict[str, str]]


def pattern(name: str = "hall") -> dict[str, Any]:
    return {"name": name, "url": "pattern:empty"}


def site(folder: Path, **more: Any) -> str:
    return str(site_file(folder, [pattern()], **more))


def good_clip(folder: Path) -> str:
    return str(write_pattern(folder / "good.mp4", Script(duration_s=1, size=(64, 64))))


def complaint(captured: pytest.CaptureFixture[str], args: list[str]) -> str:
    """The one line that is said of arguments which cannot be used."""
    code = main(args)
    out, err = captured.readouterr()
    assert code == 2, err
    assert out == ""
    lines = [line for line in err.splitlines() if " level=" not in line]  # of the log
    assert len(lines) == 1, err
    assert lines[0].startswith("floorwatch: ")
    assert "Traceback" not in err
    assert SECRET not in err
    return lines[0]


def findings(captured: pytest.CaptureFixture[str], site_path: Path) -> dict[str, str]:
    """What `check` finds wrong: the words by part."""
    code = main(["check", str(site_path), "--json"])
    out, err = captured.readouterr()
    assert "Traceback" not in err
    assert SECRET not in out + err
    found = [json.loads(line) for line in out.splitlines()]
    bad = {one["part"]: str(one["words"]) for one in found if not one["good"]}
    assert code == (2 if bad else 0)
    assert not any("\n" in words for words in bad.values())
    return bad
