"""What every `Backend` promises, asked of each kind in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from edge.backends.guarded import GuardedBackend
from edge.backends.nvidia.ports import TensorRt
from edge.backends.onnx import OnnxBackend
from edge.backends.openvino import OpenVinoBackend
from edge.backends.scripted import ScriptedBackend
from edge.backends.switching import Named, SwitchingBackend
from edge.backends.tensorrt import TensorRtBackend
from edge.core.card import Card
from edge.core.preprocess import to_batch
from edge.core.types import Box, Rgb
from edge.ports import Backend, PictureBatch
from edge.sources.pattern import Mark, draw
from edge.zoo import find
from tests.support.fake_cuda import FakeCuda
from tests.support.fake_tensorrt import FakeTensorRt, plan, tidy
from tests.support.site import pattern_model

BATCH_MAX = 3
ANY = -1
# Between a batch and its pictures one by one: what the order of adding up floats makes.
TOLERANCE = {
    "guarded": 0.0,
    "onnx": 1e-3,
    "openvino": 0.0,
    "scripted": 0.0,
    "switching": 0.0,
    "tensorrt": 1e-3,
}


@dataclass(frozen=True)
class Kind:
    """One implementation, and the card it runs by."""

    name: str
    card: Card
    build: Callable[[], Backend]
    # Fails where what was built has not given back all it took.
    tidy: Callable[[], None] = lambda: None


def named(name: str, folder: Path) -> Kind:
    if name == "onnx":
        shipped = find("first", None)
        return Kind("onnx", shipped.card, lambda: OnnxBackend(shipped, 2, BATCH_MAX))
    if name == "openvino":
        if find_spec("openvino") is None:
            pytest.skip("the extra openvino is not installed")
        shipped = find("first", None)
        return Kind("openvino", shipped.card, lambda: OpenVinoBackend(shipped, 2, BATCH_MAX))
    if name == "tensorrt":
        shipped, trt = find("first", None), FakeTensorRt(cuda := FakeCuda())
        made = plan(shipped.path.read_bytes())
        return Kind(
            "tensorrt",
            shipped.card,
            lambda: TensorRtBackend(shipped, made, cast(TensorRt, trt), cuda, BATCH_MAX),
            lambda: tidy(trt),
        )
    card = find(None, pattern_model(folder)).card
    if name == "guarded":
        return Kind(
            "guarded", card, lambda: GuardedBackend(lambda: ScriptedBackend(card, BATCH_MAX))
        )
    if name == "switching":
        return Kind("switching", card, lambda: switching(card))
    return Kind("scripted", card, lambda: ScriptedBackend(card, BATCH_MAX))


@pytest.fixture(
    params=["guarded", "onnx", "openvino", "scripted", "switching", "tensorrt"], scope="module"
)
def kind(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Kind]:
    kind = named(request.param, tmp_path_factory.mktemp("model"))
    yield kind
    kind.tidy()


def switching(card: Card) -> SwitchingBackend:
    """One that goes over to another of the same kind meanwhile, when it likes."""
    first, then = (Named(name, ScriptedBackend(card, BATCH_MAX)) for name in ("one", "other"))
    return SwitchingBackend(first, lambda _stop: then)


@cache
def pictures() -> tuple[Rgb, ...]:
    """Three different views: someone up, someone down, liquid; the last is upright."""
    return (
        draw((Mark("upright", Box(0.2, 0.2, 0.12, 0.5)),), 0, (640, 360)),
        draw((Mark("down", Box(0.2, 0.6, 0.36, 0.16)),), 0, (512, 384)),
        draw((Mark("liquid", Box(0.3, 0.7, 0.4, 0.2)),), 0, (216, 384)),
    )


def batch(kind: Kind, *chosen: int) -> PictureBatch:
    return to_batch([pictures()[number] for number in chosen], kind.card.input)


def shapes_by_the_card(card: Card, count: int) -> dict[str, tuple[int, ...]]:
    rows, columns = (s // card.spill.stride for s in (card.input.height, card.input.width))
    shapes: dict[str, tuple[int, ...]] = {
        card.people.name: (count, ANY, 5 + len(card.people.states)),
        card.spill.name: (count, rows, columns),
    }
    if card.features is not None and card.places is not None:
        shapes[card.features.name] = (count, *card.places)
    return shapes


@pytest.mark.parametrize("count", range(1, BATCH_MAX + 1))
def test_outputs_have_the_names_and_shapes_of_the_card_and_n_first(kind: Kind, count: int) -> None:
    with kind.build() as backend:
        assert backend.batch_max == BATCH_MAX
        outputs = backend.infer(batch(kind, *range(count)))
    wanted = shapes_by_the_card(kind.card, count)
    assert set(outputs) == set(wanted)
    for name, output in outputs.items():
        assert output.dtype == np.float32
        assert output.ndim == len(wanted[name])
        assert all(
            want in {have, ANY} for have, want in zip(output.shape, wanted[name], strict=True)
        )


def test_values_are_what_the_card_says_they_are(kind: Kind) -> None:
    with kind.build() as backend:
        outputs = backend.infer(batch(kind, 0, 1, 2))
    people, spill = outputs[kind.card.people.name], outputs[kind.card.spill.name]
    assert all(np.isfinite(output).all() for output in outputs.values())
    assert people[..., 4:].min() >= 0
    assert people[..., 4:].max() <= 1 + 1e-5
    assert people[..., 5:].sum(-1) == pytest.approx(1, abs=1e-4)
    assert spill.min() >= 0
    assert spill.max() <= 1


def test_the_same_picture_gives_the_same_to_the_bit(kind: Kind) -> None:
    with kind.build() as one, kind.build() as other:
        results = [backend.infer(batch(kind, 0, 1)) for backend in (one, one, other)]
    for result in results[1:]:
        for name, output in result.items():
            assert np.array_equal(output, results[0][name])


def test_a_batch_is_its_pictures_one_by_one(kind: Kind) -> None:
    with kind.build() as backend:
        together = backend.infer(batch(kind, 0, 1, 2))
        alone = [backend.infer(batch(kind, number)) for number in range(3)]
    for name, output in together.items():
        apart = np.abs(output - np.concatenate([one[name] for one in alone])).max()
        assert apart <= TOLERANCE[kind.name]


def test_what_is_in_one_picture_does_not_show_in_the_next(kind: Kind) -> None:
    with kind.build() as backend:
        here = backend.infer(batch(kind, 0, 1))
        there = backend.infer(batch(kind, 0, 2))
    for name, output in here.items():
        assert np.abs(output[0] - there[name][0]).max() <= TOLERANCE[kind.name]
        assert not np.array_equal(output[1], there[name][1])


def test_use_outside_is_refused(kind: Kind) -> None:
    backend = kind.build()
    with pytest.raises(RuntimeError, match="enter"):
        backend.infer(batch(kind, 0))
    with backend:
        backend.infer(batch(kind, 0))
    with pytest.raises(RuntimeError, match="enter"):
        backend.infer(batch(kind, 0))


def test_what_goes_in_comes_out_unchanged(kind: Kind) -> None:
    given = batch(kind, 1)
    before = given.copy()
    with kind.build() as backend:
        outputs = backend.infer(given)
    assert np.array_equal(given, before)
    assert not any(np.shares_memory(given, output) for output in outputs.values())


def test_the_kinds_are_all_there_are() -> None:
    folder = Path(__file__).parents[2] / "edge" / "backends"
    assert {path.stem for path in folder.glob("*.py")} == {
        "__init__",
        "abreast",
        "choice",
        "close_ups",  # its seam is another: test_closer
        "cuda",
        "runtime",
        "trial",
        *TOLERANCE,
    }
