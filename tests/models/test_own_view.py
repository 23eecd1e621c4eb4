"""A site's whole pictures teach the state heads, and nothing else, what lies about for good."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra `train` is not installed")

import torch

from edge.core.types import Rgb
from models import own_view, stores, weights
from models.cutout import Stood
from models.darknet import bias_of
from models.guests import DOWN, Guests
from models.labels import Labelled
from models.network import Network, Raw, StateHead
from models.own_view import Looked
from models.recipe import OwnView
from models.stores import Sample, Store

PLAN = OwnView(steps=5, batch=2, pictures=3, guests=4, rate=2e-3)


def _store(folder: Path, pictures: list[Rgb], source: str, people: tuple[Labelled, ...]) -> Store:
    writer = stores.Writer(folder, len(pictures), masks=False)
    for number, rgb in enumerate(pictures):
        name = f"hall.mp4@{number}.00"
        writer.add(Sample(source, name, rgb.shape[1], rgb.shape[0], people, bool(people)), rgb)
    writer.save()
    found = stores.load(folder)
    assert found is not None
    return found


def _hall(seed: int) -> Rgb:
    noise = np.random.default_rng(seed).integers(0, 12, (360, 640, 1), dtype=np.uint8)
    return np.repeat(noise + np.uint8(90), 3, 2)


@pytest.fixture(scope="module")
def normal(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return _store(tmp_path_factory.mktemp("normal"), [_hall(n) for n in range(4)], "normal", ())


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Store:
    rgb = _hall(9)
    rgb[180:220, 260:380] = (200, 60, 60)
    who = (Labelled(0.5, 200 / 360, 120 / 640, 40 / 360, DOWN),)
    return _store(tmp_path_factory.mktemp("rendered"), [rgb], "rendered", who)


@pytest.fixture(scope="module")
def guests(rendered: Store) -> Guests:
    [person] = rendered.samples[0].people
    stood = {"hall": [Stood(320.0, 250.0, 100.0)]}
    return Guests(stood, {DOWN: [(rendered, 0, person)]})


def _places(store: Store) -> list[tuple[Store, int]]:
    return [(store, number) for number in range(len(store.samples))]


@pytest.fixture(scope="module")
def network() -> Network:
    return weights.shipped()


@pytest.fixture(scope="module")
def lesson(network: Network, normal: Store, rendered: Store, guests: Guests) -> own_view.Lesson:
    found = own_view.lesson(network, _places(normal), _places(rendered), guests, PLAN, seed=1)
    assert found is not None
    return found


def test_what_is_looked_at_is_what_the_plan_and_the_guests_say(lesson: own_view.Lesson) -> None:
    assert (len(lesson.normal), len(lesson.labelled)) == (3, 1)
    assert 1 <= len(lesson.guests) <= 4
    assert all(len(one.truth.people) for one in lesson.guests)
    assert not any(len(one.truth.people) for one in lesson.normal)
    assert bool(lesson.labelled[0].truth.sure.all())


def test_no_more_labelled_pictures_are_looked_at_than_with_guests(
    network: Network, normal: Store, rendered: Store, guests: Guests
) -> None:
    many = _places(rendered) * 9
    found = own_view.lesson(network, _places(normal), many, guests, PLAN, seed=1)
    assert found is not None
    assert len(found.labelled) == PLAN.guests


def test_what_is_remembered_says_what_the_network_says(network: Network, normal: Store) -> None:
    rgb = normal.pictures[0]
    with torch.no_grad():
        looked = own_view.look(network, rgb, own_view._truth((), normal, 0))
        raw = network.raw(torch.from_numpy(rgb.copy()).permute(2, 0, 1)[None].float())
    states = looked.before[:, :4]
    score = looked.there + looked.before[:, 4]
    assert torch.equal(raw.boxes[0], looked.boxes)
    assert torch.equal(raw.states[0], states)
    assert torch.equal(raw.score[0], score)


def test_without_a_place_for_guests_nothing_is_taught(
    network: Network, normal: Store, rendered: Store
) -> None:
    nobody = Guests({}, {})
    found = own_view.lesson(network, _places(normal), _places(rendered), nobody, PLAN, seed=1)
    assert found is None


def _surest(network: Network, looked: Looked) -> float:
    """How surely anybody is down in one remembered picture."""
    with torch.no_grad():
        now, _ = own_view._raws(network, [looked])
    return float((torch.sigmoid(now.score) * _down(now)).max())


def _down(raw: Raw) -> torch.Tensor:
    return torch.softmax(raw.states, 2)[..., DOWN]


def test_what_alarms_in_normal_pictures_is_unlearnt_by_the_state_heads_alone(
    lesson: own_view.Lesson,
) -> None:
    network = weights.shipped()
    before = {name: one.clone() for name, one in network.state_dict().items()}
    log = own_view.learn(network, lesson, PLAN, 1)
    assert len(log) == PLAN.steps
    changed = {n for n, one in network.state_dict().items() if not torch.equal(one, before[n])}
    assert changed
    assert all(name.startswith("state.") for name in changed)
    assert all(one.requires_grad for one in network.parameters())


def test_a_mat_that_is_taken_for_somebody_falls_silent_and_who_lies_does_not(
    lesson: own_view.Lesson, normal: Store
) -> None:
    network = weights.shipped()
    with torch.no_grad():  # a network that calls every floor somebody who lies
        for head in network.state:
            assert isinstance(head, StateHead)
            bias = bias_of(head.out)
            bias[DOWN] += 4.0
            bias[4] += 4.0
    wrong = [
        own_view.look(network, normal.pictures[number], lesson.normal[0].truth)
        for number in range(3)
    ]
    taught = own_view.Lesson(wrong, lesson.guests, lesson.labelled)
    was = max(_surest(network, one) for one in wrong)
    plan = PLAN.model_copy(update={"steps": 24, "rate": 5e-3, "wrong_weight": 100.0})
    own_view.learn(network, taught, plan, 1)
    assert was > 0.3
    assert max(_surest(network, one) for one in wrong) < 0.5 * was
    assert max(_surest(network, one) for one in lesson.guests) > max(
        _surest(network, one) for one in wrong
    )


def test_the_same_seed_teaches_the_same(lesson: own_view.Lesson) -> None:
    first, second = weights.shipped(), weights.shipped()
    logs = [own_view.learn(one, lesson, PLAN, 3) for one in (first, second)]
    assert logs[0] == logs[1]
    pairs = zip(first.parameters(), second.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)
