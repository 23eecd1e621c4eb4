"""An engine is kept while it fits, built again when anything changed, and refused when it computes
something else than the model."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from edge.engines.faults import NoEngine, Refused, Unusable
from edge.engines.keys import System
from edge.engines.provide import precisions
from edge.engines.store import Record
from tests.edge.engines.conftest import Device
from tests.support.fake_tensorrt import refuse
from tests.support.paper_builder import ORIN, PaperBuilder
from tests.support.yellow import yellow_model, yellow_network

NAN = float("nan")
ALL = {"fp16": yellow_network(), "int8": yellow_network()}


def test_an_engine_is_built_once_and_tested_each_time(device: Device, tmp_path: Path) -> None:
    model, builder = yellow_model(tmp_path / "model"), PaperBuilder()
    first = device.provider(model, builder).provide(("fp32",))
    assert "batches of 1, 2" in first.tested
    assert any("building the fp32 engine: folding" in doing for doing in device.doing)
    second = device.provider(model, builder).provide(("fp32",))
    assert builder.made == 1
    assert second.key.digest == first.key.digest
    assert device.doing[-1] == "testing the kept fp32 engine"
    assert device.provider(model, builder).provide(("fp32",), again=True)
    assert builder.made == 2


@pytest.mark.parametrize(
    ("system", "said"),
    [
        (replace(ORIN, tensorrt="TensorRT 10.7.0"), "TensorRT 10.3.0 → TensorRT 10.7.0"),
        (replace(ORIN, system="L4T R36.5.0"), "L4T R36.4.3 → L4T R36.5.0"),
        (replace(ORIN, gpu="Thor (SM 11.0)"), "Orin (SM 8.7) → Thor (SM 11.0)"),
    ],
)
def test_another_system_builds_again_says_what_changed_and_drops_the_old(
    device: Device,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    system: System,
    said: str,
) -> None:
    caplog.set_level(logging.INFO)
    model, builder = yellow_model(tmp_path / "model"), PaperBuilder()
    device.provider(model, builder).provide(("fp32",))
    made = device.provider(model, builder, system).provide(("fp32",))
    assert builder.made == 2
    assert said in caplog.text
    assert device.store.all() == (made,)
    assert len(list(device.folder.glob("*.plan"))) == 1


def test_another_network_builds_again_and_says_so(
    device: Device, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    builder = PaperBuilder()
    device.provider(yellow_model(tmp_path / "model"), builder).provide(("fp32",))
    newer = yellow_model(tmp_path / "model", yellow_network(added=0.1))
    device.provider(newer, builder).provide(("fp32",))
    assert builder.made == 2
    assert "built again: the model's file changed" in caplog.text


def spoilt(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        (("plan", spoilt), "damaged"),
        (("plan", Path.unlink), "cannot be read"),
        (("plan", lambda path: path.chmod(0o644)), "open to others"),
        (("json", lambda path: path.write_bytes(b"{")), "damaged"),
        (("json", lambda path: path.write_text('{"format": 9}')), "another version"),
        (("json", lambda path: path.chmod(0o660)), "open to others"),
    ],
    ids=["bit", "missing", "mode", "cut record", "format", "record's mode"],
)
def test_what_is_kept_but_not_sound_is_never_loaded_and_built_again(
    device: Device,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    kept: tuple[str, Callable[[Path], object]],
    said: str,
) -> None:
    model, builder = yellow_model(tmp_path / "model"), PaperBuilder()
    record = device.provider(model, builder).provide(("fp32",))
    ending, damage = kept
    damage(device.folder / f"{record.key.name}.{ending}")
    again = device.provider(model, builder).provide(("fp32",))
    assert builder.made == 2
    assert said in caplog.text
    assert device.store.load(again)


@pytest.mark.parametrize(
    ("builder", "said"),
    [
        (PaperBuilder(lambda _onnx: yellow_network(added=NAN)), "not a number"),
        (PaperBuilder(lambda _onnx: yellow_network(added=0.06)), "computes something else"),
        (PaperBuilder(version="10.2.0"), "BadModel"),
    ],
    ids=["nan", "scores", "does not load"],
)
def test_an_engine_that_computes_something_else_is_refused_and_not_tried_again(
    device: Device, tmp_path: Path, builder: PaperBuilder, said: str
) -> None:
    model = yellow_model(tmp_path / "model", variants=ALL)
    with pytest.raises(NoEngine, match=said):
        device.provider(model, builder).provide(("fp16",))
    assert list(device.folder.glob("*.plan")) == []
    with pytest.raises(NoEngine, match=f"(?s)failed here at.*{said}.*engine clear"):
        device.provider(model, builder).provide(("fp16",))
    assert builder.made == 1


def test_an_engine_that_could_not_be_tested_is_not_held_against_it(
    device: Device, tmp_path: Path
) -> None:
    """Another program had the GPU's memory, say. At the next start it may be free."""
    model, builder = yellow_model(tmp_path / "model"), PaperBuilder()
    refuse(device.trt, "create_execution_context")
    with pytest.raises(NoEngine, match=r"RuntimeError: .*out of memory"):
        device.provider(model, builder).provide(("fp32",))
    assert device.store.all() == ()
    gc.collect()
    refuse(device.trt)
    assert device.provider(model, builder).provide(("fp32",)).plan_bytes
    assert builder.made == 2


