"""The model that ships: its file, its card, its limits, and that it sees what it is for."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from pathlib import Path

import onnx
import pytest

import models.graph
from alerts.event import Event
from alerts.main import main
from edge.core.card import Card

FOLDER = Path(str(files("models"))) / "zoo" / "first"


@pytest.fixture(scope="module")
def card() -> Card:
    return Card.model_validate_json((FOLDER / "card.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def graph(card: Card) -> onnx.GraphProto:
    return onnx.load(str(FOLDER / card.file)).graph


def test_the_card_vouches_for_this_file(card: Card) -> None:
    digest = hashlib.sha256((FOLDER / card.file).read_bytes()).hexdigest()
    assert digest == card.sha256


def test_the_file_is_sound_and_small(card: Card) -> None:
    model = onnx.load(str(FOLDER / card.file))
    onnx.checker.check_model(model, full_check=True)
    assert [o.version for o in model.opset_import if o.domain == ""] == [17]
    assert (FOLDER / card.file).stat().st_size < 8_000_000


def test_inputs_and_outputs_are_the_cards(card: Card, graph: onnx.GraphProto) -> None:
    def shape(value: onnx.ValueInfoProto) -> list[int]:
        return [d.dim_value for d in value.type.tensor_type.shape.dim]

    height, width = card.input.height, card.input.width
    assert [i.name for i in graph.input] == [card.input.name]
    assert shape(graph.input[0])[1:] == [height, width, 3]
    assert graph.input[0].type.tensor_type.elem_type == onnx.TensorProto.UINT8
    outputs = {o.name: shape(o) for o in graph.output}
    assert set(outputs) == set(card.outputs)
    assert outputs[card.spill.name][1:] == [height // 8, width // 8]
    assert card.features is not None
    assert card.places == (32, height // 64, width // 64)
    assert tuple(outputs[card.features.name][1:]) == card.places


def test_it_uses_only_what_tensorrt_builds_plainly(graph: onnx.GraphProto) -> None:
    assert {node.op_type for node in graph.node} <= models.graph.OPS_ALLOWED


def test_it_costs_what_an_edge_device_has(card: Card) -> None:
    spent = models.graph.cost(FOLDER / card.file)
    assert spent.parameters <= 2_000_000
    assert spent.multiply_adds <= 1_000_000_000


def test_every_origin_names_its_licence_and_none_is_for_measuring_only(card: Card) -> None:
    words = (FOLDER / "CARD.md").read_text(encoding="utf-8")
    for origin in card.origins:
        assert origin.name in words
        assert origin.licence in words
        assert origin.name not in ("UP-Fall", "spillage_nashit", "cctv_normal")


def test_a_fall_no_training_saw_alarms_and_daily_life_does_not(data: Path, tmp_path: Path) -> None:
    falls = data / "falls/gmdcsa24/Subject 1"
    clips = [str(falls / "Fall/15.mp4"), str(falls / "ADL/16.mp4")]
    assert main(["replay", *clips, "--hold-last-s", "15", "--out", str(tmp_path)]) == 0
    lines = (tmp_path / "events.jsonl").read_text(encoding="utf-8").splitlines()
    opened = [one for one in map(Event.from_json, lines) if one.phase == "opened"]
    assert [(one.camera, one.label) for one in opened] == [("15", "collapse")]
