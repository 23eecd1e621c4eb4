"""The small parts: phases as one number, what carries TensorRT, the golden pictures, the key."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from edge.backends.onnx import OnnxBackend
from edge.core.card import Features
from edge.engines import golden, selftest
from edge.engines.keys import Key
from edge.engines.phases import Phases
from edge.engines.ports import BuildOptions
from edge.engines.tensorrt_builder import TensorRtBuilder
from edge.engines.toolchain import carrier, version
from edge.ports import FloatBatch
from edge.zoo import find
from tests.support.paper_builder import ORIN
from tests.support.yellow import yellow_model, yellow_network

RTX = "tensorrt_rtx_bindings"
JETSON = "# R36 (release), REVISION: 4.3, GCID: 38968081, BOARD: generic, EABI: aarch64\n"
OPEN = "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.86.15  Release Build\n"
OLD = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.14  Thu Feb 22 01:44:30 UTC 2024\n"


def test_phases_within_phases_are_one_number_that_only_grows() -> None:
    told: list[tuple[str, float]] = []
    phases = Phases(lambda *one: told.append(one))
    phases.begin("Building Engine", None, 2)
    phases.begin("Timing", "Building Engine", 4)
    for step in range(4):
        phases.step("Timing", step)
    phases.end("Timing")
    phases.step("Building Engine", 0)
    phases.begin("Serialising", "Building Engine", 1)
    phases.step("Serialising", 0)
    phases.step("never begun", 0)
    phases.begin("Another", None, 10)
    phases.end("Building Engine")
    assert [round(done, 3) for _, done in told] == [
        0, 0, 0.125, 0.25, 0.375, 0.5, 0.5, 0.5, 0.99, 0.99,
    ]  # fmt: skip
    assert told[2][0] == "timing"


@pytest.mark.parametrize(
    ("l4t", "driver", "said"),
    [
        (JETSON, OPEN, "L4T R36.4.3"),
        ("", OPEN, "driver 570.86.15"),
        ("", OLD, "driver 550.54.14"),
        ("", "", ""),
    ],
)
def test_what_carries_tensorrt_is_read_where_it_is_told(
    tmp_path: Path, l4t: str, driver: str, said: str
) -> None:
    paths = []
    for name, text in (("l4t", l4t), ("driver", driver)):
        paths.append(tmp_path / name)
        if text:
            paths[-1].write_text(text)
    assert carrier(*paths) == said


def test_versions_are_compared_as_numbers() -> None:
    assert version("10.13.3.9") > version("10.3.0.post1") > version("9.2")


def test_every_word_of_the_key_counts() -> None:
    onnx, options = b"network", BuildOptions()
    one = Key.of("first", "fp16", onnx, options, ORIN)
    others = [
        Key.of("second", "fp16", onnx, options, ORIN),
        Key.of("first", "fp32", onnx, options, ORIN),
        Key.of("first", "fp16", b"other", options, ORIN),
        Key.of("first", "fp16", onnx, replace(options, workspace_mb=64), ORIN),
        Key.of("first", "fp16", onnx, options, replace(ORIN, gpu="Thor (SM 11.0)")),
        Key.of("first", "fp16", onnx, options, replace(ORIN, system="L4T R36.5.0")),
        Key.of("first", "fp16", onnx, options, replace(ORIN, tensorrt="TensorRT 10.7.0")),
    ]
    assert len({key.digest for key in (one, *others)}) == 8
    assert Key.of("first", "fp16", onnx, options, ORIN) == one


def test_the_golden_pictures_are_the_same_everywhere_and_show_the_model_something() -> None:
    """Nobody found in any of them would make a test of decisions that cannot fail."""
    model = find("first", None)
    pictures = golden.pictures(model.card, 8)
    assert pictures.shape == (8, 384, 640, 3)
    assert len({one.tobytes() for one in pictures}) == 8
    with OnnxBackend(model, 1) as backend:
        wet = backend.infer(pictures[6:])
        told = selftest.examine(model.card, backend, backend, "fp32", (8,))
    found = re.search(r", 0 of (\d+) people found differently", told)
    assert found is not None
    assert int(found[1]) >= 2
    assert (wet["spill"].max(axis=(1, 2)) > 0.5).all()


def test_people_who_move_or_vanish_are_found_differently(tmp_path: Path) -> None:
    card = yellow_model(tmp_path).card
    people = np.zeros((8, 2, 9), np.float32)
    people[:, 0] = (50, 60, 30, 80, 0.8, 1, 0, 0, 0)
    wanted = {"people": people, "spill": np.zeros((8, 16, 24), np.float32)}
    moved, gone, faint = people.copy(), people.copy(), people.copy()
    moved[3, 0, 0] += 90
    gone[5, 0, 4] = 0
    faint[5, 1] = (150, 60, 30, 40, 0.11, 1, 0, 0, 0)
    limits = selftest.TOLERANCES["fp16"]

    def apart(found: FloatBatch) -> int:
        return selftest.compare(card, wanted, wanted | {"people": found}, limits).differently

    assert (apart(people), apart(moved), apart(gone), apart(faint)) == (0, 2, 1, 0)


def test_features_that_differ_are_a_share_of_how_far_places_differ(tmp_path: Path) -> None:
    features = Features(name="features", channels=2, stride=64)
    card = yellow_model(tmp_path).card.model_copy(update={"features": features})
    wanted: dict[str, FloatBatch] = {
        "people": np.zeros((8, 1, 9), np.float32),
        "spill": np.zeros((8, 16, 24), np.float32),
        "features": np.tile(np.array([1, 3], np.float32), (8, 2, 2, 3))[..., :3],
    }
    wanted["features"] += np.arange(8, dtype=np.float32)[:, None, None, None]
    spread = float(wanted["features"][:, 0].std())
    found = wanted | {"features": wanted["features"] + np.float32(0.5)}
    limits = selftest.TOLERANCES["int8"]
    assert selftest.compare(card, wanted, wanted, limits).features == 0
    assert selftest.compare(card, wanted, found, limits).features == pytest.approx(0.5 / spread)


@pytest.mark.skipif(find_spec(RTX) is None, reason=f"{RTX} is not installed")
@pytest.mark.filterwarnings("ignore:Use Deprecated:DeprecationWarning")
def test_a_spoilt_file_of_times_costs_time_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "engines"
    folder.mkdir(mode=0o700)
    timing = folder / "timing.cache"
    timing.write_bytes(b"no times")
    timing.chmod(0o666)
    built = TensorRtBuilder(import_module(RTX), timing)
    assert built.build(yellow_network(), BuildOptions(), lambda *_: None)
    assert "left out: timing.cache is open to others" in caplog.text
    assert timing.stat().st_mode & 0o777 in {0o600, 0o666}
