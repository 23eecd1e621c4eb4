"""The first rule: wider than high lies."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from edge.config.load import load
from edge.core import heads
from edge.zoo import find
from tests.support.site import PROGRAM

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")

from models import baseline, eye, graph  # noqa: E402 - only where torch is
from models.coco import load_coco  # noqa: E402
from models.network import Network  # noqa: E402

COCO = "pretrained/yolox_nano_coco/yolox_nano_coco.onnx"
WIDTH, HEIGHT = 160, 96


@pytest.fixture(scope="module")
def network() -> Network:
    """Nobody's, whose boxes are wide, high and square at the three strides."""
    torch.manual_seed(0)
    fresh = Network()
    weights = fresh.state_dict()
    for level, (w, h) in enumerate(((0.6, 0.0), (0.0, 0.6), (0.1, 0.1))):
        weights[f"person.{level}.box_out.bias"] = torch.tensor([0.0, 0.0, w, h])
    fresh.load_state_dict(weights)
    return fresh


@pytest.fixture(scope="module")
def folder(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rule as a model folder, for small pictures."""
    into = tmp_path_factory.mktemp("baseline")
    baseline.write_rule(network, into, WIDTH, HEIGHT)
    return into


def seen(folder: Path, rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    with eye.opened(folder) as opened:
        return np.array(opened.backend.infer(rgb[None])["people"][0])


def noise() -> NDArray[np.uint8]:
    blocks = np.random.default_rng(3).uniform(0, 255, (HEIGHT // 16, WIDTH // 16, 3))
    return np.kron(blocks, np.ones((16, 16, 1))).astype(np.uint8)


def test_people_are_the_networks_and_down_is_the_shape_of_the_box(
    folder: Path, network: Network
) -> None:
    rgb = noise()
    people = seen(folder, rgb)
    with torch.no_grad():
        theirs = network(torch.from_numpy(rgb.transpose(2, 0, 1)[None].astype(np.float32)))[0][0]
    assert np.abs(people[:, :5] - theirs.numpy()[:, :5]).max() < 1e-2
    shape, down = people[:, 2] / people[:, 3], people[:, 6]
    assert (down[shape > 1.3] > 0.9).all()
    assert (down[shape < 1.1] < 0.1).all()
    assert (shape > 1.3).any()
    assert (shape < 1.1).any()
    assert np.allclose(people[:, 5] + down, 1, atol=1e-6)


def test_no_liquid_is_ever_seen(folder: Path) -> None:
    with eye.opened(folder) as opened:
        scores = opened.see(noise())
        people = opened.backend.infer(noise()[None])["people"]
    assert scores.spill.shape == (HEIGHT // 8, WIDTH // 8)
    assert not scores.spill.any()
    rows = people[0]
    rows[:, 4] = 0.0
    rows[np.argmax(rows[:, 6]), 4] = 0.7
    card = find(None, folder).card
    (lying,) = heads.read(rows, scores.spill, card, (WIDTH, HEIGHT), 0).people
    assert lying.score == pytest.approx(0.7)
    assert (lying.low, lying.bed) == (0, 0)


def test_it_takes_what_a_shipped_file_takes(folder: Path) -> None:
    nodes = onnx.load(str(folder / "model.onnx")).graph.node
    assert {node.op_type for node in nodes} <= graph.OPS_ALLOWED


def test_its_site_alarms_at_what_lasts_about_a_second(folder: Path) -> None:
    site = load(folder / baseline.SITE)
    assert site.model.path == folder
    assert site.alarms.collapse.slow_s == site.alarms.collapse.confirm_s == 2
    assert find(None, folder).card.thresholds["collapse"].value == baseline.SCORE


def test_it_is_written_alike_each_time(folder: Path, network: Network, tmp_path: Path) -> None:
    other = Network()  # another draw of the heads that the rule does without
    kept = {n: w for n, w in network.state_dict().items() if not n.startswith(("state.", "spill."))}
    other.load_state_dict(kept, strict=False)
    baseline.write_rule(other, tmp_path, WIDTH, HEIGHT)
    assert find(None, tmp_path).card == find(None, folder).card  # which has the file's digest


def test_cocos_people_keep_their_scores(data: Path, tmp_path: Path) -> None:
    baseline.write(data / COCO, tmp_path, WIDTH, HEIGHT)
    network = Network()
    load_coco(network, data / COCO)
    rgb = noise()
    images = torch.from_numpy(rgb.transpose(2, 0, 1)[None].astype(np.float32))
    with torch.no_grad():
        scores = network.person_score(network.fine(images))[0].numpy()
    assert scores.max() > 1e-4
    assert np.abs(seen(tmp_path, rgb)[:, 4] - scores).max() < 1e-4


def test_what_is_not_coco_is_said_in_a_line(tmp_path: Path) -> None:
    text = tmp_path / "text.onnx"
    text.write_text("no network")
    for file in (text, tmp_path / "none.onnx", find("first", None).path):
        with pytest.raises(baseline.NotCoco, match="not YOLOX-Nano's weights"):
            baseline.write(file, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (["--baseline", "last.pt"], "one of the two"),
        ([], "name the last.pt of a run, or say --baseline"),
        (["--baseline", "--data", "nowhere"], "there is no such folder"),
    ],
)
def test_the_verb_says_what_to_change(tmp_path: Path, said: list[str], answer: str) -> None:
    done = subprocess.run(
        [PROGRAM, "export", *said, "--to", str(tmp_path / "out")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 2
    assert answer in done.stderr
    assert done.stderr.count("\n") == 1


def test_what_is_being_read_is_not_written_over(network: Network, tmp_path: Path) -> None:
    """Whoever opened the old files reads them to their ends."""
    baseline.write_rule(network, tmp_path, WIDTH, HEIGHT)
    names = sorted(file.name for file in tmp_path.iterdir())
    before = {name: (tmp_path / name).read_bytes() for name in names}
    opened = {name: (tmp_path / name).open("rb") for name in names}
    baseline.write_rule(network, tmp_path, 2 * WIDTH, HEIGHT)
    for name, file in opened.items():
        with file:
            assert file.read() == before[name]
    assert sorted(file.name for file in tmp_path.iterdir()) == names
    assert (tmp_path / "model.onnx").read_bytes() != before["model.onnx"]
    with eye.opened(tmp_path) as found:
        assert found.card.input.width == 2 * WIDTH
