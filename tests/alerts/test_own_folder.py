"""Where a user's state is kept: the services' user has what their units say, without being told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from alerts.own_folder import SERVICE_HOME, own_folder
from tests.house.tree import ROOT

UNITS = sorted((ROOT / "configs").glob("*.service"))


def test_the_user_of_the_services_finds_what_they_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    by_hand = own_folder(SERVICE_HOME)
    for unit in UNITS:
        text = unit.read_text("utf-8")
        (state,) = re.findall(r"^Environment=XDG_STATE_HOME=%S$", text, re.MULTILINE)
        monkeypatch.setenv("XDG_STATE_HOME", state.rpartition("=")[2].replace("%S", "/var/lib"))
        assert own_folder(SERVICE_HOME) == by_hand
    assert len(UNITS) == 3
    guide = (ROOT / "configs" / "FIRST-SITE.md").read_text("utf-8")
    assert f"--home-dir {SERVICE_HOME} " in guide


def test_others_have_their_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert own_folder(tmp_path) == tmp_path / ".local" / "state" / "floorwatch"
    assert own_folder() != SERVICE_HOME
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "elsewhere"))
    assert own_folder(SERVICE_HOME) == tmp_path / "elsewhere" / "floorwatch"
