"""A checkpoint as the shipped artefact: `model.onnx`, and a card that fits it.

    floorwatch export runs/x/last.pt --to models/zoo/first

The card's words (`origins`, thresholds and where they come from) are kept from the card already
there; size, digest and outputs are written from the file itself. Torch and ONNX Runtime are held
side by side on the spot, and the largest difference is printed.
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
from torch import Tensor, nn

from edge.backends.runtime import ort
from edge.core.card import Card
from models.network import Network

OPSET = 17
PARITY_MAX = 1e-3
FILE = "model.onnx"


def export(checkpoints: Sequence[Path], folder: Path, width: int = 640, height: int = 384) -> float:
    """Write `model.onnx` and put its digest into `card.json`. Returns the largest difference
    between torch and ONNX Runtime; raises ValueError where that is more than `PARITY_MAX`.

    Several checkpoints of one run are averaged weight by weight: that keeps what each knew.
    """
    network = Network()
    network.load_state_dict(average(checkpoints))
    folder.mkdir(parents=True, exist_ok=True)
    write_onnx(network, folder / FILE, width, height)
    apart = parity(network, folder / FILE, width, height)
    if apart > PARITY_MAX:
        raise ValueError(f"torch and ONNX Runtime differ by {apart:.2g}, allowed are {PARITY_MAX}")
    _sign(folder)
    return apart


def average(checkpoints: Sequence[Path]) -> dict[str, Tensor]:
    """The mean of the checkpoints' weights."""
    kept = [torch.load(c, weights_only=True, map_location="cpu")["mean"] for c in checkpoints]
    return {name: torch.stack([k[name] for k in kept]).mean(0) for name in kept[0]}


def write_onnx(network: Network, file: Path, width: int, height: int) -> None:
    """The network as ONNX, N free, height and width fixed."""
    fixed = _Fixed(network, (height, width)).eval()
    images = torch.full((2, 3, height, width), 114.0)
    with warnings.catch_warnings():
        # The newer exporter needs onnxscript and leaves a less readable graph.
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            fixed,
            (images,),
            str(file),
            input_names=["images"],
            output_names=["people", "spill"],
            dynamic_axes={name: {0: "n"} for name in ("images", "people", "spill")},
            opset_version=OPSET,
            dynamo=False,
        )
    onnx.checker.check_model(onnx.load(str(file)), full_check=True)


class _Fixed(nn.Module):
    """The network at one size, so that its grids are constants of the graph."""

    def __init__(self, network: Network, size: tuple[int, int]) -> None:
        super().__init__()
        self.network, self.size = network, size

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        people, spill = self.network(images, self.size)
        return people, spill


def parity(network: Network, file: Path, width: int, height: int) -> float:
    """The largest difference over both outputs for three pictures of noise and blocks; positions
    are compared in units of a hundred pixels."""
    rng = np.random.default_rng(0)
    coarse = rng.uniform(0, 255, (3, 3, height // 32, width // 32))
    images = np.kron(coarse, np.ones((1, 1, 32, 32))) + rng.normal(0, 10, (3, 3, height, width))
    images = np.clip(images, 0, 255).astype(np.float32)
    session = ort.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    people, spill = session.run(["people", "spill"], {"images": images})
    with torch.no_grad():
        ours = [x.numpy() for x in network(torch.from_numpy(images))]
    scale = np.array([100.0] * 4 + [1.0] * 5, np.float32)
    return float(max(np.abs((people - ours[0]) / scale).max(), np.abs(spill - ours[1]).max()))


def _sign(folder: Path) -> None:
    """Put the file's digest into its card, and check that the card is one."""
    digest = hashlib.sha256((folder / FILE).read_bytes()).hexdigest()
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    card["file"], card["sha256"] = FILE, digest
    text = json.dumps(card, indent=2, ensure_ascii=False) + "\n"
    Card.model_validate_json(text)
    (folder / "card.json").write_text(text, encoding="utf-8")
