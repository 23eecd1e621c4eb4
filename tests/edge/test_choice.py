"""The fastest runtime that works and gives the right scores is taken; the time is a test's own."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import TracebackType

import numpy as np
import pytest
from typing_extensions import Self

from edge import wiring
from edge.backends.choice import Candidate, Choice, choose
from edge.backends.onnx import OnnxBackend
from edge.backends.scripted import ScriptedBackend
from edge.config import cameras
from edge.core.card import Card, Features
from edge.errors import BadModel
from edge.ports import FloatBatch, PictureBatch
from edge.zoo import find
from tests.edge.frames import pattern_card


@dataclass
class Watch:
    """A stop-watch that goes on only while somebody works."""

    now_s: float = 0.0

    def read(self) -> float:
        return self.now_s


@dataclass
class Paced:
    """The scripted backend at a speed, or with a fault, of the test's choice."""

    card: Card
    watch: Watch
    picture_s: float
    batch_s: float = 0.0
    off: float = 0.0
    off_in: str = "spill"
    fault: str = ""
    batch_max: int = 8
    open: list[bool] = field(default_factory=lambda: [False])

    def __enter__(self) -> Self:
        if self.fault:
            raise BadModel(self.fault)
        self.open.append(True)
        self._inner = ScriptedBackend(self.card).__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.open.append(False)

    def infer(self, batch: PictureBatch) -> Mapping[str, FloatBatch]:
        self.watch.now_s += self.batch_s + self.picture_s * len(batch)
        found = dict(self._inner.infer(batch))
        found[self.off_in] = found[self.off_in] + np.float32(self.off)
        return found


def chosen(card: Card, watch: Watch, **backends: Paced) -> Choice:
    candidates = [Candidate(name, partial(backends.__getitem__, name)) for name in backends]
    return choose(candidates, card, watch.read)


def test_the_fastest_is_taken_and_closed_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    card, watch = pattern_card(tmp_path), Watch()
    quick, slow = Paced(card, watch, 0.02), Paced(card, watch, 0.05)
    with caplog.at_level(logging.INFO, "edge.backends.choice"):
        choice = chosen(card, watch, slow=slow, quick=quick)
    assert choice.chosen.name == "quick"
    assert caplog.messages == ["quick runs the network (slow 20 pictures/s; quick 50 pictures/s)"]
    assert [quick.open[-1], slow.open[-1]] == [False, False]


def test_one_picture_and_four_count_alike(tmp_path: Path) -> None:
    card, watch = pattern_card(tmp_path), Watch()
    batching = Paced(card, watch, 0.01, batch_s=0.03)  # 25 alone, 57 by fours
    single = Paced(card, watch, 0.02)
    assert chosen(card, watch, batching=batching, single=single).chosen.name == "single"
    single.picture_s = 0.03
    assert chosen(card, watch, batching=batching, single=single).chosen.name == "batching"


def test_a_slow_machine_is_not_kept_waiting_for_better_numbers(tmp_path: Path) -> None:
    card, watch = pattern_card(tmp_path), Watch()
    slow, slower = Paced(card, watch, 1.0), Paced(card, watch, 1.5)
    assert chosen(card, watch, slower=slower, slow=slow).chosen.name == "slow"
    assert watch.now_s <= 2 * (4 + 1 + 2 + 4 + 4) * 1.5


def test_of_two_as_fast_the_first_is_taken(tmp_path: Path) -> None:
    card, watch = pattern_card(tmp_path), Watch()
    one, other = Paced(card, watch, 0.0200), Paced(card, watch, 0.0196)
    assert chosen(card, watch, one=one, other=other).chosen.name == "one"


@pytest.mark.parametrize("off", [0.05, float("nan")])
def test_who_gives_other_scores_is_left_out_however_fast(tmp_path: Path, off: float) -> None:
    card, watch = pattern_card(tmp_path), Watch()
    wrong, right = Paced(card, watch, 0.001, off=off), Paced(card, watch, 0.05)
    choice = chosen(card, watch, wrong=wrong, right=right)
    assert choice.chosen.name == "right"
    assert "wrong is left out: its scores are" in str(choice)


@pytest.mark.parametrize("off", [0.05, float("nan")])
def test_who_gives_other_features_is_left_out_too(tmp_path: Path, off: float) -> None:
    features = Features(name="features", channels=4, stride=64)
    card, watch = pattern_card(tmp_path).model_copy(update={"features": features}), Watch()
    wrong = Paced(card, watch, 0.001, off=off, off_in="features")
    assert chosen(card, watch, wrong=wrong, right=Paced(card, watch, 0.05)).chosen.name == "right"


def test_who_does_not_work_here_is_left_out_and_why_is_said(tmp_path: Path) -> None:
    card, watch = pattern_card(tmp_path), Watch()
    broken, other = Paced(card, watch, 0.001, fault="no driver"), Paced(card, watch, 0.05)
    choice = chosen(card, watch, broken=broken, other=other)
    assert str(choice) == (
        "other runs the network (broken cannot be used: no driver; other 20 pictures/s)"
    )


def test_what_the_last_finds_wrong_with_the_model_is_raised(tmp_path: Path) -> None:
    card, watch = pattern_card(tmp_path), Watch()
    bad = Paced(card, watch, 0.01, fault="the file is cut off")
    with pytest.raises(BadModel, match="cut off"):
        chosen(card, watch, quick=Paced(card, watch, 0.01), bad=bad)


def test_the_only_one_is_not_tried(tmp_path: Path) -> None:
    card, watch = pattern_card(tmp_path), Watch()
    only = Paced(card, watch, 0.01)
    assert chosen(card, watch, only=only).chosen.name == "only"
    assert only.open == [False]


def test_the_daemon_chooses_and_what_promises_the_same_bytes_does_not() -> None:
    config, shipped = cameras.defaults("lab"), find("first", None)
    assert config.model.backend == "auto"
    assert [one.name for one in wiring.candidates(config, shipped)][-1] == "onnx"
    assert isinstance(wiring.backend(config, shipped), OnnxBackend)
    named = cameras.defaults("lab", {"model": {"backend": "openvino"}})
    assert [one.name for one in wiring.candidates(named, shipped)] == ["openvino"]
    assert named.model.repeatable == "openvino"
