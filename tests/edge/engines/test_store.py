"""What is kept is ours alone and whole, or it is not there."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.engines import private
from edge.engines.faults import NoEngine, Unusable
from edge.engines.keys import Key
from edge.engines.ports import BuildOptions, Precision
from edge.engines.store import Spoilt, Store
from tests.support.paper_builder import ORIN

PLAN = b"native code" * 100


def key(precision: Precision = "fp16", onnx: bytes = b"a network") -> Key:
    return Key.of("first", precision, onnx, BuildOptions(), ORIN)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "state" / "engines")


def test_what_is_kept_comes_back_with_all_that_is_known(store: Store) -> None:
    kept = store.keep(key(), PLAN, 12.34, "all is well")
    assert store.find(key()) == kept
    assert store.load(kept) == PLAN
    assert store.all() == (kept,)
    assert (kept.took_s, kept.plan_bytes) == (12.3, len(PLAN))
    told = json.loads((store.folder / f"{kept.key.name}.json").read_text())
    assert told["key"]["tensorrt"] == "TensorRT 10.3.0"
    assert told["key"]["gpu"] == "Orin (SM 8.7)"
    assert store.find(key("fp32")) is None


def test_nobody_else_can_read_or_write_it(store: Store) -> None:
    store.keep(key(), PLAN, 1.0, "")
    assert store.folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in store.folder.iterdir()} == {0o600}
    assert sorted(path.suffix for path in store.folder.iterdir()) == [".json", ".plan"]


def test_a_new_engine_takes_the_place_of_those_of_its_family_alone(store: Store) -> None:
    other = store.keep(key("fp32"), PLAN, 1.0, "")
    store.keep(key(onnx=b"an older network"), PLAN, 1.0, "")
    newest = store.keep(key(), PLAN, 1.0, "")
    assert store.all() in ((other, newest), (newest, other))


def test_what_was_refused_leaves_no_plan(store: Store) -> None:
    store.keep(key(), PLAN, 1.0, "")
    store.refuse(key(), "it gives NaN", 2.0)
    found = store.find(key())
    assert found is not None
    assert found.refused == "it gives NaN"
    assert not list(store.folder.glob("*.plan"))
    with pytest.raises(Unusable):
        store.load(found)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda folder: folder.chmod(0o750), "chmod 700"),
        (lambda folder: (folder.rmdir(), folder.write_text("")), "move it away|cannot be kept"),
        (lambda folder: (folder.rmdir(), folder.symlink_to("/tmp")), "move it away"),
    ],
    ids=["others may enter", "a file", "a link"],
)
def test_a_folder_that_is_not_ours_alone_is_not_used(
    tmp_path: Path, change: Callable[[Path], object], said: str
) -> None:
    folder = tmp_path / "engines"
    folder.mkdir(mode=0o700)
    change(folder)
    with pytest.raises(NoEngine, match=said):
        Store(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_plan_of_another_user_is_never_loaded(store: Store) -> None:
    kept = store.keep(key(), PLAN, 1.0, "")
    os.chown(store.folder / f"{kept.key.name}.plan", 65_534, 65_534)
    with pytest.raises(Unusable, match="belongs to user 65534"):
        store.load(kept)
    os.chown(store.folder, 65_534, 65_534)
    with pytest.raises(NoEngine, match=r"belongs to user 65534.*do this as that user: `sudo -u"):
        Store(store.folder)


def test_a_link_or_a_pipe_in_a_plans_place_is_never_followed(store: Store, tmp_path: Path) -> None:
    kept = store.keep(key(), PLAN, 1.0, "")
    plan = store.folder / f"{kept.key.name}.plan"
    plan.rename(tmp_path / "elsewhere.plan")
    plan.symlink_to(tmp_path / "elsewhere.plan")
    with pytest.raises(Unusable, match="cannot be read"):
        store.load(kept)
    plan.unlink()
    os.mkfifo(plan, 0o600)
    with pytest.raises(Unusable, match="no plain file"):
        store.load(kept)


def test_a_record_under_another_name_is_none(store: Store) -> None:
    kept = store.keep(key(), PLAN, 1.0, "")
    other = key("int8").name
    for ending in ("json", "plan"):
        (store.folder / f"{kept.key.name}.{ending}").rename(store.folder / f"{other}.{ending}")
    assert store.all() == (Spoilt(other, f"{other}.json is of another engine"),)
    with pytest.raises(Unusable, match="another engine"):
        store.find(key("int8"))


def test_writing_is_all_or_nothing(tmp_path: Path) -> None:
    path = tmp_path / "file"
    private.write(path, b"old")
    path.unlink()
    path.mkdir()  # what is to be replaced cannot be
    with pytest.raises(NoEngine, match="cannot be written"):
        private.write(path, b"new")
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


def test_clearing_leaves_nothing(store: Store) -> None:
    store.keep(key(), PLAN, 1.0, "")
    store.refuse(key("int8"), "no", 1.0)
    store.timing.write_bytes(b"times")
    (store.folder / "first-fp32-dead.plan").write_bytes(b"left by a power cut")
    assert store.clear() == 3
    assert list(store.folder.iterdir()) == []
