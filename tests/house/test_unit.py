"""The systemd unit: systemd itself reads it, and it keeps what the daemon promises."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from edge.daemon import _PATIENCE_S

UNIT = Path(__file__).parents[2] / "configs" / "floorwatch.service"


PEOPLES = ("floorwatch-desk.service", "floorwatch-dashboard.service")


def value(key: str) -> str:
    found = re.findall(rf"^{key}=(.*)$", UNIT.read_text(), re.MULTILINE)
    assert len(found) == 1, key
    return str(found[0])


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is missing: apt-get install systemd")
    return subprocess.run([program, *words], capture_output=True, text=True, check=False)


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit, with a program that exists here."""
    return runnable(UNIT, tmp_path)


def runnable(unit: Path, folder: Path) -> Path:
    written = folder / unit.name
    written.write_text(unit.read_text().replace("/opt/floorwatch/bin/floorwatch", "/bin/true"))
    return written


@pytest.mark.parametrize("name", PEOPLES)
def test_desk_and_dashboard_have_units_too(name: str, tmp_path: Path) -> None:
    unit = runnable(UNIT.with_name(name), tmp_path)
    found = analyze("verify", str(unit))
    assert (found.returncode, found.stderr) == (0, "")
    found = analyze("security", "--offline=true", "--threshold=18", str(unit))
    assert found.returncode == 0, found.stdout[-400:]
    # Nobody is called while it is down: whatever ended it, it is started anew.
    assert "Restart=always" in unit.read_text()
    assert "RestartPreventExitStatus" not in unit.read_text()


def test_systemd_finds_no_fault(unit: Path) -> None:
    found = analyze("verify", str(unit))
    assert (found.returncode, found.stderr) == (0, "")


def test_systemd_finds_a_fault_where_there_is_one(unit: Path) -> None:
    unit.write_text(unit.read_text().replace("Restart=always", "Restart=perhaps"))
    assert "perhaps" in analyze("verify", str(unit)).stderr


def test_it_is_fenced_in(unit: Path) -> None:
    found = analyze("security", "--offline=true", "--threshold=18", str(unit))
    assert found.returncode == 0, found.stdout[-400:]


def test_it_waits_for_what_the_daemon_needs() -> None:
    assert value("Type") == "notify"
    assert float(value("TimeoutStopSec")) > sum(_PATIENCE_S) + 2
    assert sum(_PATIENCE_S) <= 5
    assert float(value("WatchdogSec")) >= 10
    assert value("ExecReload").replace(" reload ", " run ") == value("ExecStart")
    assert value("RestartPreventExitStatus") == "2"
