"""Looking twice at whoever may be down, on the full picture of a frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from edge import wiring
from edge.backends.scripted import ScriptedBackend, ScriptedCloser
from edge.clock import ReplayClock
from edge.config import load
from edge.core.card import CloseUps
from edge.core.gate import GatePolicy
from edge.core.policy import Area, Policy
from edge.core.types import Box, Frame, Rgb, Small
from edge.errors import BackendStuck
from edge.pipeline import Pipeline, Seen, View
from edge.ports import FloatBatch, PictureBatch
from edge.sources.pattern import Mark, draw
from tests.edge.frames import NS, pattern_card
from tests.edge.test_pipeline import ALWAYS, FPS, POLICY, STANDING, START
from tests.support.site import QUICK, site_file

FAR = Box(0.72, 0.62, 0.12, 0.09)  # small in a picture of 320×180
FALL = (Mark("upright", STANDING, 0, 2), Mark("down", FAR, 2))
NOBODY = (Mark("upright", STANDING, 0, 2),)
TWICE = replace(POLICY, collapse=replace(POLICY.collapse, second_look=True))


CLOSE_UPS = CloseUps(
    file="close_ups.onnx", sha256="0" * 64, input="close_ups", output="states", side=64, span=1.7
)


class Closely(ScriptedCloser):
    """Knows how many close-ups it was asked for."""

    def __init__(self) -> None:
        self.asked = 0

    def down(self, close_ups: PictureBatch) -> FloatBatch:
        self.asked += len(close_ups)
        return super().down(close_ups)


class Counting(ScriptedBackend):
    """Knows how many pictures it was asked for, and can hang."""

    asked: list[int]
    closer: Closely
    hangs_after = 999

    def infer(self, batch: PictureBatch) -> Mapping[str, FloatBatch]:
        if len(self.asked) >= self.hangs_after:
            raise BackendStuck("it hangs, the test says")
        self.asked.append(len(batch))
        return super().infer(batch)


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[Counting]:
    with Counting(pattern_card(tmp_path), batch_max=3) as entered:
        entered.asked, entered.closer = [], Closely()
        yield entered


def film(shown: tuple[Mark, ...], full: tuple[Mark, ...], seconds: float = 6) -> list[Frame]:
    """Frames of one camera whose small pictures show one thing and whose full ones another."""
    return [
        Frame("hall", n, n * NS // FPS, Small(_still(shown, n, 320)), _still(full, n, 1280))
        for n in range(int(seconds * FPS))
    ]


def _still(marks: tuple[Mark, ...], number: int, width: int) -> Callable[[], Rgb]:
    picture = draw(marks, number / FPS, (width, width * 9 // 16))

    def give() -> Rgb:
        return picture

    return give


def pipeline(
    folder: Path, backend: Counting, policy: Policy = TWICE, gate: GatePolicy | None = None
) -> Pipeline:
    view = View(policy, ALWAYS, ZoneInfo("UTC"), gate)
    clock = ReplayClock(START)
    card = pattern_card(folder).model_copy(update={"close_ups": CLOSE_UPS})
    return Pipeline(card, backend, clock, {"hall": view}, backend.closer)


def seen(run: Pipeline, frames: Sequence[Frame], size: int = 1) -> list[Seen]:
    parts = [frames[at : at + size] for at in range(0, len(frames), size)]
    return [one for part in parts for one in run.process(part)]


def alarmed(all_: Sequence[Seen]) -> bool:
    return any(one.phase == "opened" for seen_ in all_ for one in seen_.decisions)


def test_a_fall_that_the_full_picture_shows_too_is_told(tmp_path: Path, backend: Counting) -> None:
    assert alarmed(seen(pipeline(tmp_path, backend), film(FALL, FALL)))


def test_what_the_full_picture_does_not_show_is_not(tmp_path: Path, backend: Counting) -> None:
    frames = film(FALL, NOBODY)
    assert not alarmed(seen(pipeline(tmp_path, backend), frames))
    assert alarmed(seen(pipeline(tmp_path, backend, POLICY), frames))


def test_it_costs_a_close_up_a_second_while_somebody_may_be_down(
    tmp_path: Path, backend: Counting
) -> None:
    seen(pipeline(tmp_path, backend), film(FALL, FALL))
    assert (sum(backend.asked), backend.closer.asked) == (6 * FPS, 4)
    seen(pipeline(tmp_path, backend), film(FALL, NOBODY, 15))  # found at none of 2, 3, 4, 9, 14 s
    assert backend.closer.asked == 4 + 5
    seen(pipeline(tmp_path, backend), film(NOBODY, NOBODY))
    assert backend.closer.asked == 4 + 5


def test_without_a_network_for_it_nobody_is_looked_at_twice(
    tmp_path: Path, backend: Counting
) -> None:
    view = View(TWICE, ALWAYS, ZoneInfo("UTC"))
    run = Pipeline(pattern_card(tmp_path), backend, ReplayClock(START), {"hall": view})
    assert alarmed(seen(run, film(FALL, NOBODY)))


@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("full", [FALL, NOBODY])
@pytest.mark.parametrize("step", [1, FPS])
def test_how_frames_are_batched_changes_nothing(
    tmp_path: Path, backend: Counting, size: int, full: tuple[Mark, ...], step: int
) -> None:
    frames = film(FALL, full, 15)[::step]
    lone = [one.scores.people for one in seen(pipeline(tmp_path, backend), frames)]
    asked = backend.closer.asked
    together = [one.scores.people for one in seen(pipeline(tmp_path, backend), frames, size)]
    assert lone == together
    assert backend.closer.asked == 2 * asked > 0


def test_a_look_that_hangs_leaves_nothing_behind(tmp_path: Path, backend: Counting) -> None:
    run, down = pipeline(tmp_path, backend), film(FALL, FALL)[3 * FPS]
    backend.hangs_after = 0
    with pytest.raises(BackendStuck):
        run.process([down])
    backend.hangs_after = 999
    run.process([down])
    assert (backend.asked, backend.closer.asked) == ([1], 1)


def test_where_nothing_may_alarm_nobody_is_looked_at_again(
    tmp_path: Path, backend: Counting
) -> None:
    couch = Area("couch", corners(FAR), frozenset({"collapse"}))
    policy, still = replace(TWICE, masks=(couch,)), (Mark("down", FAR, 0),)
    run = pipeline(tmp_path, backend, policy, GatePolicy(refresh_s=20))
    asked = sum(not one.unchanged for one in seen(run, film(still, still, 30)))
    assert sum(backend.asked) == asked < 30 * FPS / 2
    assert backend.closer.asked == 0


def test_while_somebody_may_be_down_every_picture_is_looked_at(
    tmp_path: Path, backend: Counting
) -> None:
    still = (Mark("down", FAR, 0),)
    run = pipeline(tmp_path, backend, gate=GatePolicy(refresh_s=20))
    assert not any(one.unchanged for one in seen(run, film(still, NOBODY, 6)))


def corners(box: Box) -> tuple[tuple[float, float], ...]:
    return (
        (box.x, box.y), (box.x + box.w, box.y),
        (box.x + box.w, box.y + box.h), (box.x, box.y + box.h),
    )  # fmt: skip


@pytest.mark.parametrize("watched", [True, False])
def test_only_who_is_watched_for_collapses_is_looked_at_again(
    tmp_path: Path, watched: bool
) -> None:
    hall = {"name": "hall", "url": "pattern:empty", "labels": {"collapse": {"enabled": watched}}}
    site = load(site_file(tmp_path, [hall], alarms=QUICK))
    view = wiring.views(site, wiring.model(site).card, None)["hall"]
    assert view.policy.collapse.second_look is watched


def test_what_another_view_showed_counts_no_more(tmp_path: Path, backend: Counting) -> None:
    run, frames = pipeline(tmp_path, backend), film(FALL, FALL)
    run.process([frames[3 * FPS]])
    run.watch({"hall": View(TWICE, ALWAYS, ZoneInfo("UTC"))}, anew={"hall"})
    run.process([frames[3 * FPS + 1]])
    assert backend.closer.asked == 2
