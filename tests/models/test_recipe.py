"""A recipe says everything a run depends on, and mistakes in it are told by line and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from alerts.errors import BadConfig
from models.recipe import differences, dump, load
from models.recipes import find, names
from models.splits import LISTS

GOOD = """\
version: 1
steps: 10
rates: { heads: 2e-3, trunk: 3e-4 }
shares: { rooms: 1 }
"""


def _file(folder: Path, text: str) -> Path:
    file = folder / "recipe.yaml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize("name", names())
def test_every_recipe_that_ships_can_be_read_and_written_again(name: str, tmp_path: Path) -> None:
    recipe = load(find(name))
    again = load(_file(tmp_path, dump(recipe)))
    assert again == recipe
    assert not differences(again, recipe)


def test_the_shipped_recipes_hold_out_what_their_names_say() -> None:
    assert load(find("shipped")).held_out == LISTS["rooms"]
    fold = load(find("unseen"))
    assert {"gmdcsa24", "assist_iot"} <= set(fold.held_out)
    assert set(LISTS["third_room"]) <= set(fold.held_out)
    assert not {"gmdcsa24", "assist_iot"} & set(fold.shares)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("steps: 10", "stepps: 10"), "recipe.yaml:2: stepps: unknown key; did you mean steps?"),
        (("steps: 10", "steps: 0"), "recipe.yaml:2: steps: found the number 0; allowed"),
        (("heads: 2e-3", "heads: 2"), "recipe.yaml:3: rates.heads: found the number 2; allowed"),
        (("rooms: 1", "rooms: -1"), "recipe.yaml:4: shares.rooms: found the number -1; allowed"),
        (("rooms: 1 }", "rooms: 1 }\nside_px: 100"), "give a multiple of 32, such as 320"),
        (("rooms: 1 }", "rooms: 1 }\nhold_out: [ward]"), "'ward' is no list and no place"),
        (("rooms: 1 }", "rooms: 1 }\nquiet: 4"), "recipe.yaml:5: quiet: what coco's weights"),
        (("steps: 10", "learns_from: site\nsteps: 10"), "init: what a site adds to must know the"),
        (("version: 1", "version: 2"), "recipe.yaml:1: version: found the number 2; allowed: 1"),
        (("shares: { rooms: 1 }", "shares: {"), "recipe.yaml:5: this is not YAML; check quotes"),
    ],
)
def test_a_mistake_is_told_by_line_and_key(
    change: tuple[str, str], said: str, tmp_path: Path
) -> None:
    with pytest.raises(BadConfig) as raised:
        load(_file(tmp_path, GOOD.replace(*change)))
    assert said in str(raised.value)


def test_what_the_command_line_says_stands_in_no_line(tmp_path: Path) -> None:
    file = _file(tmp_path, GOOD)
    assert load(file, init="shipped").init == "shipped"
    with pytest.raises(BadConfig, match=r"recipe.yaml: init: found the text \"\""):
        load(file, init="")


def test_recipes_differ_key_by_key(tmp_path: Path) -> None:
    one = load(_file(tmp_path, GOOD))
    other = load(_file(tmp_path, GOOD.replace("2e-3", "1e-3") + "hold_out: [wards, gmdcsa24/]\n"))
    assert differences(one, other) == [
        ("rates.heads", "0.002", "0.001"),
        ("hold_out", "", "wards, gmdcsa24/"),
    ]


def test_a_recipe_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="there is no such file; `floorwatch train --help` tells"):
        load(tmp_path / "none.yaml")
