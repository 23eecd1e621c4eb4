"""OpenVINO beside ONNX Runtime: the same scores, the same faults found, nothing told to anyone."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge.backends.onnx import OnnxBackend
from edge.backends.openvino import OpenVinoBackend
from edge.core.card import Input
from edge.errors import BadModel
from edge.ports import PictureBatch
from edge.zoo import find
from tests.edge.test_onnx import FEATURES, FLOAT, PLACE, SIDE, STRIDE, model, network

pytestmark = pytest.mark.skipif(
    find_spec("openvino") is None, reason="the extra openvino is not installed"
)
SCORE_APART_MAX = 1e-4
PIXELS_APART_MAX = 0.02


def blotches(spec: Input) -> PictureBatch:
    """Pictures of large coloured squares, of which a network makes something at least."""
    tiles = np.random.default_rng(5).integers(0, 256, (3, spec.height // 64, spec.width // 64, 3))
    return tiles.astype(np.uint8).repeat(64, axis=1).repeat(64, axis=2)


def test_it_gives_the_scores_of_onnx_runtime() -> None:
    shipped = find("first", None)
    people, spill = shipped.card.people.name, shipped.card.spill.name
    pictures = blotches(shipped.card.input)
    with OpenVinoBackend(shipped, 2) as backend:
        ours = backend.infer(pictures)
    with OnnxBackend(shipped, 1) as other:
        theirs = other.infer(pictures)
    assert theirs[people][..., 5:].std() > 0.05, "where all is alike nothing is compared"
    apart = {name: np.abs(ours[name] - theirs[name]) for name in theirs}
    assert max(apart[people][..., 4:].max(), apart[spill].max()) <= SCORE_APART_MAX
    assert apart[people][..., :4].max() <= PIXELS_APART_MAX


def test_what_fits_runs(tmp_path: Path) -> None:
    with OpenVinoBackend(model(tmp_path, network()), batch_max=2) as backend:
        outputs = backend.infer(np.full((5, SIDE, SIDE, 3), 50, np.uint8))
    assert outputs["people"].shape == (5, 1, 9)
    assert outputs["spill"] == pytest.approx(np.full((5, SIDE // STRIDE, SIDE // STRIDE), 50.0))


def test_features_are_given_where_the_card_names_them(tmp_path: Path) -> None:
    named = model(tmp_path, network(place=PLACE), FEATURES)
    with OpenVinoBackend(named, batch_max=2) as backend:
        outputs = backend.infer(np.full((3, SIDE, SIDE, 3), 50, np.uint8))
    assert outputs["features"] == pytest.approx(np.full((3, 3, 2, 2), 50.0))


@pytest.mark.parametrize(
    ("different", "words"),
    [
        ({"input": "pixels"}, "images"),
        ({"people": "persons"}, "people"),
        ({"side": 96}, "its card says uint8 N×64×64×3"),
        ({"kind": FLOAT}, "its card says uint8 N×64×64×3"),
        ({"columns": 6}, "its card says 2×A×9"),
        ({"stride": 16}, "its card says 2×8×8"),
    ],
    ids=str,
)
def test_a_network_that_does_not_fit_its_card_is_found_on_entering(
    tmp_path: Path, different: dict[str, Any], words: str
) -> None:
    unfit = model(tmp_path, network(**different))
    with pytest.raises(BadModel) as raised, OpenVinoBackend(unfit):
        pass
    said = str(raised.value)
    assert words in said
    assert "\n" not in said


def test_a_file_that_is_no_network_is_found_on_entering(tmp_path: Path) -> None:
    with pytest.raises(BadModel, match="OpenVINO says"), OpenVinoBackend(model(tmp_path, b"none")):
        pass


LOOK = """
import numpy as np
from edge.backends.openvino import OpenVinoBackend
from edge.zoo import find
model = find('first', None)
side = model.card.input
with OpenVinoBackend(model, 1) as backend:
    backend.infer(np.zeros((1, side.height, side.width, 3), np.uint8))
"""


def ran(home: Path, code: str) -> subprocess.CompletedProcess[str]:
    """In a home of its own, not as a CI job, where the runtime is quiet by itself."""
    quiet = ("CI", "TF_BUILD", "JENKINS_URL")
    env = {key: value for key, value in os.environ.items() if key not in quiet}
    env |= {"HOME": str(home), "XDG_CACHE_HOME": ""}
    return subprocess.run(
        [sys.executable, "-c", code], env=env, text=True, capture_output=True, timeout=120,
        check=False,
    )  # fmt: skip


def test_the_runtime_tells_nobody_what_runs_here(tmp_path: Path) -> None:
    """Unsilenced, its import alone keeps an id and a count below the user's home, and sends them
    from a process of its own."""
    found = ran(tmp_path, LOOK + "import sys\nassert sys.modules['openvino_telemetry'] is None")
    assert found.returncode == 0, found.stderr
    assert list(tmp_path.rglob("*")) == []


def test_without_it_one_line_says_what_to_do(tmp_path: Path) -> None:
    absent = "import sys\nsys.modules['openvino'] = None\n"  # as import finds what is not there
    found = ran(tmp_path, absent + LOOK)
    assert found.stderr.splitlines()[-1].startswith("edge.errors.BadModel: OpenVINO is not here")
    assert "pip install 'floorwatch[openvino]'" in found.stderr
