"""What a model is made from is said once, and said alike everywhere."""

from __future__ import annotations

import json

from edge.core.card import Card
from models import sources
from models.recipe import load
from models.recipes import find, names
from tests.house.tree import ROOT

SHIPPED = ROOT / "models/zoo/first/card.json"


def test_the_page_is_what_the_list_says() -> None:
    there = (ROOT / "models" / sources.PAGE).read_text("utf-8")
    assert there == sources.page(), "write it anew: python -m models.sources"


def test_the_shipped_card_names_the_sources_with_their_licences() -> None:
    known = {(one.name, one.licence) for one in sources.ALL}
    card = Card.model_validate_json(SHIPPED.read_text("utf-8"))
    assert {(origin.name, origin.licence) for origin in card.origins} <= known


def test_a_recipe_counts_on_nothing_that_has_no_source() -> None:
    known = {share for one in sources.ALL for share in one.shares}
    for recipe in (load(find(name)) for name in names()):
        if recipe.learns_from == "sources":
            assert set(recipe.shares) <= known


def test_a_card_names_what_was_learnt_from_and_nothing_else() -> None:
    card = json.loads(SHIPPED.read_text("utf-8"))
    card["origins"] = sources.origins(["rendered", "hospital_bed"])
    written = [origin["name"] for origin in card["origins"]]
    assert written == [one.name for one in (sources.YOLOX, sources.HOSPITAL_BED, sources.RENDERER)]
    Card.model_validate_json(json.dumps(card))


def test_every_licence_lets_weights_ship() -> None:
    assert {one.licence for one in sources.ALL} <= {"Apache-2.0", "MIT", "CC BY 4.0"}
    assert all(one.url.startswith("https://") and one.credit and one.use for one in sources.ALL)
