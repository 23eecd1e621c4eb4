"""Which engines are kept for this device, and whether they fit. They are of paper; the folder, the
records and the keys are real."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from edge import wiring
from edge.config.load import load
from edge.config.schema import Config
from edge.doctor import engines
from edge.engines.faults import NoEngine
from edge.engines.keys import System
from edge.engines.ports import BuildOptions, Precision
from edge.engines.provide import Provider
from edge.engines.store import Store
from tests.edge.doctor.devices import by_check
from tests.support.fake_cuda import FakeCuda
from tests.support.fake_tensorrt import FakeTensorRt, tidy
from tests.support.paper_builder import ORIN, PaperBuilder, paper_toolchain
from tests.support.site import site_file
from tests.support.yellow import yellow_model, yellow_network

NAN = float("nan")
HALF = yellow_network(added=0.001)
NEWER = replace(ORIN, tensorrt="TensorRT 10.7.0")


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A site that wants TensorRT."""
    yellow_model(tmp_path / "yellow", variants={"fp16": HALF})
    wanted = {"path": "yellow", "backend": "tensorrt"}
    return load(site_file(tmp_path, [{"name": "hall", "url": "pattern:empty"}], model=wanted))


def build(config: Config, builder: PaperBuilder, *tried: Precision) -> None:
    """As the daemon has it done at its start."""
    model = wiring.model(config)
    tools = paper_toolchain(trt := FakeTensorRt(cuda := FakeCuda()), cuda, builder)
    options = BuildOptions(input=model.card.input.name)
    provider = Provider(model, Store(config.engines_folder), tools, options, lambda *_: None)
    provider.provide(tried)
    tidy(trt)


def seen(config: Config, system: System = ORIN) -> dict[str, tuple[str, str]]:
    found = by_check(engines.judge(engines.probe(config, lambda: system)))
    return {check: (one.verdict, f"{one.found} {one.mend}") for check, one in found.items()}


def test_before_the_first_start_there_is_none(config: Config) -> None:
    verdict, words = seen(config)["engine"]
    assert verdict == "look"
    assert "none for this device in" in words
    assert "sudo -u floorwatch /opt/floorwatch/bin/floorwatch engine build" in words
    assert not config.engines_folder.exists()


def test_one_that_fits_is_named_until_something_changes(config: Config) -> None:
    build(config, PaperBuilder(), "fp16")
    verdict, words = seen(config)["engine"]
    assert verdict == "good"
    assert words.startswith("yellow-fp16-")
    verdict, words = seen(config, NEWER)["engine"]
    assert verdict == "look"
    assert "TensorRT 10.3.0 → TensorRT 10.7.0" in words
    assert "engine build --config" in words


def test_one_that_failed_is_told_beside_the_one_that_is_used(config: Config) -> None:
    spoil = PaperBuilder(lambda onnx: yellow_network(NAN) if onnx == HALF else onnx)
    build(config, spoil, "fp16", "fp32")
    found = seen(config)
    assert found["engine"][0] == "good"
    assert found["engine"][1].startswith("yellow-fp32-")
    assert found["engine failed"][0] == "look"
    assert "not a number" in found["engine failed"][1]


def test_a_damaged_record_is_told(config: Config) -> None:
    build(config, PaperBuilder(), "fp16")
    [record] = config.engines_folder.glob("*.json")
    record.write_text("{")
    found = seen(config)
    assert {check: verdict for check, (verdict, _) in found.items()} == {
        "engine": "look", "engine spoilt": "look",
    }  # fmt: skip


def test_why_there_can_be_none_is_told(config: Config) -> None:
    def nothing() -> System:
        raise NoEngine("TensorRT needs an NVIDIA GPU: there is none")

    [found] = engines.judge(engines.probe(config, nothing))
    assert (found.check, found.verdict) == ("engine", "look")
    assert "needs an NVIDIA GPU" in found.found
    config.engines_folder.mkdir(mode=0o755, parents=True)
    config.engines_folder.chmod(0o755)
    assert "chmod 700" in seen(config)["engine"][1]


def test_a_site_that_wants_none_is_not_bothered(tmp_path: Path) -> None:
    config = load(site_file(tmp_path, [{"name": "hall", "url": "pattern:empty"}]))
    assert {check: verdict for check, (verdict, _) in seen(config).items()} == {
        "engine": "not_applicable"
    }
