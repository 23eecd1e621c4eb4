"""A hall with bare walls: what hides a part of it, and what merely lights it."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.core.types import Rgb
from edge.fit import State
from models.faults.cover import cloth, held_near
from tests.edge.fit.rooms import HEIGHT, WIDTH, filmed, watch

HALF = WIDTH // 2


@cache
def hall() -> NDArray[np.float32]:
    """Shelves on the left; on the right a wall with nothing but a picture frame."""
    view = np.full((HEIGHT, WIDTH, 3), 150, np.float32)
    rng = np.random.default_rng(3)
    for _ in range(40):
        x, y = int(rng.integers(0, HALF - 40)), int(rng.integers(5, HEIGHT - 30))
        colour = tuple(float(v) for v in rng.uniform(20, 235, 3))
        cv2.rectangle(view, (x, y), (x + 25, y + 18), colour, -1)
    cv2.rectangle(view, (250, 60), (295, 110), (60.0, 60.0, 60.0), 3)
    return view


def seen(second: int) -> Rgb:
    return filmed(hall(), second)


@cache
def known() -> State:
    return watch(seen(second) for second in range(70))[0]


def test_little_of_what_can_be_known_is_on_the_wall() -> None:
    structured = known().baseline.looks[0].structured
    columns = structured.shape[1]
    assert structured[:, columns // 2 :].sum() < 0.25 * structured.sum()


def last(pictures: list[Rgb]) -> str:
    return watch(pictures, known(), from_s=70)[1][-1].reason


def sheet(at: int) -> Rgb:
    """A printed sheet over the wall, edges of its own and all."""
    page = held_near(seen(at), float(at), 1.0, 5)
    return np.concatenate([seen(at)[:, :HALF], page[:, HALF:]], axis=1)


def test_a_sheet_over_the_wall_and_the_frame_on_it() -> None:
    assert last([sheet(at) for at in range(60)]) == "blocked"


def grey_card(at: int) -> Rgb:
    view = hall().copy()
    view[:, HALF:] = 60
    return filmed(view, at)


def test_a_card_without_any_edges_over_the_wall_and_the_frame_on_it() -> None:
    assert last([grey_card(at) for at in range(60)]) == "blocked"


def test_sunlight_on_the_wall_leaves_the_frame_where_it_is() -> None:
    lit = hall().copy()
    lit[20:160, HALF + 5 :] += 70
    assert last([filmed(lit, at) for at in range(90)]) == "ok"


def test_a_shadow_on_the_wall_leaves_the_frame_where_it_is() -> None:
    dim = hall().copy()
    dim[20:160, HALF + 5 :] *= 0.55
    assert last([filmed(dim, at) for at in range(90)]) == "ok"


def test_the_wall_is_painted_while_the_frame_hangs() -> None:
    painted = hall().copy()
    wall = painted[:, HALF:] == 150
    painted[:, HALF:][wall] = 215
    assert last([filmed(painted, at) for at in range(90)]) == "ok"


def test_folds_of_a_cloth_lie_along_some_edges_of_the_view_by_chance() -> None:
    upright = np.full((HEIGHT, WIDTH, 3), 170, np.float32)
    for x in range(8, WIDTH, 26):
        upright[:, x : x + 9] = 80

    def covered(at: int) -> Rgb:
        return cloth(filmed(upright, at), float(at), 1.0, 11)

    state = watch(filmed(upright, at) for at in range(70))[0]
    said = watch([covered(at) for at in range(60)], state, from_s=70)[1]
    assert said[-1].reason in ("blocked", "dark")
