"""What is learnt of cameras, in files: whole or not at all, whatever cameras are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.remembered import Remembered

NAMES = ("hall", "출입구 2", "CON", 'door "2" & <b>', "a" * 64, "hall.bin", "Hall")


def test_each_camera_has_its_own_file_whatever_it_is_called(tmp_path: Path) -> None:
    files = Remembered(tmp_path / "fit")
    for name in NAMES:
        assert files.read(name) is None
        files.write(name, name.encode())
    assert [files.read(name) for name in NAMES] == [name.encode() for name in NAMES]
    assert len({files.path(name).name.lower() for name in NAMES}) == len(NAMES)
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "fit").iterdir()} == {0o600}


def test_a_camera_that_is_forgotten_has_none_and_others_keep_theirs(tmp_path: Path) -> None:
    files = Remembered(tmp_path)
    for name in NAMES[:3]:
        files.write(name, b"known")
    files.forget("hall")
    assert files.read("hall") is None
    files.forget_others(["CON"])
    assert [files.read(name) for name in NAMES[:3]] == [None, None, b"known"]


def test_what_is_damaged_is_kept_aside_and_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files = Remembered(tmp_path)
    files.write("hall", b"nonsense")
    files.set_aside("hall", "is no baseline")
    assert files.read("hall") is None
    assert (tmp_path / "hall.bin.damaged").read_bytes() == b"nonsense"
    assert [one.message for one in caplog.records] == [
        f"{tmp_path}/hall.bin is no baseline: kept as hall.bin.damaged, hall begins anew"
    ]


def test_a_disk_that_refuses_is_told_of_once_and_stops_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "fit").write_bytes(b"a file in the place of the folder")
    files = Remembered(tmp_path / "fit")
    for _ in range(3):
        files.write("hall", b"known")
    assert files.read("hall") is None
    assert len([one for one in caplog.records if one.levelname == "ERROR"]) == 1


def test_what_was_set_aside_goes_with_its_camera(tmp_path: Path) -> None:
    files = Remembered(tmp_path)
    for name in ("hall", "door", "ward"):
        files.write(name, b"nonsense")
        files.set_aside(name, "is no baseline")
    (tmp_path / "ward.bin.part").write_bytes(b"cut off by a crash")
    files.forget("hall")
    files.forget_others(["door"])
    assert [one.name for one in tmp_path.iterdir()] == ["door.bin.damaged"]


def test_a_disk_that_refuses_is_left_no_half_of_a_file(tmp_path: Path) -> None:
    files = Remembered(tmp_path)
    files.path("hall").mkdir()  # no file takes its place
    files.write("hall", b"known")
    assert [one.name for one in tmp_path.iterdir()] == ["hall.bin"]
