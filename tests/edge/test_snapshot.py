"""The picture of an alert: it decodes, has its size, and points at the right place."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from edge.core.types import Box, Decision, Label, Rgb, Scores
from edge.snapshot import jpeg, marked, named
from tests.edge.frames import LYING, decision
from tests.support import scenes

GREY = 128
RED, BLUE = (235, 64, 52), (36, 160, 237)
COLOURS: dict[Label, tuple[int, int, int]] = {"collapse": RED, "spill": BLUE}


def picture(width: int, height: int) -> Rgb:
    return np.full((height, width, 3), GREY, np.uint8)


def decoded(data: bytes) -> Rgb:
    bgr = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert bgr is not None
    return np.asarray(bgr[..., ::-1], np.uint8)


def drawn(
    what: Decision, size: tuple[int, int] = (640, 360), scores: Scores | None = None, text: str = ""
) -> Rgb:
    seen = Scores(0, 16 / 9, (), scenes.liquid()) if scores is None else scores
    return decoded(jpeg(picture(*size), what, seen, text))


def rows_and_columns(rgb: Rgb, colour: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """First and last row and column of a colour, the caption's band left out."""
    near = np.abs(rgb.astype(int) - colour).max(-1) < 60
    near[round(len(near) * 0.93) :] = False
    rows, columns = np.nonzero(near.any(1))[0], np.nonzero(near.any(0))[0]
    return int(rows[0]), int(rows[-1]), int(columns[0]), int(columns[-1])


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((320, 180), (320, 180)),
        ((1280, 720), (1280, 720)),
        ((2560, 1440), (1280, 720)),
        ((3000, 1000), (1280, 427)),
        ((480, 640), (480, 640)),
        ((17, 9), (17, 9)),
    ],
)
def test_it_decodes_and_is_no_wider_than_a_screen(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    rgb = drawn(decision(), size, text="2026-11-20 12:00:00Z  lab / hall  collapse opened")
    assert rgb.shape == (expected[1], expected[0], 3)


@pytest.mark.parametrize("label", ["collapse", "spill"])
@pytest.mark.parametrize("box", [LYING, Box(0.0, 0.0, 0.3, 0.5), Box(0.55, 0.4, 0.4, 0.45)])
def test_the_box_is_drawn_where_it_should_be(label: Label, box: Box) -> None:
    rgb = drawn(decision(label=label, box=box))
    top, bottom, left, right = rows_and_columns(rgb, COLOURS[label])
    assert (top, bottom) == pytest.approx((box.y * 360, (box.y + box.h) * 360), abs=4)
    assert (left, right) == pytest.approx((box.x * 640, (box.x + box.w) * 640), abs=4)
    inside = rgb[round((box.y + box.h / 2) * 360), round((box.x + box.w / 2) * 640)]
    assert np.abs(inside.astype(int) - GREY).max() < 12


def test_heat_lies_on_the_liquid_and_nowhere_else() -> None:
    puddle = Box(0.5, 0.5, 0.25, 0.25)
    seen = Scores(0, 16 / 9, (), scenes.liquid(puddle, 0.9))
    rgb = drawn(decision(label="spill", box=puddle), scores=seen)
    wet, dry = rgb[220, 400].astype(int), rgb[220, 100].astype(int)
    assert wet[2] - wet[0] > 40  # towards blue
    assert np.abs(dry - GREY).max() < 8


def test_heat_lies_on_who_is_down_and_not_on_who_stands() -> None:
    standing, lying = Box(0.1, 0.2, 0.1, 0.5), Box(0.6, 0.6, 0.3, 0.2)
    people = (scenes.upright(standing), scenes.down(lying))
    rgb = drawn(decision(box=lying), scores=Scores(0, 16 / 9, people, scenes.liquid()))
    down, up = rgb[252, 480].astype(int), rgb[162, 96].astype(int)
    assert down[0] - down[2] > 40  # towards red
    assert np.abs(up - GREY).max() < 8


def test_heat_lies_on_the_cells_that_found_somebody_where_they_are_known() -> None:
    lying, cells = Box(0.5, 0.5, 0.4, 0.4), Box(0.55, 0.55, 0.1, 0.1)
    seen = Scores(0, 16 / 9, (scenes.down(lying),), scenes.liquid(), scenes.liquid(cells, 0.3))
    rgb = drawn(decision(box=lying), scores=seen)
    hip, feet = rgb[216, 384].astype(int), rgb[290, 540].astype(int)
    assert hip[0] - hip[2] > 20  # towards red, though it is weak: full where it is strongest
    assert np.abs(feet - GREY).max() < 12


def test_a_line_runs_round_what_reaches_the_threshold() -> None:
    wet = scenes.liquid(Box(0.25, 0.25, 0.25, 0.25), 0.9) + scenes.liquid(
        Box(0.65, 0.65, 0.2, 0.2), 0.5
    )
    rgb = marked(picture(640, 360), "spill", None, Scores(0, 16 / 9, (), wet), 0.8)
    pure = (rgb == BLUE).all(-1)
    assert pure[80:190, 150:330].sum() > 300
    assert not pure[200:].any()


def test_the_band_says_what_full_tint_means() -> None:
    puddle = Box(0.1, 0.1, 0.3, 0.3)
    bars = []
    for strength in (0.9, 0.2):
        seen = Scores(0, 16 / 9, (), scenes.liquid(puddle, strength))
        rgb = drawn(decision(label="spill", box=puddle), scores=seen, text="lab / hall")
        bars.append(rgb[-12:, 420:].astype(int))
        blue = bars[-1][..., 2] - bars[-1][..., 0]
        assert blue.max() > 100  # the bar's right end
        assert (bars[-1].min(-1) > 180).any()  # letters
    assert np.abs(bars[0] - bars[1]).max() > 100, "0.90 and 0.50 are written alike"


def test_a_box_says_how_strong_what_is_in_it_is() -> None:
    lying = Box(0.6, 0.6, 0.3, 0.2)
    strong, weak = (
        marked(
            picture(640, 360),
            "collapse",
            lying,
            Scores(0, 16 / 9, (scenes.down(lying, score),), scenes.liquid()),
            0.5,
        )
        for score in (0.9, 0.6)
    )
    tags = [rgb[198:212, 384:480].astype(int) for rgb in (strong, weak)]
    assert all((one.min(-1) > 180).any() for one in tags)
    assert np.abs(tags[0] - tags[1]).max() > 100


def test_words_find_room_at_every_edge() -> None:
    for box in (Box(0, 0, 0.05, 0.05), Box(0.97, 0, 0.03, 0.1), Box(0, 0.95, 0.1, 0.05)):
        rgb = picture(160, 90)
        named(rgb, box, "upright 0.91")
        assert (rgb.min(-1) > 180).any()
    tiny = picture(9, 5)
    named(tiny, Box(0, 0, 1, 1), "upright 0.91")
    assert tiny.shape == (5, 9, 3)


def test_the_caption_is_a_dark_band_with_light_letters() -> None:
    rgb = drawn(decision(), text="lab / Saal 3 – größer  collapse opened")
    band = rgb[-10:].astype(int)
    assert np.median(band) < 60
    assert band.max() > 200
    assert np.abs(rgb[300, 600].astype(int) - GREY).max() < 8


def test_the_picture_it_was_made_from_is_untouched() -> None:
    given = picture(320, 180)
    given.flags.writeable = False
    jpeg(given, decision(), Scores(0, 16 / 9, (scenes.down(),), scenes.liquid()), "text")
    assert (given == GREY).all()


def test_without_a_box_nothing_is_drawn_but_the_heat() -> None:
    lying = Box(0.6, 0.6, 0.3, 0.2)
    seen = Scores(0, 16 / 9, (scenes.down(lying),), scenes.liquid())
    given = picture(640, 360)
    plain, boxed = (marked(given, "collapse", box, seen, 0.5) for box in (None, lying))
    assert (plain[round(0.6 * 360), round(0.7 * 640)] != RED).any()
    assert (boxed[round(0.6 * 360), round(0.7 * 640)] == RED).all()
    assert (plain[252, 480] == boxed[252, 480]).all()
    assert (given == GREY).all()


def test_a_pale_line_runs_where_the_zone_ends_and_the_incident_lies_over_it() -> None:
    zone, seen = (
        ((0.1, 0.3), (0.5, 0.3), (0.5, 0.8), (0.1, 0.8)),
        Scores(0, 16 / 9, (), scenes.liquid()),
    )
    for size in ((640, 360), (1280, 720)):
        given = picture(*size)
        rgb = decoded(jpeg(given, decision(box=LYING), seen, "", zone)).astype(int)
        plain = decoded(jpeg(given, decision(box=LYING), seen, "")).astype(int)
        rows, columns = np.nonzero((np.abs(rgb - plain) > 60).any(-1))
        height, width = size[1], size[0]
        assert (rows.min() / height, rows.max() / height) == pytest.approx((0.3, 0.8), abs=0.02)
        assert (columns.min() / width, columns.max() / width) == pytest.approx((0.1, 0.5), abs=0.02)
        across = rgb[round(0.3 * height) - 4 : round(0.3 * height) + 5, round(0.3 * width)]
        assert across.max() > 180
        assert across.min() < 80  # dark beside it, so that it is seen on a pale floor
        assert (given == GREY).all()
