"""What is hidden in a picture is gone: too coarse to know anybody, and nothing brings it back."""

from __future__ import annotations

from dataclasses import replace
from math import ceil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.core.types import Box, Rgb
from edge.privacy import Privacy, Style, spared
from tests.edge.frames import LYING, decision

STANDING = Box(0.6, 0.2, 0.1, 0.5)
STYLES: tuple[Style, ...] = ("pixelate", "blur")


def noise(width: int = 640, height: int = 360, seed: int = 0) -> Rgb:
    """No two places of it look alike."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def part(rgb: Rgb, box: Box) -> Rgb:
    height, width = rgb.shape[:2]
    x, y, w, h = box
    return rgb[ceil(y * height) : int((y + h) * height), ceil(x * width) : int((x + w) * width)]


def colours(rgb: Rgb) -> int:
    return len(np.unique(rgb.reshape(-1, 3), axis=0))


def test_without_privacy_the_picture_is_shown_as_it_is() -> None:
    picture = noise()
    assert Privacy().hidden(picture, (STANDING,), LYING) is picture
    assert not Privacy().on


@given(
    st.tuples(*[st.floats(0, 0.9)] * 2, *[st.floats(0.02, 0.6)] * 2),
    st.sampled_from([(640, 360), (352, 288), (1280, 720), (90, 160)]),
)
@settings(max_examples=60, deadline=None)
def test_a_person_is_six_blocks_across_at_most(
    sides: tuple[float, ...], size: tuple[int, int]
) -> None:
    x, y, w, h = sides
    box = Box(x, y, min(w, 1 - x), min(h, 1 - y))
    shown = part(Privacy("people").hidden(noise(*size), (box,), None), box)
    if shown.size:
        short, long = sorted(shown.shape[:2])
        assert colours(shown) <= 7 * (7 * long / short + 1)


@pytest.mark.parametrize("style", STYLES)
def test_round_them_the_picture_is_untouched_and_their_edges_are_hidden_too(style: Style) -> None:
    picture = noise()
    shown = Privacy("people", style).hidden(picture, (STANDING,), None)
    changed = (shown != picture).any(-1)
    rows, columns = np.nonzero(changed.any(1))[0], np.nonzero(changed.any(0))[0]
    # A fifth of the box on each side: a head that sticks out, a hand.
    assert (rows[0], rows[-1]) == pytest.approx((0.1 * 360, 0.8 * 360), abs=2)
    assert (columns[0], columns[-1]) == pytest.approx((0.58 * 640, 0.72 * 640), abs=2)
    assert (picture == noise()).all()


@pytest.mark.parametrize("mode", ["people", "all"])
def test_a_blur_tells_no_more_than_the_blocks_do(mode: str) -> None:
    modes = {"people": Privacy("people", "blur"), "all": Privacy("all", "blur")}
    blur, picture = modes[mode], noise()
    blocks = replace(blur, style="pixelate").hidden(picture, (STANDING,), None)
    inner = part(blur.hidden(picture, (STANDING,), None), STANDING).astype(int)
    again = part(blur.hidden(blocks, (STANDING,), None), STANDING).astype(int)
    # Made from the blocks alone it is the same but for rounding: there was nothing else in it.
    assert np.abs(inner - again).max() <= 12
    assert inner.std() < 15 < noise().std()


def test_others_shows_who_lies_there_and_hides_everyone_else_wholly() -> None:
    picture = noise()
    helper = Box(0.5, 0.3, 0.12, 0.42)  # stands in front of their head
    shown = Privacy("others").hidden(picture, (LYING, STANDING, helper), LYING)
    assert colours(part(shown, helper)) < 200
    assert colours(part(shown, STANDING)) < 200
    left_of_helper = Box(LYING.x, LYING.y, 0.25, LYING.h)
    assert (part(shown, left_of_helper) == part(picture, left_of_helper)).all()
    hidden = Privacy("people").hidden(picture, (LYING, STANDING, helper), LYING)
    assert colours(part(hidden, LYING)) < 400


def test_an_alert_that_is_about_nobody_spares_nobody() -> None:
    assert spared(decision()) == LYING
    assert spared(decision(label="spill")) is None
    assert spared(replace(decision(), drill=True)) is None
    shown = Privacy("others").hidden(noise(), (STANDING,), None)
    assert colours(part(shown, STANDING)) < 200


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    ("privacy", "people"), [(Privacy("all"), ()), (Privacy("others"), None)], ids=["all", "unknown"]
)
def test_the_whole_view_is_coarse_where_that_is_wanted_or_nobody_knows_who_is_there(
    privacy: Privacy, people: tuple[Box, ...] | None, style: Style
) -> None:
    picture = noise(1280, 720)
    shown = replace(privacy, style=style).hidden(picture, people, LYING)
    assert shown.shape == picture.shape
    blocks = shown[::30, ::30].shape[:2]
    assert blocks == (24, 43)
    if style == "pixelate":
        assert colours(shown) <= 24 * 43


def test_tiny_pictures_and_boxes_at_the_edge_are_no_trouble() -> None:
    for box in (Box(0, 0, 0, 0), Box(1, 1, 0, 0), Box(0.99, 0.99, 0.01, 0.01), Box(0, 0, 1, 1)):
        for size in ((2, 2), (17, 9)):
            assert Privacy("people").hidden(noise(*size), (box,), None).shape[:2] == size[::-1]
