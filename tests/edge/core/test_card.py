"""The model card: what it lets through, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from edge.core.card import Card
from edge.zoo import find, shipped
from tests.support.site import pattern_model


def fields(folder: Path) -> dict[str, Any]:
    return dict(json.loads((pattern_model(folder) / "card.json").read_text()))


@pytest.mark.parametrize("name", shipped())
def test_the_models_that_ship_have_cards_that_tell_all(name: str) -> None:
    card = find(name, None).card
    assert card.name == name
    assert card.origins
    assert all(origin.licence and origin.attribution and origin.use for origin in card.origins)
    assert all(threshold.source for threshold in card.thresholds.values())


def test_a_card_comes_back_as_it_was_written(tmp_path: Path) -> None:
    card = Card.model_validate_json(json.dumps(fields(tmp_path)))
    assert Card.model_validate_json(card.model_dump_json()) == card


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("card_version", "2", "Input should be 2"),
        ("card_version", True, "Input should be 2"),
        ("card_version", 3, "this floorwatch reads 2; update floorwatch"),
        ("name", "Übermodell", "pattern"),
        ("sha256", "abc", "pattern"),
        ("input.width", 630, "multiple of 32"),
        ("input.height", 32, "greater than or equal to 64"),
        ("input.pad", 256, "less than or equal to 255"),
        ("input.mean", [0, 0, 0], "Extra inputs"),
        ("people.states", ["upright", "sleeping", "down"], "'upright', 'low', 'down' or 'bed'"),
        ("people.states", ["upright", "low"], "`down` among them"),
        ("people.states", ["down", "down"], "stands there once"),
        ("people.score_floor", 0.0, "greater than 0"),
        ("people.overlap_max", 1.0, "less than 1"),
        ("spill.stride", 0, "greater than or equal to 1"),
        ("features", {"name": "spill", "channels": 4, "stride": 64}, "needs its own name"),
        ("features", {"name": "features", "channels": 0, "stride": 64}, "greater than or equal"),
        ("features", {"name": "features", "channels": 4, "stride": 257}, "less than or equal"),
        ("thresholds", {}, "no threshold of collapse, spill"),
        ("thresholds.spill.value", 1, "less than 1"),
        ("thresholds.spill.value", "0.5", "valid number"),
        ("thresholds.flood", {"value": 0.5, "source": "x"}, "'collapse' or 'spill'"),
        ("origins", None, "valid array"),
    ],
)
def test_what_is_wrong_is_refused_and_named(
    tmp_path: Path, path: str, value: object, words: str
) -> None:
    card = fields(tmp_path)
    *way, last = path.split(".")
    here = card
    for step in way:
        here = here[step]
    here[last] = value
    with pytest.raises(ValidationError) as raised:
        Card.model_validate_json(json.dumps(card))
    first = raised.value.errors()[0]
    assert words in first["msg"]
    said_of = ".".join(str(step) for step in first["loc"])
    assert said_of.startswith(way[0] if way else last) or not said_of


def test_what_the_network_gives_and_how_large_its_features_are(tmp_path: Path) -> None:
    plain = fields(tmp_path)
    card = Card.model_validate_json(json.dumps(plain))
    assert (card.outputs, card.places) == (("people", "spill"), None)
    features = {"name": "seen", "channels": 7, "stride": 100}
    card = Card.model_validate_json(json.dumps(plain | {"features": features}))
    assert (card.outputs, card.places) == (("people", "spill", "seen"), (7, 3, 6))


def test_every_part_is_needed(tmp_path: Path) -> None:
    card = fields(tmp_path)
    for name in card:
        rest = {key: value for key, value in card.items() if key != name}
        with pytest.raises(ValidationError, match=name):
            Card.model_validate_json(json.dumps(rest))
