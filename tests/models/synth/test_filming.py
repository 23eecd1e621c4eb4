"""Training pictures: several cameras a scene, the telling moments in, states on mats as defined."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from tests.models.synth import needs

needs.renderer()

from models import rendered, stores  # noqa: E402 - imports MuJoCo
from models.labels import STATES, UNKNOWN  # noqa: E402 - imports MuJoCo
from models.synth import clutter, scene, script, vantage  # noqa: E402 - imports MuJoCo
from models.synth.actor import RATE_HZ, Actor  # noqa: E402 - imports MuJoCo
from models.synth.figure import draw_build  # noqa: E402 - imports MuJoCo
from models.synth.filming import EYES, Picture, film  # noqa: E402 - imports MuJoCo
from models.synth.furniture import Bed  # noqa: E402 - imports MuJoCo
from models.synth.plane import Eye  # noqa: E402 - imports MuJoCo
from models.synth.room import draw_room  # noqa: E402 - imports MuJoCo
from models.synth.seeds import DEMO_SEEDS, SeedReserved, rng_of, training_seed  # noqa: E402 - imports MuJoCo

LYING = 2  # the number of an episode in which somebody lies


@pytest.fixture(scope="module")
def pictures() -> list[Picture]:
    return list(film(training_seed(LYING), "lie_still"))


def test_every_camera_films_from_its_own_place(pictures: list[Picture]) -> None:
    feet = {p.camera: p.frame.plane.foot for p in pictures}
    assert sorted(feet) == list(range(EYES))
    assert len(set(feet.values())) == EYES
    assert len({p.look for p in pictures}) == EYES


def test_boxes_hold_people_large_enough(pictures: list[Picture]) -> None:
    sizes = [
        (person.box.w * 640, person.box.h * 360) for p in pictures for person in p.frame.people
    ]
    assert sizes
    assert all(max(size) >= 16 and min(size) >= 6 for size in sizes)


def test_same_seed_same_picture(pictures: list[Picture]) -> None:
    again = next(film(training_seed(LYING), "lie_still"))
    assert (again.frame.rgb == pictures[0].frame.rgb).all()
    assert again.frame.people == pictures[0].frame.people


def test_demo_seeds_are_refused() -> None:
    with pytest.raises(SeedReserved):
        next(film(DEMO_SEEDS[0], "fall"))


def test_empty_rooms_have_nobody(tmp_path: Path) -> None:
    number = rendered.KINDS.index("empty")
    rendered.render(tmp_path / "rendered", 1, number)
    store = stores.load(tmp_path / "rendered")
    assert store is not None
    assert len(store.samples) == rendered.PICTURES_MAX
    assert all(sample.empty and not sample.people for sample in store.samples)
    assert len({sample.place for sample in store.samples}) == 1


def test_kinds_come_in_turn(tmp_path: Path) -> None:
    rendered.render(tmp_path / "rendered", 1, 3, ("walk", "empty"))
    store = stores.load(tmp_path / "rendered")
    assert store is not None
    assert all(sample.name.startswith("empty") for sample in store.samples)


def test_states_are_told_or_unknown(pictures: list[Picture]) -> None:
    states = {person.state for p in pictures for person in p.frame.people}
    assert states <= {*STATES, None}
    assert UNKNOWN not in range(len(STATES))


def test_two_thirds_of_the_moments_are_of_somebody_down() -> None:
    drawn = scene.draw_scene(training_seed(0), "fall")
    ticks = [t for per_eye in scene.moments(drawn, EYES, rng_of(1)) for t in per_eye]
    states = [script.state_at(drawn.actors[0], tick) for tick in ticks]
    assert states.count("down") >= 2 * len(ticks) / 3


def test_on_a_mattress_on_the_floor_is_down() -> None:
    rng = np.random.default_rng(4)
    room = draw_room(rng, "hall")
    pad = Bed(*room.spot(rng, 1.2), 0.3, 2.0, 1.2, 0.25)
    actor = Actor(clutter.with_pad(room, pad, rng), draw_build(rng), rng)
    actor.raised_m = pad.height_m
    script.act(actor, "lie_still", 2.0, at=(pad.x, pad.y))
    last = len(actor.track) - 1
    assert actor.track[last][2] > pad.height_m  # physics carries the body
    assert script.state_at(actor, last) == "down"


def test_whoever_stands_on_a_mattress_is_upright() -> None:
    rng = np.random.default_rng(4)
    room = draw_room(rng, "hall")
    pad = Bed(*room.spot(rng, 1.2), 0.3, 2.0, 1.2, 0.25)
    actor = Actor(clutter.with_pad(room, pad, rng), draw_build(rng), rng)
    actor.raised_m = pad.height_m
    actor.stand_at(pad.x, pad.y, 0.0)
    actor.idle(0.1)
    assert script.state_at(actor, 0) == "upright"
    assert actor.lowest() == pytest.approx(pad.height_m, abs=1e-6)


@pytest.fixture(scope="module")
def lying() -> scene.Scene:
    return scene.draw_scene(training_seed(LYING), "lie_still")


def _eyes(lying: scene.Scene, kind: vantage.Vantage) -> list[Eye]:
    actor = lying.actors[0]
    return [vantage.eye_for(lying.room, actor, RATE_HZ, kind, rng_of(n)) for n in range(5)]


def test_cameras_are_where_their_kind_says(lying: scene.Scene) -> None:
    at = vantage.body_points(lying.actors[0], RATE_HZ).mean(0)
    for eye in _eyes(lying, "ceiling"):
        assert math.dist(eye.position[:2], at[:2]) < eye.position[2]
    for eye in _eyes(lying, "low"):
        assert eye.position[2] <= 1.6


def test_a_camera_along_the_body_foreshortens_it(lying: scene.Scene) -> None:
    points = vantage.body_points(lying.actors[0], RATE_HZ)
    axis = points[0, :2] - points[-2:, :2].mean(0)
    for eye in _eyes(lying, "along"):
        sight = points[:, :2].mean(0) - eye.position[:2]
        turn = abs(axis @ sight) / np.linalg.norm(axis) / np.linalg.norm(sight)
        assert turn > math.cos(math.radians(50))


def test_clutter_is_walked_round() -> None:
    rng = np.random.default_rng(3)
    room = draw_room(rng, "hall")
    strewn = [clutter.strewn(room, np.random.default_rng(seed)) for seed in range(8)]
    assert all(len(after.solids) >= len(room.solids) for after in strewn)
    assert any(len(after.solids) > len(room.solids) for after in strewn)
