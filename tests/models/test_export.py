from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from edge.backends.runtime import ort
from edge.core.preprocess import to_batch
from edge.core.types import Rgb
from edge.zoo import find
from tests.house.tree import ROOT
from tests.support.site import pattern_model

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")

from models import export, features, graph, stem, weights  # noqa: E402 - only where torch is
from models.network import Network  # noqa: E402

SHIPPED = find("first", None)
WIDTH, HEIGHT = 160, 96
Pictures = NDArray[np.uint8]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Network, Path]:
    """A fresh network, exported beside a card of a network that took floats."""
    torch.manual_seed(0)
    network = Network()
    folder = pattern_model(tmp_path_factory.mktemp("export"))
    card = folder / "card.json"
    card.write_text(card.read_text().replace('"card_version": 2', '"card_version": 1'))
    torch.save({"mean": network.state_dict()}, folder / "last.pt")
    assert export.export([folder / "last.pt"], folder, WIDTH, HEIGHT) < 1e-3
    return network, folder / "model.onnx"


def filmed(width: int, height: int) -> Pictures:
    """A picture from each of the demo's clips, as the network gets them."""
    pictures: list[Rgb] = []
    for clip in sorted((ROOT / "configs" / "demo").glob("*.mp4")):
        video = cv2.VideoCapture(str(clip))
        video.set(cv2.CAP_PROP_POS_FRAMES, 60)
        there, bgr = video.read()
        assert there, clip
        shown = cv2.resize(bgr, (width, width * 9 // 16), interpolation=cv2.INTER_AREA)
        pictures.append(np.asarray(cv2.cvtColor(shown, cv2.COLOR_BGR2RGB), np.uint8))
    spec = SHIPPED.card.input.model_copy(update={"width": width, "height": height})
    return to_batch(pictures, spec)


def seen(file: Path, pictures: Pictures) -> list[NDArray[np.float32]]:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    return list(session.run(list(export.OUTPUTS), {"images": pictures}))


def test_an_old_card_beside_the_file_is_made_anew(small: tuple[Network, Path]) -> None:
    card = find(None, small[1].parent).card
    assert (card.name, card.input.width, card.input.height) == ("pattern", WIDTH, HEIGHT)


def test_the_file_says_what_torch_says(small: tuple[Network, Path]) -> None:
    assert export.parity(*small, export.pictures_to_compare(WIDTH, HEIGHT)) < 1e-3
    assert export.parity(*small, filmed(WIDTH, HEIGHT)) < 1e-3


def test_the_shipped_file_says_what_torch_says_of_rooms() -> None:
    spec = SHIPPED.card.input
    pictures = filmed(spec.width, spec.height)
    assert len(pictures) > 1
    assert seen(SHIPPED.path, pictures)[0][..., 4].max() > 0.5, "nobody is in the demo's pictures"
    network = weights.of_onnx(SHIPPED.path)
    assert export.parity(network, SHIPPED.path, pictures) < 1e-3


def test_many_pictures_at_once_are_each_by_itself(small: tuple[Network, Path]) -> None:
    pictures = filmed(WIDTH, HEIGHT)
    together = seen(small[1], pictures)
    alone = [seen(small[1], pictures[number : number + 1]) for number in range(len(pictures))]
    for number, output in enumerate(together):
        apart = np.concatenate([one[number] for one in alone])
        assert not np.array_equal(output[0], output[1])
        assert np.abs(output - apart).max() < 1e-3


def test_any_number_of_pictures_goes_in(small: tuple[Network, Path]) -> None:
    for count in (1, 5):
        people, spill, places = seen(small[1], np.full((count, HEIGHT, WIDTH, 3), 50, np.uint8))
        assert people.shape == (count, 315, 9)
        assert spill.shape == (count, 12, 20)
        assert places.shape == (count, 32, 1, 2)  # what does not fill a place is left away


def test_it_is_built_of_what_tensorrt_takes(small: tuple[Network, Path]) -> None:
    nodes = onnx.load(str(small[1])).graph.node
    assert {node.op_type for node in nodes} <= graph.OPS_ALLOWED
    # Bytes may feed a cast and nothing else, and there is no other cast.
    assert [node.op_type for node in nodes if "images" in node.input] == ["Cast"]
    assert sum(node.op_type == "Cast" for node in nodes) == 1


def test_one_convolution_is_slices_and_a_convolution() -> None:
    torch.manual_seed(1)
    network = Network()
    pictures = torch.randint(0, 256, (2, 32, 64, 3), dtype=torch.uint8)
    images = (pictures.permute(0, 3, 1, 2).float() - network.mean) / network.std
    with torch.no_grad():
        wanted = network.backbone.stage4(
            network.backbone.stem(
                torch.cat([images[..., r::2, c::2] for c in (0, 1) for r in (0, 1)], 1)
            )
        )
        given = export.Shipped(network, 64, 32).fine(pictures)
    assert float(wanted.std()) > 0
    assert torch.allclose(given, wanted, atol=1e-4)
    parted = network.backbone.stem.conv.weight
    assert torch.equal(stem.parted(stem.whole(parted)), parted)


def test_a_file_gives_its_weights_back(small: tuple[Network, Path]) -> None:
    back = weights.of_onnx(small[1]).state_dict()
    for name, value in small[0].state_dict().items():
        assert torch.allclose(back[name], value, rtol=1e-6, atol=1e-8), name


def test_checkpoints_are_averaged(small: tuple[Network, Path], tmp_path: Path) -> None:
    kept = small[0].state_dict()
    for number in (0, 1):
        moved = {name: value + 2 * number for name, value in kept.items()}
        torch.save({"mean": moved}, tmp_path / f"{number}.pt")
    mean = export.average([tmp_path / "0.pt", tmp_path / "1.pt"])
    for name, value in kept.items():
        assert torch.allclose(mean[name], value + 1, atol=1e-5)


def test_a_model_stays_until_the_new_one_is_known_to_be_right(
    small: tuple[Network, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(small[1].parent, folder)
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    huge = {name: value * 1e6 for name, value in small[0].state_dict().items()}
    torch.save({"mean": huge}, tmp_path / "huge.pt")
    with pytest.raises(export.Unlike, match=r"differ by .*: .*model is as it was"):
        export.export([tmp_path / "huge.pt"], folder, WIDTH, HEIGHT)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    export.export([folder / "last.pt"], folder, WIDTH, HEIGHT, shares=["rendered"])
    names = [origin.name for origin in find(None, folder).card.origins]
    assert "floorwatch renderer" in names
    assert "GMDCSA24" not in names
    assert sorted(file.name for file in folder.iterdir()) == sorted(before)


def test_what_was_made_of_the_old_file_goes_with_it(
    small: tuple[Network, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(small[1].parent, folder)
    (folder / "model.fp16.onnx").write_bytes(b"of the old file")
    card = json.loads((folder / "card.json").read_text())
    made = {"file": "model.fp16.onnx", "sha256": "1" * 64, "made_from": card["sha256"]}
    (folder / "card.json").write_text(json.dumps(card | {"variants": {"fp16": made}}))
    assert find(None, folder).card.variants
    moved = {name: value * 1.01 for name, value in small[0].state_dict().items()}
    torch.save({"mean": moved}, tmp_path / "moved.pt")
    export.export([tmp_path / "moved.pt"], folder, WIDTH, HEIGHT)
    assert not find(None, folder).card.variants
    assert not (folder / "model.fp16.onnx").exists()


def test_cost_is_counted_from_the_graph(small: tuple[Network, Path]) -> None:
    parameters = sum(p.numel() for p in small[0].parameters())
    assert graph.cost(small[1]).parameters == parameters + features.FeatureHead().axes.numel()
