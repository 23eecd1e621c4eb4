"""From what works at once to what is faster, in the middle of everything, and nothing is lost."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from types import TracebackType
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from typing_extensions import Self

from alerts.event import ThresholdUsed
from edge.backends.guarded import GuardedBackend
from edge.backends.nvidia.ports import CudaError
from edge.backends.onnx import OnnxBackend
from edge.backends.switching import Named, Prepare, SwitchingBackend
from edge.core.policy import CollapsePolicy, Life, Policy, SpillPolicy
from edge.core.types import LABELS, Box
from edge.engines.faults import NoEngine
from edge.engines.ports import BuildOptions
from edge.pipeline import View
from edge.ports import Backend, FloatBatch, PictureBatch
from edge.replay import Clip, Player
from edge.sources.file import FileSource
from edge.sources.pattern import Mark, Script
from edge.zoo import Model
from tests.support.clips import write_pattern
from tests.support.fake_cuda import FakeCuda
from tests.support.fake_tensorrt import FakeTensorRt
from tests.support.paper_builder import PaperBuilder, paper_toolchain
from tests.support.until import until
from tests.support.yellow import HEIGHT, WIDTH, yellow_model

POLICY = Policy(
    CollapsePolicy(0.5, confirm_s=2, slow_s=4, life=Life(3, 5, 5)),
    SpillPolicy(0.5, persist_s=4, life=Life(3, 5, 5), standing_s=0),
)


@dataclass
class Counted:
    """A real backend, and how many pictures it looked at. `reached` is set after `enough`."""

    inside: Backend
    enough: int = 10**9
    pictures: int = 0
    entered: int = 0
    reached: threading.Event = field(default_factory=threading.Event)

    @property
    def batch_max(self) -> int:
        return self.inside.batch_max

    def __enter__(self) -> Self:
        self.inside.__enter__()
        self.entered += 1
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.entered -= 1
        self.inside.__exit__(kind, error, tb)

    def infer(self, batch: PictureBatch) -> Mapping[str, FloatBatch]:
        outputs = self.inside.infer(batch)
        self.pictures += len(batch)
        if self.pictures >= self.enough:
            self.reached.set()
        return outputs


def onnx(model: Model, enough: int = 10**9, batch_max: int = 8) -> Counted:
    return Counted(GuardedBackend(lambda: OnnxBackend(model, 1, batch_max)), enough)


def blank() -> PictureBatch:
    return np.zeros((1, HEIGHT, WIDTH, 3), np.uint8)


@pytest.fixture
def model(tmp_path: Path) -> Model:
    return yellow_model(tmp_path / "model")


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Twelve seconds, 60 pictures, of a floor that is wet from the second to the eighth."""
    wet = Mark("liquid", Box(0.2, 0.5, 0.6, 0.4), 1, 8)
    return write_pattern(tmp_path / "wet.mp4", Script((wet,), 12, 5, (WIDTH, HEIGHT)))


def played(model: Model, backend: Backend, clip: Path) -> list[dict[str, Any]]:
    """The events of the clip, as the daemon's pipeline decides them."""
    used = {
        label: ThresholdUsed(value=one.value, source=one.source)
        for label, one in model.card.thresholds.items()
    }
    view = View(POLICY, dict.fromkeys(LABELS, ()), ZoneInfo("UTC"))
    start = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)
    with backend:
        player = Player("lab", model.card, backend, None, view, used, start)
        source = FileSource(clip, fit=(WIDTH, HEIGHT), sample_fps=5, pace="fast")
        found = player.play(Clip("hall", clip, source))
    assert found.frames == 60
    return [json.loads(event.to_json()) for event in found.events]


def test_the_switch_changes_no_event_and_loses_no_picture(model: Model, clip: Path) -> None:
    alone = played(model, onnx(model), clip)
    first, then = onnx(model, enough=24), onnx(model)

    def slow_build(_stop: threading.Event) -> Named:
        assert first.reached.wait(60)
        return Named("engine", then)

    switching = SwitchingBackend(Named("onnx", first), slow_build)
    assert played(model, Stepping(switching, first, "engine"), clip) == alone
    assert [event["phase"] for event in alone] == ["opened", "updated", "closed"]
    assert (first.pictures, then.pictures) == (24, 36)
    assert (first.entered, then.entered) == (0, 0)


def test_it_works_from_the_first_moment_and_says_what_it_runs(model: Model) -> None:
    first, go = onnx(model), threading.Event()

    def slow_build(_stop: threading.Event) -> Named:
        assert go.wait(60)
        return Named("engine", onnx(model))

    with SwitchingBackend(Named("onnx", first), slow_build) as backend:
        before = backend.infer(blank())
        assert (backend.runs().name, backend.runs().preparing) == ("onnx", True)
        go.set()
        until(lambda: not backend.runs().preparing, "the switch")
        assert backend.runs().name == "engine"
        assert first.entered == 0
        after = backend.infer(blank())
    assert all(np.array_equal(before[name], after[name]) for name in before)


def refusing(_stop: threading.Event) -> Named:
    raise NoEngine("there is no GPU")


