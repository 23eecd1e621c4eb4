"""Still pictures are spared the network, and no alarm is: not of a still spill, not of somebody who
lies still; and none is made of one lucky score."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event
from types import TracebackType

import numpy as np
import pytest
from typing_extensions import Self

from edge import wiring
from edge.backends.scripted import ScriptedBackend
from edge.clock import ReplayClock
from edge.config import cameras
from edge.core.card import Card, Features
from edge.core.gate import GatePolicy
from edge.core.types import Box, Frame, Rgb
from edge.errors import BackendStuck
from edge.pipeline import Pipeline, View
from edge.ports import FloatBatch, PictureBatch
from edge.sources.file import FileSource
from edge.sources.pattern import Mark, draw
from tests.edge.bench import Bench, running, watch
from tests.edge.frames import LYING, NS, frame, pattern_card
from tests.edge.test_pipeline import FALL, POLICY, SPREAD, START, Told, film, told, view
from tests.support.clips import write_clip

GATE = GatePolicy(refresh_s=20.0)
PUDDLE = Box(0.6, 0.7, 0.25, 0.2)
SIZE = (320, 180)
Bend = Callable[[int, Mapping[str, FloatBatch]], Mapping[str, FloatBatch]]


@dataclass
class Counting:
    """The scripted backend, which counts its pictures. `bend` may change what it says of a batch,
    given the number of the first picture in it; `stuck` are batches that never come back."""

    card: Card
    bend: Bend = lambda _number, found: found
    stuck: frozenset[int] = frozenset()
    batch_max: int = 8
    batches: list[int] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._inner = ScriptedBackend(self.card).__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._inner.__exit__(kind, error, tb)

    @property
    def pictures(self) -> int:
        return sum(self.batches)

    def infer(self, batch: PictureBatch) -> Mapping[str, FloatBatch]:
        number, count = self.pictures, len(self.batches)
        self.batches.append(len(batch))
        if count in self.stuck:
            raise BackendStuck("no answer")
        return self.bend(number, self._inner.infer(batch))


def run(
    backend: Counting,
    frames: Iterable[Sequence[Frame]],
    gate: GatePolicy | None = GATE,
    cameras: Sequence[str] = ("hall",),
) -> tuple[Told, list[bool]]:
    """What was told but for the end, and which pictures the network was spared."""
    views: dict[str, View] = {camera: replace(view(), gate=gate) for camera in cameras}
    found: Told = []
    spared = []
    with backend:
        pipeline = Pipeline(backend.card, backend, ReplayClock(START), views)
        for batch in frames:
            for seen in pipeline.process(batch):
                found += told(seen.decisions)
                spared.append(seen.unchanged)
    return found, spared


def shown(rgb: Rgb, seconds: float, fps: float = 2.0, from_s: float = 0.0) -> list[list[Frame]]:
    """A picture that stays."""
    times_ns = (int((from_s + n / fps) * NS) for n in range(int(seconds * fps)))
    return [[frame("hall", 0, at_ns, rgb)] for at_ns in times_ns]


def phases(found: Told) -> list[tuple[str, str]]:
    return [(label, phase) for _, label, phase, _ in found]


EMPTY = draw((), 0, SIZE)
LAIN = draw((Mark("down", LYING),), 0, SIZE)
SPILT = draw((Mark("liquid", PUDDLE),), 0, SIZE)


def test_an_empty_room_is_looked_at_now_and_then(tmp_path: Path) -> None:
    backend = Counting(pattern_card(tmp_path))
    found, spared = run(backend, shown(EMPTY, 300))
    assert found == []
    # Twice a second for the first five, then every twenty.
    assert backend.pictures == 10 + (300 - 5) // 20
    assert len(spared) - sum(spared) == backend.pictures


def test_features_are_of_pictures_the_network_looked_at(tmp_path: Path) -> None:
    stood = draw((Mark("upright", PUDDLE),), 0, SIZE)
    features = Features(name="features", channels=4, stride=64)
    card = pattern_card(tmp_path).model_copy(update={"features": features})
    views = {"hall": replace(view(), gate=GATE)}
    with ScriptedBackend(card) as backend:
        pipeline = Pipeline(card, backend, ReplayClock(START), views)
        seen = [one for batch in shown(stood, 60) for one in pipeline.process(batch)]
    assert 0 < sum(one.unchanged for one in seen) < len(seen)
    assert all((one.features is None) == one.unchanged for one in seen)
    looked = next(one.features for one in seen if one.features is not None)
    assert looked.shape == (4, 6, 10)
    # Who stands is cyan: more blue than red there, grey elsewhere.
    cold = looked[2] - looked[0]
    assert np.unravel_index(cold.argmax(), cold.shape) == (2, 3)
    assert abs(float(cold[0, 0])) < 0.05


def test_without_features_in_the_card_none_are_handed_on(tmp_path: Path) -> None:
    with ScriptedBackend(card := pattern_card(tmp_path)) as backend:
        pipeline = Pipeline(card, backend, ReplayClock(START), {"hall": view()})
        seen = pipeline.process([frame("hall", 0, 0, SPILT)])
    assert [one.features for one in seen] == [None]


def test_somebody_who_lies_still_is_found_and_the_event_stays_open(tmp_path: Path) -> None:
    fall = [[one] for one in film("hall", FALL, 4)]
    found, _ = run(Counting(pattern_card(tmp_path)), fall + shown(LAIN, 120, from_s=4))
    assert phases(found)[0] == ("collapse", "opened")
    assert found[0][3] <= 6
    assert {phase for _, phase in phases(found)[1:]} == {"updated"}
    assert len(found) > 120 / 5 / 2, "it is said again all the time"


def test_who_lay_there_from_the_beginning_is_found_too(tmp_path: Path) -> None:
    found, _ = run(Counting(pattern_card(tmp_path)), shown(LAIN, 20))
    assert phases(found)[0] == ("collapse", "opened")


def spreading(seconds: float, fps: float = 1.0) -> list[list[Frame]]:
    """Liquid that seeps up: a trace of colour more with every picture."""
    count = int(seconds * fps)
    for_all = []
    for number in range(count):
        share = number / count
        mixed = (1 - share) * EMPTY.astype(np.float32) + share * SPILT.astype(np.float32)
        at_ns = int(number / fps * NS)
        for_all.append([frame("hall", number, at_ns, mixed.astype(np.uint8))])
    return for_all


def test_a_spill_that_comes_up_slowly_and_stays_is_found(tmp_path: Path) -> None:
    frames = spreading(300) + shown(SPILT, 60, fps=1.0, from_s=300)
    gated, spared = run(Counting(pattern_card(tmp_path)), frames)
    wanted, _ = run(Counting(pattern_card(tmp_path)), frames, gate=None)
    assert sum(spared) > 50, "else nothing was tried"
    assert phases(gated)[0] == ("spill", "opened")
    assert gated[0][3] <= wanted[0][3] + GATE.refresh_s
    assert "closed" not in {phase for _, phase in phases(gated)}


def blind(found: Mapping[str, FloatBatch]) -> Mapping[str, FloatBatch]:
    people = found["people"].copy()
    people[..., 4] = 0.0
    return {"people": people, "spill": np.zeros_like(found["spill"])}


@pytest.mark.parametrize("rgb", [LAIN, SPILT], ids=["person", "spill"])
def test_what_was_missed_when_it_came_to_rest_is_found_at_the_next_look(
    tmp_path: Path, rgb: Rgb
) -> None:
    frames = shown(EMPTY, 30) + shown(rgb, 60, from_s=30)

    def bend(number: int, found: Mapping[str, FloatBatch]) -> Mapping[str, FloatBatch]:
        # Ten pictures at the beginning, one at 24.5 s, ten from 30 s on, when it comes to rest.
        return blind(found) if number < 21 else found

    gated, spared = run(Counting(pattern_card(tmp_path), bend), frames)
    assert sum(spared[60:]) > 20, "it rested though it was there"
    assert phases(gated)[0][1] == "opened"
    assert gated[0][3] <= 30 + 5 + GATE.refresh_s + 5


@pytest.mark.parametrize("rgb", [LAIN, SPILT], ids=["person", "spill"])
def test_one_lucky_score_of_a_still_picture_is_no_alarm(tmp_path: Path, rgb: Rgb) -> None:
    """It is not counted on for the pictures that look the same: those are looked at."""

    def bend(number: int, found: Mapping[str, FloatBatch]) -> Mapping[str, FloatBatch]:
        return found if number == 11 else blind(found)

    backend = Counting(pattern_card(tmp_path), bend)
    found, spared = run(backend, shown(rgb, 120))
    assert found == []
    lucky = [place for place, one in enumerate(spared) if not one][11]
    assert not any(spared[lucky : lucky + 60]), "for half a minute nothing is taken on trust"
    assert any(spared[lucky + 60 :])


@pytest.mark.parametrize(("threshold", "most"), [(0.5, 0.1), (0.05, 0.025)])
def test_what_counts_for_an_alarm_was_looked_at(
    tmp_path: Path, threshold: float, most: float
) -> None:
    """At scores as they come, some of them high: whatever is spared had none that could alarm, low
    as the thresholds may be."""
    policy = replace(
        POLICY,
        collapse=replace(POLICY.collapse, threshold=threshold),
        spill=replace(POLICY.spill, threshold=threshold),
    )
    chance = np.random.default_rng(3)

    def bend(_number: int, found: Mapping[str, FloatBatch]) -> Mapping[str, FloatBatch]:
        people = found["people"].copy()
        people[..., 4] *= chance.choice([0.0, most / 2, 0.3, 1.0], p=[0.78, 0.2, 0.01, 0.01])
        return {"people": people, "spill": found["spill"] * np.float32(people[0, 0, 4])}

    backend = Counting(pattern_card(tmp_path), bend)
    views = {"hall": replace(view(), policy=policy, gate=GATE)}
    spared = 0
    with backend:
        pipeline = Pipeline(backend.card, backend, ReplayClock(START), views)
        for batch in shown(LAIN, 300):
            for seen in pipeline.process(batch):
                if seen.unchanged:
                    spared += 1
                    assert all(person.down_score < most for person in seen.scores.people)
                    assert float(seen.scores.spill.max()) < most
                    assert not any(one.phase == "opened" for one in seen.decisions)
    assert spared > 50


def test_without_a_gate_every_picture_is_looked_at_in_the_batches_that_came(tmp_path: Path) -> None:
    frames = film("hall", FALL + SPREAD, 12)
    batches = [frames[i : i + 4] for i in range(0, len(frames), 4)]
    backend = Counting(pattern_card(tmp_path))
    found, spared = run(backend, batches, gate=None)
    assert backend.batches == [4] * 15
    assert not any(spared)
    gated, _ = run(Counting(pattern_card(tmp_path)), batches)
    assert found == gated
    assert {label for _, label, _, _ in found} == {"collapse", "spill"}


@pytest.mark.parametrize("size", [2, 4, 7])
def test_how_frames_are_batched_changes_nothing(tmp_path: Path, size: int) -> None:
    still = [one for batch in shown(EMPTY, 40) for one in batch]
    frames = still + [replace(one, at_ns=one.at_ns + 40 * NS) for one in film("hall", FALL, 12)]
    batches = [frames[i : i + size] for i in range(0, len(frames), size)]
    one_by_one = run(Counting(pattern_card(tmp_path)), ([one] for one in frames))
    assert run(Counting(pattern_card(tmp_path)), batches) == one_by_one
    assert any(one_by_one[1])


def test_a_still_camera_does_not_ride_along_with_one_that_moves(tmp_path: Path) -> None:
    still = film("door", (), 12)
    moving = film("hall", tuple(Mark("upright", Box(n / 50, 0.2, 0.1, 0.5), n / 2, n / 2 + 0.5)
                                for n in range(24)), 12)  # fmt: skip
    backend = Counting(pattern_card(tmp_path))
    _, spared = run(backend, zip(still, moving, strict=True), cameras=("door", "hall"))
    assert set(backend.batches) == {1, 2}
    assert sum(spared[::2]) == len(still) - 25
    assert not any(spared[1::2])


def test_a_look_that_hung_is_made_up_for(tmp_path: Path) -> None:
    backend = Counting(pattern_card(tmp_path), stuck=frozenset({30}))
    views = {"hall": replace(view(), gate=GATE)}
    frames = film("hall", (), 6) + film("hall", FALL, 12)[30:]
    frames = [replace(one, at_ns=n * NS // 5) for n, one in enumerate(frames)]
    gave_up = []
    with backend:
        pipeline = Pipeline(backend.card, backend, ReplayClock(START), views)
        for number, one in enumerate(frames):
            try:
                seen = pipeline.process([one])
            except BackendStuck:
                gave_up.append(number)
                continue
            if gave_up and number == gave_up[-1] + 1:
                assert not seen[0].unchanged
    assert len(gave_up) == 1


def test_another_area_to_watch_is_looked_at_at_once(tmp_path: Path) -> None:
    backend, views = Counting(pattern_card(tmp_path)), {"hall": replace(view(), gate=GATE)}
    with backend:
        pipeline = Pipeline(backend.card, backend, ReplayClock(START), views)
        spared = [pipeline.process(batch)[0].unchanged for batch in shown(EMPTY, 10)]
        assert spared[-1]
        pipeline.watch(views)
        assert not pipeline.process(shown(EMPTY, 1, from_s=10)[0])[0].unchanged


def test_the_noise_of_a_camera_through_a_codec_does_not_open_it(tmp_path: Path) -> None:
    """A still room by a noisy camera, encoded as cameras do it, key frames and all."""
    chance = np.random.default_rng(4)
    room = draw((), 0, (640, 360)).astype(np.float32)
    pictures = [
        (room + chance.normal(0, 5, room.shape)).clip(0, 255).astype(np.uint8) for _ in range(90)
    ]
    clip = write_clip(tmp_path / "still.mp4", pictures, fps=5, gop=25)
    with FileSource(clip, fit=(640, 384), sample_fps=5) as source:
        decoded = [frame("hall", 0, one.pts_ns, one.rgb) for one in source.pictures(Event())]
    backend = Counting(pattern_card(tmp_path))
    _, spared = run(backend, ([one] for one in decoded))
    assert len(decoded) == 90
    assert all(spared[26:])


def test_the_brain_counts_what_was_spared(tmp_path: Path) -> None:
    with Counting(pattern_card(tmp_path)) as backend:
        bench = Bench(tmp_path, backend)
        plain = watch(["hall"])
        bench.brain.watch(replace(plain, views={"hall": replace(plain.views["hall"], gate=GATE)}))
        with running(bench):
            bench.show(film("hall", (), 8))
    looked = bench.brain.looked
    assert looked.frames == {"hall": 40}
    assert looked.unchanged == {"hall": 40 - 25}
    assert backend.pictures == 25


def test_the_site_file_says_whether_and_how_often() -> None:
    asked = {"gate": {"enabled": True, "refresh_s": 5.0}}
    assert wiring.gate(cameras.defaults("lab", asked)) == GatePolicy(5.0)
    assert wiring.gate(cameras.defaults("lab", {"gate": {"enabled": False}})) is None
