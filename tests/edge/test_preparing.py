"""The small picture is made by the camera's own thread, and only where the network will see it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from edge.backends.scripted import ScriptedBackend
from edge.clock import ReplayClock
from edge.core.gate import GatePolicy, blocks_of
from edge.core.types import Blocks, Frame, Rgb, Small
from edge.mailbox import Mailboxes
from edge.pipeline import Pipeline
from edge.sources.pattern import Mark, draw
from tests.edge.frames import LYING, NS, pattern_card
from tests.edge.test_pipeline import START, view

SIZE = (320, 180)
EMPTY = draw((), 0, SIZE)
LAIN = draw((Mark("down", LYING),), 0, SIZE)
GATE = GatePolicy(refresh_s=20.0)


@dataclass
class Camera:
    """Gives frames, and counts what was made of them."""

    pictures: int = 0
    blocks: int = 0

    def frame(self, at_s: float, rgb: Rgb = EMPTY) -> Frame:
        def picture() -> Rgb:
            self.pictures += 1
            return rgb

        def blocks() -> Blocks:
            self.blocks += 1
            return blocks_of(rgb)

        return Frame("hall", 0, int(at_s * NS), Small(picture, blocks), lambda: rgb)


def still(pipeline: Pipeline, camera: Camera, until_s: int) -> None:
    """An empty room that is looked at for so long, twice a second."""
    for half in range(2 * until_s):
        frame = camera.frame(half / 2)
        pipeline.prepare(frame)
        pipeline.process([frame])


def gated(folder: Path, backend: ScriptedBackend, gate: GatePolicy | None = GATE) -> Pipeline:
    views = {"hall": replace(view(), gate=gate)}
    return Pipeline(pattern_card(folder), backend, ReplayClock(START), views)


def test_what_shows_nothing_new_is_not_even_made(tmp_path: Path) -> None:
    camera = Camera()
    with ScriptedBackend(pattern_card(tmp_path)) as backend:
        pipeline = gated(tmp_path, backend)
        still(pipeline, camera, 60)
    # Awake for five seconds, ten pictures, then one look in 20 s of the last.
    assert camera.pictures == 12
    assert camera.blocks == 120


@pytest.mark.parametrize(
    ("at_s", "rgb", "made"), [(10.0, EMPTY, 0), (10.0, LAIN, 1), (30.0, EMPTY, 1)]
)
def test_what_the_network_will_be_asked_for_is_made_before(
    tmp_path: Path, at_s: float, rgb: Rgb, made: int
) -> None:
    camera = Camera()
    with ScriptedBackend(pattern_card(tmp_path)) as backend:
        pipeline = gated(tmp_path, backend)
        still(pipeline, camera, 8)
        before = camera.pictures
        frame = camera.frame(at_s, rgb)
        pipeline.prepare(frame)
        assert camera.pictures - before == made
        pipeline.process([frame])
    assert camera.pictures - before == made


def test_a_wrong_guess_is_made_good(tmp_path: Path) -> None:
    camera = Camera()
    with ScriptedBackend(pattern_card(tmp_path)) as backend:
        pipeline = gated(tmp_path, backend)
        still(pipeline, camera, 8)
        unprepared = camera.frame(10.0, LAIN)
        (seen,) = pipeline.process([unprepared])
    assert not seen.unchanged
    assert any(person.down > 0.5 for person in seen.scores.people)


def test_without_a_gate_every_picture_is_made_and_no_block(tmp_path: Path) -> None:
    camera = Camera()
    with ScriptedBackend(pattern_card(tmp_path)) as backend:
        still(gated(tmp_path, backend, None), camera, 4)
    assert (camera.pictures, camera.blocks) == (8, 0)


def test_who_leaves_a_frame_prepares_it() -> None:
    boxes, prepared = Mailboxes(), list[Frame]()
    boxes.put(Camera().frame(0))
    boxes.prepared_by(prepared.append)
    late = Camera().frame(1)
    boxes.put(late)
    assert prepared == [late]
    assert boxes.take(8, 0) == (late,)