def test_the_next_lower_risk_is_tried(
    device: Device, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """int8 gives NaN, there is no fp16 file: fp32 it is."""
    other = yellow_network(added=0.001)
    model = yellow_model(tmp_path / "model", variants={"int8": other})
    builder = PaperBuilder(lambda onnx: yellow_network(NAN) if onnx == other else onnx)
    made = device.provider(model, builder).provide(precisions(model.card, "int8"))
    assert made.key.precision == "fp32"
    assert "no int8 engine of yellow: in batches of 1" in caplog.text
    assert "names no fp16 file" in caplog.text


def test_a_variant_that_its_card_does_not_vouch_for_is_refused(
    device: Device, tmp_path: Path
) -> None:
    model = yellow_model(tmp_path / "model", variants=ALL)
    (tmp_path / "model" / "model.fp16.onnx").write_bytes(yellow_network(added=0.01))
    with pytest.raises(NoEngine, match="not the file that the card names"):
        device.provider(model, PaperBuilder()).provide(("fp16",))


def test_what_auto_takes_is_what_the_card_says_is_as_good(tmp_path: Path) -> None:
    card = yellow_model(tmp_path / "model", variants=ALL).card
    assert precisions(card, "auto") == ("fp16", "fp32")
    assert precisions(card, "int8") == ("int8", "fp16", "fp32")
    assert precisions(card, "fp32") == ("fp32",)
    failed = card.variants["fp16"].model_copy(update={"passed": False})
    assert precisions(card.model_copy(update={"variants": {"fp16": failed}}), "auto") == ("fp32",)
    assert precisions(card.model_copy(update={"variants": {}}), "auto") == ("fp32",)


def test_verifying_computes_again_what_is_kept(device: Device, tmp_path: Path) -> None:
    model, builder = yellow_model(tmp_path / "model"), PaperBuilder()
    record = device.provider(model, builder).provide(("fp32",))
    assert "batches of 1, 2" in device.provider(model, builder).verify(record)
    moved = device.provider(model, builder, replace(ORIN, system="L4T R38.2"))
    with pytest.raises(Unusable, match=r"R36.4.3 → L4T R38.2"):
        moved.verify(record)
    forged = device.store.keep(record.key, b"a plan of another machine", 1.0, "")
    with pytest.raises(Refused, match="BadModel"):
        device.provider(model, builder).verify(forged)
    assert isinstance(device.store.all()[0], Record)
