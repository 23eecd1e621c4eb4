"""Views that are hard to learn: noise, little contrast, somebody near, hard compression."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator

import av
import cv2
import numpy as np

from edge.core.types import Rgb
from edge.fit import State
from edge.fit.measures import measure
from edge.fit.shift import turned
from models.faults.aim import turned as draw_turned
from models.faults.stream import ghosts, torn
from tests.edge.fit.rooms import HEIGHT, WIDTH, filmed, furnished, room, watch


def grainy(seconds: Iterable[int]) -> Iterator[Rgb]:
    """A view of little contrast with more noise than edges."""
    for second in seconds:
        rng = np.random.default_rng(second)
        view = furnished() * 0.12 + 90 + rng.normal(0, 9, (HEIGHT, WIDTH, 1))
        yield np.clip(view, 0, 255).astype(np.uint8)


def test_a_view_with_more_noise_than_edges_is_learnt_and_its_turning_said() -> None:
    well = (draw_turned(rgb, 0.0, 0.0, 1) for rgb in grainy(range(60)))
    state, _ = watch(well)
    assert len(state.baseline.looks) == 1
    hurt = (draw_turned(rgb, 0.0, 0.6, 1) for rgb in grainy(range(60, 120)))
    assert watch(hurt, state, from_s=60)[1][-1].reason == "moved"


def dotted(seconds: Iterable[int], share: float) -> Iterator[Rgb]:
    """A stream in which so much changes from picture to picture, here and there."""
    grain = np.random.default_rng(0).integers(0, 6, (HEIGHT, WIDTH, 1))
    view = (furnished() * 0.9 + grain).astype(np.uint8)
    for second in seconds:
        dots = np.random.default_rng(second).random((HEIGHT, WIDTH, 1)) < share
        yield view + dots.astype(np.uint8)


def test_a_stream_with_little_noise_is_not_frozen() -> None:
    state, said = watch(dotted(range(120), 0.05))
    assert {one.reason for one in said} == {"ok"}
    assert sum(state.baseline.looks[0].hours) > 60, "else it was not learnt"


def test_a_stream_that_falls_quiet_is_not_frozen() -> None:
    state, _ = watch(dotted(range(70), 0.5))
    said = watch(dotted(range(70, 130), 0.05), state, from_s=70)[1]
    assert {one.reason for one in said} == {"ok"}


def squeezed(seconds: int) -> Iterator[Rgb]:
    """Somebody near who sways, in a stream of very few bits."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as out:
        stream = out.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = WIDTH // 2, HEIGHT // 2, "yuv420p"
        stream.options = {"crf": "40", "g": "20", "preset": "veryfast"}
        for second in range(20):
            view = furnished().copy()
            x = int(150 + 60 * np.sin(second / 3))
            cv2.ellipse(view, (x, 150), (60, 130), 0, 0, 360, (60.0, 70.0, 90.0), -1)
            cv2.circle(view, (x, 40), 32, (200.0, 160.0, 140.0), -1)
            small = cv2.resize(view, (WIDTH // 2, HEIGHT // 2), interpolation=cv2.INTER_AREA)
            picture = av.VideoFrame.from_ndarray(small.astype(np.uint8), format="rgb24")
            out.mux(stream.encode(picture))
        out.mux(stream.encode(None))
    file.seek(0)
    with av.open(file) as clip:
        pictures = [frame.to_ndarray(format="rgb24") for frame in clip.decode(video=0)]
    there_and_back = [*pictures, *pictures[-2:0:-1]]
    for second in range(seconds):
        rgb = there_and_back[second * 5 % len(there_and_back)]
        yield np.asarray(cv2.resize(rgb, (WIDTH, HEIGHT)), np.uint8)


def test_hard_compression_is_no_damage() -> None:
    _, said = watch(squeezed(110), State())
    assert {one.reason for one in said} == {"ok"}


def hardly_lit(second: int) -> Rgb:
    """The room by one lamp less; of a floor so dark an encoder keeps nothing."""
    rgb: Rgb = room(second, light=0.33).copy()
    rgb[150:, :160] = 34
    return rgb


def test_a_floor_without_noise_is_no_damage_where_hardly_any_light_is() -> None:
    state, _ = watch(room(at) for at in range(70))
    said = watch(map(hardly_lit, range(70, 160)), state, from_s=70)[1]
    assert {one.reason for one in said} == {"ok"}


def test_how_damaged_a_stream_looks_is_learnt_with_the_first_pictures_only() -> None:
    state, _ = watch(room(at) for at in range(58))
    usual = state.baseline.looks[0].usual
    state, said = watch((torn(room(at), at, 0.4, 1) for at in range(58, 98)), state, from_s=58)
    assert said[-1].reason == "damaged"
    assert state.baseline.looks[0].usual == usual


def passed(second: int) -> Rgb:
    """A room in which somebody comes right before the lens now and then."""
    if second % 10:
        return room(second)
    view, x = furnished().copy(), 20 + 40 * (second % 6)
    view[20:, x : x + 90] = (60.0, 70.0, 90.0)
    view[60:64, x : x + 90] = view[100:104, x : x + 90] = 20
    return filmed(view, second)


def test_blocks_out_of_place_are_told_where_the_first_minute_had_pictures_as_odd() -> None:
    state, said = watch(passed(at) for at in range(75))
    said += watch((passed(at) for at in range(75, 150)), state, from_s=75)[1]
    assert {one.reason for one in said} == {"ok"}
    for seed in (1, 2):
        hurt = (ghosts(passed(at), at, 0.4, seed) for at in range(75, 135))
        assert watch(hurt, state, from_s=75)[1][-1].reason == "damaged"


def chequered(second: int) -> Rgb:
    """The room by other light, which falls through a grid."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    lit = ((x // 20 + y // 20) % 2)[..., None] * 30.0
    return filmed((furnished() * 0.35 + lit).astype(np.float32), second)


def test_the_signs_of_a_second_look_are_its_own() -> None:
    state, said = watch([*(room(at) for at in range(70)), *(chequered(at) for at in range(120))])
    assert {one.reason for one in said} == {"ok"}
    assert len(state.baseline.looks) == 2
    alone = watch(chequered(at) for at in range(70))[0].baseline.looks[0]
    assert state.baseline.looks[1].usual_lately.grid < alone.usual_lately.grid + 0.05


def test_by_how_much_a_view_was_turned() -> None:
    usual = measure(draw_turned(room(0), 0.0, 0.0, 2)).edges
    for strength, degrees in ((0.4, 8), (0.8, 16)):
        angles = []
        for seed in (1, 2):  # one way, and the other
            by, best = turned(measure(draw_turned(room(1), 0.0, strength, seed)).edges, usual)
            assert best.likeness > 1.5 * best.at_rest
            angles.append(by)
        assert sorted(angles) == [-degrees, degrees]
    _, unturned = turned(measure(draw_turned(room(1), 0.0, 0.0, 2)).edges, usual)
    assert unturned.likeness < 0.8 * unturned.at_rest
