"""Each way in which a model can be wrong comes out as one line that says so."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from edge.errors import BadModel
from edge.zoo import find, shipped
from tests.support.site import pattern_model


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return pattern_model(tmp_path / "model")


def with_card(folder: Path, **changes: Any) -> None:
    card = json.loads((folder / "card.json").read_text()) | changes
    (folder / "card.json").write_text(json.dumps(card))


def words_of(folder: Path) -> str:
    with pytest.raises(BadModel) as raised:
        find(None, folder)
    words = str(raised.value)
    assert "\n" not in words
    assert str(folder) in words
    return words


def test_what_fits_is_found(folder: Path) -> None:
    model = find(None, folder)
    assert model.path == folder / "model.onnx"
    assert hashlib.sha256(model.path.read_bytes()).hexdigest() == model.card.sha256


def test_a_name_that_does_not_ship_names_those_that_do() -> None:
    assert "first" in shipped()
    with pytest.raises(BadModel, match=r"model 'second' does not ship; there is: .*first"):
        find("second", None)


def test_a_folder_that_is_not_there_or_has_no_card(tmp_path: Path, folder: Path) -> None:
    assert "card.json cannot be read" in words_of(tmp_path / "none")
    (folder / "card.json").unlink()
    assert "belongs beside model.onnx" in words_of(folder)


@pytest.mark.parametrize("text", [b"", b"{", b"\xff\xfe", b"[]", b"null", b'"card"', b"[" * 5000])
def test_a_card_that_is_none(folder: Path, text: bytes) -> None:
    (folder / "card.json").write_bytes(text)
    assert "card.json" in words_of(folder)


def test_a_card_that_is_wrong_is_told_by_its_field(folder: Path) -> None:
    with_card(folder, people={"name": "people", "states": ["upright"]})
    assert "card.json: people.states" in words_of(folder)
    with_card(folder, people={"name": "people", "states": ["down"]}, thresholds={})
    assert "card.json: thresholds: " in words_of(folder)


def test_the_file_of_the_card_is_missing_or_none(folder: Path) -> None:
    (folder / "model.onnx").unlink()
    assert "model.onnx cannot be read" in words_of(folder)
    (folder / "model.onnx").mkdir()
    assert "model.onnx cannot be read" in words_of(folder)


def test_another_file_than_the_card_vouches_for(folder: Path) -> None:
    (folder / "model.onnx").write_bytes(b"of another export")
    words = words_of(folder)
    assert "take all files from the same export" in words
    assert hashlib.sha256(b"of another export").hexdigest()[:12] in words
