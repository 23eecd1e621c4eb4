"""A checkpoint as the shipped artefact: `model.onnx`, and a card that fits it.

    floorwatch export runs/x/last.pt --to models/zoo/first

The file takes bytes as cameras give them (N×H×W×3 uint8 RGB, N free) and is built of convolutions
and what TensorRT takes beside them (`models.graph.OPS_ALLOWED`). The card's words (`origins`,
thresholds and where they come from) are kept from the card already there; version, size, strides
and digest are written anew. Torch and ONNX Runtime are held side by side on the spot, and the
largest difference is printed.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from edge.backends.runtime import ort
from edge.core import card as cards
from models import graph
from models.network import STRIDES, Network
from models.stem import ByteStem, parted

OPSET = 17
PARITY_MAX = 1e-3
FILE = "model.onnx"
INPUT, OUTPUTS = "images", ("people", "spill")


def export(checkpoints: Sequence[Path], folder: Path, width: int = 640, height: int = 384) -> float:
    """Write `model.onnx` and put its digest into `card.json`. Returns the largest difference
    between torch and ONNX Runtime; raises ValueError where that is more than `PARITY_MAX`.

    Several checkpoints of one run are averaged weight by weight: that keeps what each knew.
    """
    network = Network()
    network.load_state_dict(average(checkpoints))
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / FILE
    write_onnx(network, file, width, height)
    apart = parity(network, file, pictures_to_compare(width, height))
    if apart > PARITY_MAX:
        raise ValueError(f"torch and ONNX Runtime differ by {apart:.2g}, allowed are {PARITY_MAX}")
    _sign(folder, width, height)
    return apart


def average(checkpoints: Sequence[Path]) -> dict[str, Tensor]:
    """The mean of the checkpoints' weights."""
    kept = [torch.load(c, weights_only=True, map_location="cpu")["mean"] for c in checkpoints]
    return {name: torch.stack([k[name] for k in kept]).mean(0) for name in kept[0]}


class Shipped(Network):
    """A network as it ships: for pictures N×height×width×3 uint8 of one size, so that its grids
    are constants of the graph."""

    def __init__(self, network: Network, width: int, height: int) -> None:
        super().__init__()
        self.load_state_dict(network.state_dict())
        self.stem = ByteStem(network, width)
        self.size = (height, width)

    def fine(self, images: Tensor) -> Tensor:
        """The stride-4 map of pictures as bytes."""
        c4: Tensor = self.backbone.stage4(self.stem(images))
        return c4

    def forward(self, images: Tensor, size: tuple[int, int] | None = None) -> tuple[Tensor, Tensor]:
        """As `Network` gives them: `people` N×A×9, `spill` N×h×w."""
        return super().forward(images, size or self.size)


def write_onnx(network: Network, file: Path, width: int, height: int) -> None:
    """The network as ONNX, N free, height and width fixed."""
    write_graph(Shipped(network, width, height), file, width, height)


def write_graph(module: nn.Module, file: Path, width: int, height: int) -> None:
    """Any module that takes pictures as bytes and gives `people` and `spill`, as ONNX."""
    pictures = torch.full((2, height, width, 3), 114, dtype=torch.uint8)
    with warnings.catch_warnings():
        # The newer exporter needs onnxscript and leaves a less readable graph.
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            module.eval(),
            (pictures,),
            str(file),
            input_names=[INPUT],
            output_names=list(OUTPUTS),
            dynamic_axes={name: {0: "n"} for name in (INPUT, *OUTPUTS)},
            opset_version=OPSET,
            dynamo=False,
        )
    written = onnx.load(str(file))
    graph.drop_idle_casts(written)
    onnx.checker.check_model(written, full_check=True)
    onnx.save(written, str(file))


def weights_of(file: Path) -> dict[str, Tensor]:
    """The weights of an exported file by the names that `Network` has for them, but for those of
    what has no weights in the file."""
    found = {
        name: torch.tensor(values)
        for name, values in graph.weights(onnx.load(str(file)).graph).items()
    }
    stem = {name: found.pop(f"stem.conv.{name}", None) for name in ("weight", "bias")}
    if stem["weight"] is not None and stem["bias"] is not None:
        found["backbone.stem.conv.weight"] = parted(stem["weight"] * Network().std)
        found["backbone.stem.conv.bias"] = stem["bias"]
    return found


def pictures_to_compare(width: int, height: int) -> NDArray[np.uint8]:
    """Three pictures of noise and blocks, N×H×W×3."""
    rng = np.random.default_rng(0)
    coarse = rng.uniform(0, 255, (3, height // 32, width // 32, 3))
    blocks = np.kron(coarse, np.ones((1, 32, 32, 1)))
    noise = rng.normal(0, 10, (3, height, width, 3))
    return np.clip(blocks + noise, 0, 255).astype(np.uint8)


def parity(network: Network, file: Path, pictures: NDArray[np.uint8]) -> float:
    """The largest difference over both outputs between torch and the file in ONNX Runtime, for
    pictures N×H×W×3 of the file's size; positions are compared in units of a hundred pixels."""
    session = ort.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    people, spill = session.run(list(OUTPUTS), {INPUT: pictures})
    images = torch.from_numpy(pictures.transpose(0, 3, 1, 2).astype(np.float32))
    with torch.no_grad():
        ours = [x.numpy() for x in network(images)]
    scale = np.array([100.0] * 4 + [1.0] * 5, np.float32)
    return float(max(np.abs((people - ours[0]) / scale).max(), np.abs(spill - ours[1]).max()))


def _sign(folder: Path, width: int, height: int) -> None:
    """Put what is known of the file into its card, and check that the card is one."""
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    card["card_version"] = cards.VERSION
    card["file"] = FILE
    card["sha256"] = hashlib.sha256((folder / FILE).read_bytes()).hexdigest()
    card["input"] |= {"name": INPUT, "width": width, "height": height}
    card["people"]["strides"] = list(STRIDES)
    text = json.dumps(card, indent=2, ensure_ascii=False) + "\n"
    cards.Card.model_validate_json(text)
    (folder / "card.json").write_text(text, encoding="utf-8")