@pytest.mark.parametrize("why", ["refused", "broken file", "small batches"])
def test_where_there_is_nothing_faster_it_stays_and_says_why(
    model: Model, tmp_path: Path, caplog: pytest.LogCaptureFixture, why: str
) -> None:
    spoilt = yellow_model(tmp_path / "other")
    spoilt.path.write_bytes(b"spoilt")
    prepared: dict[str, tuple[Prepare, str]] = {
        "refused": (refusing, "there is no GPU"),
        "broken file": (lambda _stop: Named("engine", onnx(spoilt)), "ONNX Runtime says"),
        "small batches": (
            lambda _stop: Named("engine", onnx(model, batch_max=2)),
            "engine takes 2 pictures at a time",
        ),
    }
    prepare, said = prepared[why]
    with SwitchingBackend(Named("onnx", onnx(model)), prepare) as backend:
        until(lambda: not backend.runs().preparing, "it gave up")
        assert backend.runs().name == "onnx"
        assert backend.infer(blank())
    assert "onnx goes on running the network: " in caplog.text
    assert said in caplog.text


def test_a_gpu_without_room_leaves_the_processor_at_work(
    model: Model, caplog: pytest.LogCaptureFixture
) -> None:
    """The test of the engine in its own process may have had the room that is gone now. Would this
    end the daemon, each new one would end the same way."""
    trt = FakeTensorRt(cuda := FakeCuda(4 * WIDTH * HEIGHT))
    plan = PaperBuilder().build(model.path.read_bytes(), BuildOptions(), lambda *_: None)
    runs = paper_toolchain(trt, cuda, PaperBuilder()).runs

    def full(_stop: threading.Event) -> Named:
        return Named("engine", GuardedBackend(lambda: runs(model, plan, 8)))

    with SwitchingBackend(Named("onnx", onnx(model)), full) as backend:
        until(lambda: not backend.runs().preparing, "it gave up")
        assert backend.runs().name == "onnx"
        assert backend.infer(blank())
    assert "onnx goes on running the network: engine cannot be used: CUDA: cuda" in caplog.text
    assert "out of memory" in caplog.text


@dataclass
class FallsOff(Counted):
    """Answers once; then the GPU is gone, and perhaps it cannot even be closed."""

    closes: bool = False

    def infer(self, batch: PictureBatch) -> Mapping[str, FloatBatch]:
        if self.pictures:
            raise CudaError("cudaGraphLaunch", 719, "unspecified launch failure")
        return super().infer(batch)

    def __exit__(self, *_how: object) -> None:
        if not self.closes:
            raise CudaError("cudaFree", 719, "unspecified launch failure")


def test_the_processor_takes_over_when_the_gpu_fails_at_work(
    model: Model, caplog: pytest.LogCaptureFixture
) -> None:
    first = onnx(model)
    with SwitchingBackend(
        Named("onnx", first), lambda _stop: Named("engine", FallsOff(OnnxBackend(model, 1)))
    ) as backend:
        until(lambda: not backend.runs().preparing, "the switch")
        engine = {name: out.copy() for name, out in backend.infer(blank()).items()}
        looked_before = first.pictures
        processor = backend.infer(blank())  # the batch on which it fails is not lost
        assert processor.keys() == engine.keys()
        assert all(np.array_equal(processor[name], engine[name]) for name in engine)
        assert first.pictures == looked_before + 1
        assert backend.runs().name == "onnx"
        assert "engine failed at work: CUDA: cudaGraphLaunch" in backend.runs().fault
    assert first.entered == 0
    assert "onnx runs the network until the next start: engine failed at work" in caplog.text


def test_a_processor_that_fails_ends_the_process(model: Model) -> None:
    alone = FallsOff(OnnxBackend(model, 1), closes=True)
    with SwitchingBackend(Named("onnx", alone)) as backend:
        backend.infer(blank())
        with pytest.raises(CudaError, match="cudaGraphLaunch"):
            backend.infer(blank())


def test_a_bug_while_preparing_is_not_hidden(model: Model) -> None:
    def buggy(_stop: threading.Event) -> Named:
        raise KeyError("a bug")

    with SwitchingBackend(Named("onnx", onnx(model)), buggy) as backend:
        until(lambda: not backend.runs().preparing, "it failed")
        with pytest.raises(KeyError, match="a bug"):
            backend.infer(blank())


def test_leaving_ends_what_is_being_prepared(model: Model) -> None:
    ended = threading.Event()

    def until_told(stop: threading.Event) -> Named:
        assert stop.wait(60)
        ended.set()
        raise NoEngine("stopped")

    first = onnx(model)
    with SwitchingBackend(Named("onnx", first), until_told):
        pass
    assert ended.is_set()
    assert first.entered == 0


def test_what_is_ready_after_leaving_is_let_go(model: Model) -> None:
    then = onnx(model)

    def too_late(stop: threading.Event) -> Named:
        assert stop.wait(60)
        return Named("engine", then)

    backend = SwitchingBackend(Named("onnx", onnx(model)), too_late)
    with backend:
        pass
    until(lambda: not backend.runs().preparing, "it is over")
    assert then.entered == 0


@dataclass
class Stepping:
    """Waits for the switch after the batch that set it off, so that it comes in the middle of a
    clip however fast the machine is."""

    inside: SwitchingBackend
    first: Counted
    then: str

    @property
    def batch_max(self) -> int:
        return self.inside.batch_max

    def __enter__(self) -> Self:
        self.inside.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.inside.__exit__(kind, error, tb)

    def infer(self, batch: PictureBatch) -> Mapping[str, FloatBatch]:
        outputs = self.inside.infer(batch)
        if self.first.reached.is_set():
            until(lambda: self.inside.runs().name == self.then, "the switch")
        return outputs
