"""install.sh: without a network, again with a newer bundle, and away. Here with wheels of a few
bytes; with the real ones in `python -m tests.edge.bundle`."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from edge.bundle.archive import write_sums
from edge.bundle.inventory import sha256
from tests.edge.bundle.tiny import tiny_wheel
from tests.house.tree import ROOT

RUNS_HERE = pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64"), reason="installs on x86_64 Linux"
)


def install(folder: Path, *words: str, apart: bool = False) -> subprocess.CompletedProcess[str]:
    """install.sh, without a network if it is to be set `apart`."""
    command = ["sh", str(folder / "install.sh"), *words]
    if apart:
        command = ["unshare", "--net", *command]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@RUNS_HERE
def test_it_installs_upgrades_and_goes(unpacked: Path, tmp_path: Path) -> None:
    """Tiny wheels cannot run floorwatch, so a stand-in says its version: what is under test is
    the script. The real one runs in `python -m tests.edge.bundle`."""
    prepare(unpacked)
    root = tmp_path / "device"
    options = ["--root", str(root), "--no-try", "--python", sys.executable]
    apart = can_be_apart()
    first = install(unpacked, *options, apart=apart)
    assert first.returncode == 0, first.stderr
    program = root / "opt/floorwatch/bin/floorwatch"
    assert program.resolve().is_relative_to(root / "opt/floorwatch/releases")
    unit = (root / "etc/systemd/system/floorwatch.service").read_text()
    assert "ExecStart=/opt/floorwatch/bin/floorwatch run" in unit

    settings = root / "etc/floorwatch"
    (settings / "site.yaml").write_text("mine")
    state = root / "var/lib/floorwatch/x"
    state.mkdir(parents=True)
    (unpacked / "README.txt").write_text("newer")
    write_sums(unpacked)
    second = install(unpacked, *options, "--prefix", "/opt/floorwatch", apart=apart)
    assert second.returncode == 0, second.stderr
    assert "kept" in second.stdout
    assert (settings / "site.yaml").read_text() == "mine"
    assert len(list((root / "opt/floorwatch/releases").iterdir())) == 2  # and the one before
    assert "installed already" in install(unpacked, *options, apart=apart).stdout
    assert len(list((root / "opt/floorwatch/releases").iterdir())) == 2  # to go back to, still

    gone = install(unpacked, "--root", str(root), "--uninstall")
    assert gone.returncode == 0, gone.stderr
    assert not (root / "opt/floorwatch").exists()
    assert (settings / "site.yaml").exists()
    assert state.exists()
    assert install(unpacked, "--root", str(root), "--uninstall", "--purge").returncode == 0
    assert not settings.exists()
    assert not state.exists()


@RUNS_HERE
def test_without_the_service_nothing_of_the_system_is_touched(
    unpacked: Path, tmp_path: Path
) -> None:
    prepare(unpacked)
    root = tmp_path / "device"
    told = install(unpacked, "--root", str(root), "--no-try", "--no-service")
    assert told.returncode == 0, told.stderr
    assert (root / "opt/floorwatch/bin/floorwatch").exists()
    assert not (root / "etc/systemd").exists()


def prepare(folder: Path) -> None:
    """Puts a wheel in place of floorwatch's whose command needs none of the real packages."""
    [own] = (folder / "wheels").glob("floorwatch-*.whl")
    version = own.name.split("-")[1]
    own.unlink()
    made = tiny_wheel(folder / "wheels", "floorwatch", version, program="floorwatch")
    lines = (folder / "requirements.txt").read_text().splitlines()
    kept = [line for line in lines if not line.startswith("floorwatch==")][:2]  # one of the others
    kept.append(f"floorwatch=={version} --hash=sha256:{sha256(made)}")
    (folder / "requirements.txt").write_text("\n".join(kept) + "\n")
    [pip] = (folder / "wheels").glob("pip-*.whl")
    shutil.copyfile(bundled_pip(), pip)
    write_sums(folder)


def bundled_pip() -> Path:
    """A real pip, which Python carries for its virtual environments."""
    import ensurepip  # noqa: PLC0415  (Debian keeps it in a package of its own)

    [wheel] = (Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl")
    return wheel


def can_be_apart() -> bool:
    """Whether a network namespace can be made here: root's affair."""
    tried = subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False)
    return tried.returncode == 0


def spoil(folder: Path, name: str, value: str) -> None:
    """Changes what the bundle says it is for. Only ANYTHING is not sealed again."""
    path = folder / "bundle.env"
    lines = path.read_text().splitlines()
    kept = [line for line in lines if not line.startswith(f"FLOORWATCH_{name}=")]
    path.write_text("\n".join([*kept, f"FLOORWATCH_{name}={value}"]) + "\n")
    if name != "ANYTHING":
        write_sums(folder)


@RUNS_HERE
@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("ANYTHING", "else", "damaged or not whole: copy it anew (./bundle.env: FAILED)"),
        ("MACHINE", "aarch64", "this machine is x86_64"),
        ("PYTHON", "3.99", "no Python 3.99"),
        ("GLIBC", "9.99", "needs glibc 9.99"),
        ("NEEDS_MB", "99999999", "make room"),
    ],
)
def test_install_says_why_not_and_changes_nothing(
    unpacked: Path, tmp_path: Path, name: str, value: str, words: str
) -> None:
    spoil(unpacked, name, value)
    told = install(unpacked, "--root", str(tmp_path / "device"), "--no-try")
    assert told.returncode == 2
    assert words.replace("./", "") in told.stderr
    assert len(told.stderr.splitlines()) == 1
    assert not list((tmp_path / "device").rglob("releases"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--root"], "--root needs a value"),
        (["--prefix", "opt"], "give a whole path"),
        (["--prefix", "/opt/a b"], "letters, digits and"),
        (["--prefix", "/opt/a#b"], "letters, digits and"),
        (["--purge"], "--uninstall only"),
        (["--bogus"], "--bogus is not known"),
    ],
)
def test_install_says_what_it_does_not_know(unpacked: Path, options: list[str], words: str) -> None:
    told = install(unpacked, *options)
    assert told.returncode == 2
    assert words in told.stderr
    assert len(told.stderr.splitlines()) == 1


def test_install_is_plain_shell() -> None:
    program = shutil.which("shellcheck")
    if program is None:
        pytest.skip("shellcheck is missing: apt-get install shellcheck")
    script = ROOT / "edge" / "bundle" / "install.sh"
    found = subprocess.run([program, str(script)], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout) == (0, "")
