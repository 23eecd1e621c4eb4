"""What the shipped model was trained on is written down, and only that."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from models import seen, splits
from tests.house.tree import ROOT

SHIPPED = ROOT / "models/zoo/first"
HELD = splits.LISTS["first"]
SHIPS_WITHOUT = splits.LISTS["rooms"]


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[: seen.DIGITS]


def test_the_shipped_list_is_digests_in_order_and_no_names() -> None:
    first, *lines = (SHIPPED / seen.FILE).read_text("utf-8").splitlines()
    assert first.startswith("# ")
    assert all(re.fullmatch(r"[0-9a-f]{16}", line) for line in lines)
    assert lines == sorted(set(lines))
    assert seen.read(SHIPPED) == frozenset(lines)
    assert len(lines) > 1000


def test_a_model_without_a_list_was_trained_on_nothing_known(tmp_path: Path) -> None:
    assert seen.read(tmp_path) == frozenset()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Data as `train` finds it, each file with a content of its own."""
    boxes = "image,clip_group,original_split,label,x,y,w,h\n"
    boxes += "5_seen.jpg,5,train,stand,.1,.1,.2,.5\n6_held.jpg,6,train,stand,.1,.1,.2,.5\n"
    names = [f"spills/blackspot_floor/images/{n}.jpg" for n in range(60)]
    names += [
        "falls/hospital_bed/images/5_seen.jpg",
        "falls/hospital_bed/images/6_held.jpg",
        "falls/hospital_bed/images/nobody_marked.jpg",
        "falls/gmdcsa24/Subject 1/Fall/1.mp4",
        "falls/gmdcsa24/Subject 2/Fall/1.mp4",
        "falls/assist_iot/fall/05_held_side.mp4",
        "falls/assist_iot/fall/06_seen_side.mp4",
        "normal/intel_previews/classroom.mp4",
        "normal/intel/hall.mp4",
        "evaluation_only/other/1.mp4",
    ]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "falls/hospital_bed/boxes.csv").write_text(boxes)
    return tmp_path


def test_what_is_held_out_is_not_listed(tree: Path, tmp_path: Path) -> None:
    listed = [path.relative_to(tree).as_posix() for path in seen.of_training(tree, HELD)]
    rooms = [name for name in listed if "blackspot" in name]
    assert 30 < len(rooms) < 60
    assert sorted(set(listed) - set(rooms)) == [
        "falls/assist_iot/fall/06_seen_side.mp4",
        "falls/gmdcsa24/Subject 2/Fall/1.mp4",
        "falls/hospital_bed/images/5_seen.jpg",
        "normal/intel/hall.mp4",
    ]
    digests = map(seen.digest, seen.of_training(tree, HELD))
    assert seen.write(tmp_path, digests) == len(listed)
    assert seen.read(tmp_path) == {digest(tree / name) for name in listed}


def test_the_shipped_list_holds_who_was_in_training_and_nobody_else(data: Path) -> None:
    known = seen.read(SHIPPED)
    falls = data / "falls/gmdcsa24"
    trained = [digest(path) for path in falls.rglob("*.mp4")]
    rooms = (data / "spills/blackspot_floor").rglob("*.jpg")
    unseen = [digest(p) for p in rooms if splits.held(splits.place("rooms", p.name), SHIPS_WITHOUT)]
    assert len(unseen) > 20
    unseen += [digest(path) for path in (data / "evaluation_only").rglob("*.mp4")]
    assert trained
    assert set(trained) <= known
    assert len(unseen) > 100
    assert not known & set(unseen)


def test_it_is_what_training_takes_today(data: Path, tmp_path: Path) -> None:
    digests = map(seen.digest, seen.of_training(data, SHIPS_WITHOUT))
    assert seen.write(tmp_path, digests) == len(seen.read(tmp_path))
    assert seen.read(tmp_path) == seen.read(SHIPPED)
