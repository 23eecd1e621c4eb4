"""A site's own close-ups: what alarms there falls silent, and who lies there does not."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra `train` is not installed")

import torch

from edge.core.types import Box
from edge.zoo import find
from models import recipes, stores, weights
from models.closer import export, nobody, of_site, own, seen, training
from models.closer.close_ups import NOTHING, Shown
from models.closer.network import Closer
from models.closer.of_site import OfSite
from models.closer.training import DOWN
from models.guests import Guests
from models.labels import UNKNOWN, Labelled
from models.recipe import OwnView, load
from models.stores import Sample, Store
from tests.models.test_own_view import guests, normal, rendered

__all__ = ["guests", "normal", "rendered"]
BOX = Box(0.3, 0.4, 0.4, 0.2)


def bar(kind: int, colour: tuple[int, int, int], number: int) -> Shown:
    rgb = np.random.default_rng(number).integers(100, 130, (208, 208, 3)).astype(np.uint8)
    rgb[83:125, 62:146] = colour
    return Shown(rgb, BOX, kind, f"normal/hall{number % 2}")


@pytest.fixture(scope="module")
def lesson() -> own.Lesson:
    """Dark bars alarmed; bright ones are people down, and nobody is grey."""
    known = [bar(DOWN, (235, 235, 235), n) for n in range(4)]
    known += [bar(NOTHING, (115, 115, 115), n) for n in range(4)]
    return own.Lesson([bar(UNKNOWN, (10, 10, 10), n) for n in range(4)], known[:4], known)


def down(network: Closer, shown: Shown) -> float:
    with torch.no_grad():
        said = network(training.images(seen.plain(shown.rgb, shown.box, 60)[None]))
    return float(torch.softmax(said, 1)[0, DOWN])


def test_what_alarmed_sinks_against_who_lies(lesson: own.Lesson) -> None:
    network = export.of_model(find("first", None))
    assert network is not None
    bright, dark = lesson.guests[0], lesson.wrong[0]
    stem = [one.clone() for one in network.backbone.stem.parameters()]
    before = down(network, bright), down(network, dark)
    log = own.learn(network, lesson, 16, seed=1)
    assert [*log[0]] == ["close_up", "close_up_wrong"]
    assert len(log) == 16
    assert down(network, bright) / before[0] > 1.5 * down(network, dark) / before[1]
    for was, now in zip(stem, network.backbone.stem.parameters(), strict=True):
        assert torch.equal(was, now)
    assert all(one.requires_grad for one in network.parameters())


def test_the_same_seed_teaches_the_same(lesson: own.Lesson) -> None:
    learnt = []
    for _ in range(2):
        network = export.of_model(find("first", None))
        assert network is not None
        own.learn(network, lesson, 2, seed=1)
        learnt.append(network)
    for one, other in zip(learnt[0].parameters(), learnt[1].parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_lesson_is_of_what_alarms_of_guests_and_of_rendered_scenes(
    normal: Store,
    rendered: Store,
    guests: Guests,
) -> None:
    places = [(normal, number) for number in range(len(normal.samples))]
    network = weights.shipped()
    found = own.lesson(network, places, [rendered], guests, threshold=1e-6, seed=1)
    assert found is not None
    assert {one.kind for one in found.wrong} == {UNKNOWN}
    assert {one.kind for one in found.guests} == {DOWN}
    assert DOWN in {one.kind for one in found.rehearsed}
    assert f"{len(found.wrong)} of what alarms" in found.words()
    assert own.lesson(network, places, [rendered], guests, threshold=0.99, seed=1) is None
    assert own.lesson(network, places, [rendered], Guests({}, {}), threshold=1e-6, seed=1) is None


@pytest.mark.parametrize("alarm", [1e-6, 0.99])
def test_a_sites_model_gets_second_looks_of_its_own_where_something_alarms(
    alarm: float,
    tmp_path: Path,
    normal: Store,
    rendered: Store,
    guests: Guests,
) -> None:
    shipped = find("first", None)
    shutil.copytree(shipped.path.parent, tmp_path / "model")
    recipe = load(recipes.find("finetune"))
    plan = OwnView(close_up_steps=1)
    recipe = recipe.model_copy(
        update={"own_view": plan, "alarms": recipe.alarms.model_copy(update={"collapse": alarm})}
    )
    places = [(normal, number) for number in range(len(normal.samples))]
    of_site.teach(OfSite(places, [rendered], guests), recipe, tmp_path / "model")
    model = find(None, tmp_path / "model")
    assert model.card.sha256 == shipped.card.sha256
    assert (model.card.close_ups == shipped.card.close_ups) is (alarm > 0.5)


def test_the_shipped_network_is_read_back_as_it_was_written() -> None:
    model = find("first", None)
    network = export.of_model(model)
    assert network is not None
    assert model.card.close_ups is not None
    assert export.apart(network, model.path.parent / model.card.close_ups.file) < 1e-4


def test_nobody_is_cut_out_where_somebody_is_marked(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rgb = rng.integers(0, 255, (360, 640, 3)).astype(np.uint8)
    who = Labelled(0.5, 0.5, 0.5, 0.9, DOWN)
    writer = stores.Writer(tmp_path, 3, masks=False)
    writer.add(Sample("rooms", "a.jpg", 640, 360, (), empty=True), rgb)
    writer.add(Sample("gmdcsa24", "Subject 2/Fall/1.mp4@0.00", 640, 360, (who,)), rgb)
    writer.add(Sample("hospital_bed", "13_a.jpg", 640, 360, ()), rgb)
    writer.save()
    store = stores.load(tmp_path)
    assert store is not None
    found = [*nobody.found(store, weights.shipped())]
    assert {one.kind for one in found} == {NOTHING}
    assert {one.place.split("/")[0] for one in found} == {"rooms"}
    beside = [*nobody.of(store, weights.shipped(), [1])]
    assert {one.kind for one in beside} <= {NOTHING}
    assert [*nobody.found(store, weights.shipped(), (found[0].place,))] == []
