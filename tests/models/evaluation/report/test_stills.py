"""Stills of real clips: the right pictures, drawn as the snapshot of an alert is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge import wiring
from edge.backends.scripted import ScriptedBackend
from edge.config.schema import Config
from edge.core.types import Box, Rgb
from edge.sources.pattern import Mark, Script
from models.evaluation.recording import Recording
from models.evaluation.report.stills import Means, take
from models.evaluation.report.wall import Still
from models.evaluation.tracing import Setup, source_of, trace
from models.eye import Eye
from tests.edge.frames import pattern_card
from tests.models.evaluation.scenes import recording
from tests.support.clips import write_pattern
from tests.support.scenes import policy

STANDING, LYING = Box(0.20, 0.20, 0.12, 0.50), Box(0.20, 0.62, 0.36, 0.16)
FALL = (Mark("upright", STANDING, 0, 3), Mark("down", LYING, 3))
HELD_S = 2.0


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    path = tmp_path_factory.mktemp("clips") / "fall.mp4"
    write_pattern(path, Script(FALL, 6.0, 10.0, (960, 540)))
    return replace(recording("fall.mp4", seconds=6.0), path=path)


@pytest.fixture
def setup() -> Setup:
    camera = {"name": "camera", "url": ".", "file": {"hold_last_s": HELD_S}}
    site = {"version": 1, "site": {"name": "test"}, "cameras": (camera,)}
    return Setup(Config.model_validate(site).cameras[0], policy())


@pytest.fixture
def means(tmp_path: Path, setup: Setup) -> Iterator[Means]:
    card = pattern_card(tmp_path)
    with ScriptedBackend(card) as backend:
        yield Means(
            lambda one: source_of(one, setup, card),
            lambda _one, label: setup.policy.threshold(label),
            card,
            backend,
        )


def decoded(data: bytes) -> Rgb:
    bgr = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert bgr is not None
    return np.asarray(bgr[..., ::-1], np.uint8)


def at(rgb: Rgb, box: Box) -> tuple[int, ...]:
    """The colour in the middle of a box."""
    (x, y), (height, width) = box.centre, rgb.shape[:2]
    return tuple(int(value) for value in rgb[round(y * height), round(x * width)])


def near(colour: tuple[int, ...], wanted: tuple[int, int, int]) -> bool:
    return max(abs(one - other) for one, other in zip(colour, wanted, strict=True)) < 60


def test_each_moment_is_the_one_that_was_watched(
    clip: Recording, setup: Setup, means: Means
) -> None:
    seen = trace(clip, setup, Eye(means.card, means.backend))
    own = seen.at_ns[~seen.held]
    assert seen.held.any()
    up, down = (Still(clip.key, "collapse", int(own[n])) for n in (2, -1))
    told: list[tuple[int, int]] = []
    taken = take((down, up), [clip], means, lambda done, of: told.append((done, of)))
    assert set(taken) == {up, down}
    assert told == [(2, 2)]
    first, last = decoded(taken[up]), decoded(taken[down])
    assert first.shape == (270, 480, 3)
    assert near(at(first, STANDING), (0, 255, 255))
    assert not near(at(last, STANDING), (0, 255, 255))


def test_who_is_down_is_tinted_for_a_collapse_and_a_box_is_drawn(
    clip: Recording, setup: Setup, means: Means
) -> None:
    last_ns = int(trace(clip, setup, Eye(means.card, means.backend)).at_ns[20])
    plain = Still(clip.key, "spill", last_ns)
    tinted = Still(clip.key, "collapse", last_ns)
    boxed = replace(tinted, box=Box(0.7, 0.1, 0.2, 0.2))
    taken = take((plain, tinted, boxed), [clip], means)
    assert len(taken) == 3
    blue = [at(decoded(taken[one]), LYING)[2] for one in (plain, tinted)]
    assert blue[0] - blue[1] > 40  # magenta, tinted towards red
    corner = decoded(taken[boxed])[27, 336 + 20].astype(int)  # the upper edge of the box
    assert corner[0] - corner[2] > 60


def test_people_are_named_for_what_they_are_taken_for(
    clip: Recording, setup: Setup, means: Means
) -> None:
    own = trace(clip, setup, Eye(means.card, means.backend)).at_ns
    stands, lies = (Still(clip.key, "collapse", int(own[n])) for n in (2, 20))
    told = replace(lies, box=LYING)
    floor = replace(stands, label="spill")
    taken = {
        one: decoded(data) for one, data in take((stands, lies, told, floor), [clip], means).items()
    }

    def named(still: Still, box: Box) -> bool:
        """Whether there are light letters at the box's lower left corner."""
        x, y = round(box.x * 480), round((box.y + box.h) * 270)
        return bool((taken[still][y - 12 : y, x : x + 60].min(-1) > 150).any())

    assert named(stands, STANDING)
    assert not named(floor, STANDING)
    assert named(lies, LYING)
    assert not named(told, LYING)  # the alert's own box says it


def test_a_recording_that_is_gone_is_left_out(
    clip: Recording, means: Means, tmp_path: Path
) -> None:
    gone = replace(recording("gone.mp4"), path=tmp_path / "gone.mp4")
    there, lost = Still(clip.key, "collapse", 0), Still(gone.key, "collapse", 0)
    assert set(take((there, lost), [clip, gone], means)) == {there}


def test_a_single_picture_has_a_still(means: Means, tmp_path: Path) -> None:
    path = tmp_path / "floor.png"
    cv2.imwrite(str(path), np.full((120, 160, 3), 90, np.uint8))
    one = replace(recording("floor.png", kind="picture"), path=path)
    [data] = take((Still(one.key, "spill", 0),), [one], means).values()
    assert decoded(data).shape == (120, 160, 3)
    assert wiring.fit(means.card)[0] >= 160
