"""What the shipped model was trained on is written down, and only that."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from models import seen
from tests.house.tree import ROOT

SHIPPED = ROOT / "models/zoo/first"


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


def test_the_shipped_list_holds_who_was_in_training_and_nobody_else(data: Path) -> None:
    known = seen.read(SHIPPED)
    falls = data / "falls/gmdcsa24"
    trained = [digest(path) for path in (falls / "Subject 2").rglob("*.mp4")]
    unseen = [digest(path) for path in (falls / "Subject 1").rglob("*.mp4")]
    unseen += [digest(path) for path in (data / "evaluation_only").rglob("*.mp4")]
    assert trained
    assert set(trained) <= known
    assert len(unseen) > 100
    assert not known & set(unseen)


def test_it_is_what_training_takes_today(data: Path, tmp_path: Path) -> None:
    assert seen.write(data, tmp_path) == len(seen.read(tmp_path))
    assert seen.read(tmp_path) == seen.read(SHIPPED)
