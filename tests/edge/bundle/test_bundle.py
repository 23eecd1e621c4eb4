"""What is in a bundle, where it comes from, and what is said where none can be made."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from alerts.main import main
from edge.bundle.archive import pack
from edge.bundle.errors import BadBundle
from edge.bundle.inventory import sha256
from edge.bundle.site import travelling
from edge.bundle.target import target
from edge.bundle.wheels import fetch
from tests.edge.bundle.tiny import tiny_wheel
from tests.support.site import pattern_model, site_file

HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"


def test_what_is_in_it(archive: Path, unpacked: Path) -> None:
    with tarfile.open(archive) as tar:
        entries = tar.getmembers()
    assert {(one.uid, one.gid, one.mtime) for one in entries} == {(0, 0, 315532800)}
    assert sorted(one.name for one in entries) == [one.name for one in entries]
    wheels = {path.name.split("-")[0] for path in (unpacked / "wheels").iterdir()}
    assert {"floorwatch", "pip", "av", "onnxruntime"} <= wheels
    assert "torch" not in wheels
    listed = (unpacked / "LICENCES.txt").read_text()
    assert all(f"\n{name.replace('_', '-')} " in f"\n{listed}" for name in wheels)
    bom = json.loads((unpacked / "sbom.cdx.json").read_text())
    assert len(bom["components"]) == len(wheels) - 1
    assert (unpacked / "site" / "site.yaml").is_file()
    assert not [path for path in unpacked.rglob("*") if "secret" in path.name]
    assert "broker.secret" in (unpacked / "README.txt").read_text()
    pinned = (unpacked / "requirements.txt").read_text()
    assert pinned.count("--hash=sha256:") == len(wheels) - 1
    assert "pip==" not in pinned


def test_the_same_files_are_the_same_bytes(archive: Path, unpacked: Path, tmp_path: Path) -> None:
    """Wherever they lie, whoever they belong to, and whenever they were written."""
    for path in unpacked.rglob("*.txt"):
        path.chmod(0o600)
    again = tmp_path / "again.tar.gz"
    pack(unpacked, again)
    assert sha256(again) == sha256(archive)


def test_our_wheel_is_put_together_again_where_there_is_no_checkout(
    unpacked: Path, tmp_path: Path
) -> None:
    [wheel] = (unpacked / "wheels").glob("floorwatch-*.whl")
    installed, written = tmp_path / "installed", tmp_path / "written"
    written.mkdir()
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile"]
    subprocess.run([*pip, "--target", str(installed), str(wheel)], check=True, capture_output=True)
    ask = "import sys, pathlib; from edge.bundle.own_wheel import own_wheel;"
    ask += "print(own_wheel(pathlib.Path(sys.argv[1])))"
    asked = subprocess.run(
        [sys.executable, "-c", ask, str(written)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode == 0, asked.stderr
    again = Path(asked.stdout.strip())
    assert again.name == wheel.name
    with zipfile.ZipFile(wheel) as first, zipfile.ZipFile(again) as second:
        record = {name for name in first.namelist() if name.endswith("/RECORD")}
        assert set(first.namelist()) == set(second.namelist())
        for name in set(first.namelist()) - record:
            assert first.read(name) == second.read(name), name
        [name] = record
        rows = [sorted(one.read(name).decode().split()) for one in (first, second)]
        assert rows[0] == rows[1]


def test_a_package_without_a_wheel_is_named(tmp_path: Path) -> None:
    own = tiny_wheel(tmp_path, "floorwatch", "1", requires="av>=17")
    store = tmp_path / "store"
    store.mkdir()
    tiny_wheel(store, "pip", "1")
    with pytest.raises(BadBundle, match=r"no wheel of av.* for jetson-jp6 \(Python 3.10, aarch64"):
        fetched(own, tmp_path, store)


def test_what_pip_forgets_is_fetched_in_a_further_round(tmp_path: Path) -> None:
    """It looks at markers with the Python it runs in; this one is not that."""
    marker = "python_version >= '3.12'" if HERE < "3.12" else "python_version < '3.11'"
    platform_ = target("jetson-jp7" if HERE < "3.12" else "jetson-jp6", None)
    own = tiny_wheel(tmp_path, "floorwatch", "1", requires=f"only-there; {marker}")
    store = tmp_path / "store"
    store.mkdir()
    for name in ("pip", "only-there"):
        tiny_wheel(store, name, "1")
    taken = fetch(own, (), platform_, folder=tmp_path / "got", store=store, say=print)
    assert [wheel.name for wheel in taken] == ["floorwatch", "only-there", "pip"]


def test_without_a_network_one_line_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tiny_wheel(tmp_path, "floorwatch", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    for name in [one for one in os.environ if one.startswith("PIP_") and one != "PIP_CONFIG_FILE"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/")  # nobody listens there
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    with pytest.raises(BadBundle, match="the network is away"):
        fetched(own, tmp_path, None)


def fetched(own: Path, folder: Path, store: Path | None) -> None:
    jetson = target("jetson-jp6", None)
    fetch(own, (), jetson, folder=folder / "got", store=store, say=print)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--with", "warp"], "--with warp: there is no such extra"),
        (["--python", "3.12", "--platform", "jetson-jp6"], "leave --python out"),
        (["--out", "nowhere/x.tar.gz"], "cannot be written"),
        (["--config", "none.yaml"], "there is no such file"),
    ],
)
def test_what_cannot_be_made_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], words: str
) -> None:
    options = [str(tmp_path / one) if "/" in one else one for one in options]
    assert main(["bundle", "--platform", "x86_64", *options]) == 2
    err = capsys.readouterr().err
    assert words in err
    assert len(err.strip().splitlines()) == 1


def test_a_model_that_lies_elsewhere_is_not_forgotten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pattern_model(tmp_path / "elsewhere")
    site = site_file(
        tmp_path / "site",
        [{"name": "hall", "url": "pattern:both"}],
        model={"path": "../elsewhere", "backend": "scripted"},
    )
    assert main(["bundle", "--platform", "x86_64", "--config", str(site)]) == 2
    assert "put it beside the site file" in capsys.readouterr().err


def test_a_model_beside_the_site_file_travels(tmp_path: Path) -> None:
    site = site_file(tmp_path, [{"name": "hall", "url": "pattern:both"}])
    assert sorted(travelling(site)) == ["model/card.json", "model/model.onnx", "site.yaml"]
