"""Files for close-ups that are not what their card says: found at once, in one line."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from edge.backends.close_ups import OnnxCloser
from edge.errors import BadModel
from edge.zoo import Model, find
from tests.edge.test_onnx import network


def copied(folder: Path, data: bytes | None = None, **changes: Any) -> Model:
    """The shipped model, with another file for close-ups, or other words about it."""
    shutil.copytree(find("first", None).path.parent, folder)
    card = json.loads((folder / "card.json").read_text())
    if data is not None:
        (folder / card["close_ups"]["file"]).write_bytes(data)
        card["close_ups"]["sha256"] = hashlib.sha256(data).hexdigest()
    card["close_ups"] |= changes
    (folder / "card.json").write_text(json.dumps(card))
    return find(None, folder)


def words_of(model: Model) -> str:
    assert model.card.close_ups is not None
    with pytest.raises(BadModel) as raised:
        OnnxCloser(model, model.card.close_ups)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_what_is_no_network_or_another_one(tmp_path: Path) -> None:
    assert "close_ups.onnx: ONNX Runtime says" in words_of(copied(tmp_path / "a", b"no network"))
    assert "ONNX Runtime says" in words_of(copied(tmp_path / "b", network()))
    assert "ONNX Runtime says" in words_of(copied(tmp_path / "c", output="people"))


def test_one_whose_probabilities_are_not_what_the_card_says(tmp_path: Path) -> None:
    """It gives the spill map of a picture where the card promises states."""
    odd = copied(tmp_path / "a", network(), input="images", output="spill", side=64)
    assert "that sum to 1; take all files from the same export" in words_of(odd)


def test_a_file_that_its_card_does_not_vouch_for(tmp_path: Path) -> None:
    with pytest.raises(BadModel, match=r"sha256 of close_ups\.onnx is .* its card says 0000"):
        copied(tmp_path / "a", sha256="0" * 64)
    with pytest.raises(BadModel, match=r"none\.onnx cannot be read"):
        copied(tmp_path / "b", file="none.onnx")
