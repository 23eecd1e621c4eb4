"""A bundle of wheels of a few bytes, made once for all tests."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest
import yaml

from alerts.main import main
from tests.edge.bundle.tiny import store_of_all


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return store_of_all(tmp_path_factory.mktemp("store") / "wheels")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site file with a secret beside it, which must not travel."""
    path = tmp_path_factory.mktemp("site") / "clinic.yaml"
    (path.parent / "broker.secret").write_text("s3cret")
    broker = {"host": "broker.local", "username": "floor", "password_file": "broker.secret"}
    cameras = [{"name": "hall", "url": "rtsp://192.0.2.1/stream2"}]
    path.write_text(
        yaml.safe_dump({"version": 1, "site": {"name": "x"}, "broker": broker, "cameras": cameras})
    )
    return path


@pytest.fixture(scope="session")
def archive(store: Path, site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out") / "floor.tar.gz"
    words = ["bundle", "--platform", "x86_64", "--out", str(out), "--wheels", str(store)]
    assert main([*words, "--config", str(site)]) == 0
    return out


@pytest.fixture
def unpacked(archive: Path, tmp_path: Path) -> Path:
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path, filter="data")
    [folder] = tmp_path.iterdir()
    return folder
