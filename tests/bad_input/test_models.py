"""Models that cannot be used, through the command. What is wrong with a card, field by field, and
with a network that does not fit it, is tried in `test_card`, `test_zoo` and `test_onnx`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.bad_input.saying import complaint, findings, good_clip, site
from tests.edge.test_onnx import FLOAT, model, network
from tests.support.site import pattern_model


def changed_card(folder: Path, **changes: Any) -> dict[str, Any]:
    path = pattern_model(folder / "other") / "card.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    return {"path": str(path.parent)}


def broken_card(folder: Path) -> dict[str, Any]:
    (pattern_model(folder / "other") / "card.json").write_text("{")
    return {"path": str(folder / "other")}


def unfit(folder: Path, **different: Any) -> dict[str, Any]:
    model(folder / "unfit", network(**different))
    return {"path": str(folder / "unfit"), "backend": "onnx"}


MODELS: dict[str, tuple[Callable[[Path], dict[str, Any]], str]] = {
    "no such name": (lambda _: {"name": "second"}, "does not ship"),
    "no card": (lambda folder: {"path": str(folder)}, "card.json cannot be read"),
    "card not JSON": (broken_card, "card.json: the file: Invalid JSON"),
    "another file": (
        lambda folder: changed_card(folder, sha256="0" * 64),
        "take all files from the same export",
    ),
    "newer card": (lambda folder: changed_card(folder, card_version=3), "update floorwatch"),
    "card of a network that takes floats": (
        lambda folder: changed_card(folder, card_version=1),
        "write the model again: `floorwatch export CHECKPOINT --to FOLDER`",
    ),
    "no network": (
        lambda folder: {"path": str(pattern_model(folder / "m")), "backend": "onnx"},
        "ONNX Runtime says",
    ),
    "another input": (lambda folder: unfit(folder, side=96), "96"),
    "floats": (lambda folder: unfit(folder, kind=FLOAT), "expected: (tensor(float))"),
    "another output": (lambda folder: unfit(folder, columns=6), "its card says 2×A×9"),
}


@pytest.mark.parametrize("what", MODELS)
def test_a_model_that_cannot_be_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    given, words = MODELS[what]
    path = site(tmp_path, model=given(tmp_path))
    assert words in complaint(capsys, ["run", path])
    replay = ["replay", good_clip(tmp_path), "--config", path, "--out", str(tmp_path / "out")]
    assert words in complaint(capsys, replay)
    assert words in findings(capsys, Path(path))["model"]
