"""A network of second looks as a file beside a model, and in its card.

python -m models.closer export runs/closer/last.pt --to models/zoo/first
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
import torch
from torch import Tensor, nn

from edge import zoo
from edge.backends.close_ups import OnnxCloser
from edge.backends.onnx import session
from edge.core.card import Card, CloseUps
from edge.zoo import Model
from models import export, graph, weights
from models.closer.network import SIDE, Closer
from models.closer.seen import SPAN

FILE, INPUT, OUTPUT = "close_ups.onnx", "close_ups", "states"


class Shipped(nn.Module):
    """As it ships: close-ups N×SIDE×SIDE×3 uint8 RGB to N×CLASSES probabilities."""

    def __init__(self, network: Closer) -> None:
        super().__init__()
        self.network = network

    def forward(self, close_ups: Tensor) -> Tensor:
        """See the class."""
        said: Tensor = self.network(close_ups.permute(0, 3, 1, 2).float())
        return torch.softmax(said, 1)


def write(network: Closer, folder: Path) -> float:
    """Puts it beside the model in a folder, in the place of what was there. Returns the largest
    difference between torch and ONNX Runtime. Raises BadModel where there is no model, and Unlike
    where the difference is more than `models.export.PARITY_MAX`."""
    card = zoo.find(None, folder).card
    network.eval()
    with TemporaryDirectory(prefix=".export-", dir=folder) as beside:
        file = Path(beside) / FILE
        export.write_graph(Shipped(network), file, SIDE, SIDE, (OUTPUT,), given=INPUT)
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        of = CloseUps(
            file=FILE, sha256=digest, input=INPUT, output=OUTPUT, side=SIDE, span=SPAN
        )  # fmt: skip
        OnnxCloser(Model(card, Path(beside) / card.file), of)
        differ = apart(network, file)
        if not differ <= export.PARITY_MAX:
            raise export.Unlike(
                f"torch and ONNX Runtime differ by {differ:.2g}: nothing is written"
            )
        text = _signed(folder / export.CARD, of)
        (Path(beside) / export.CARD).write_text(text, encoding="utf-8")
        for name in (FILE, export.CARD):
            with (Path(beside) / name).open("rb") as whole:
                os.fsync(whole.fileno())
            (Path(beside) / name).replace(folder / name)
    return differ


def of_model(model: Model) -> Closer | None:
    """The network of second looks of a model, as one that can learn; None where it has none.
    Raises NoWeights where the file is of another network."""
    of = model.card.close_ups
    if of is None:
        return None
    path = model.path.parent / of.file
    found = graph.weights(onnx.load(str(path)).graph)
    said = {name.removeprefix("network."): torch.tensor(x) for name, x in found.items()}
    network = Closer(weights.shipped())
    own = network.state_dict()
    fits = {n: said.get(n) for n, _ in network.named_parameters()}
    missing = [n for n, value in fits.items() if value is None or value.shape != own[n].shape]
    if missing:
        raise weights.NoWeights(f"{path}: has no {missing[0]} of this floorwatch's network")
    network.load_state_dict({n: v for n, v in fits.items() if v is not None}, strict=False)
    return network.eval()


def apart(network: Closer, file: Path) -> float:
    """The largest difference of a probability between torch and the file in ONNX Runtime."""
    close_ups = export.pictures_to_compare(SIDE, SIDE)
    [theirs] = session(file, 1).run([OUTPUT], {INPUT: close_ups})
    with torch.no_grad():
        ours = Shipped(network)(torch.from_numpy(close_ups)).numpy()
    return float(np.abs(ours - theirs).max())


def _signed(card: Path, of: CloseUps) -> str:
    said = json.loads(card.read_text(encoding="utf-8"))
    said["close_ups"] = of.model_dump()
    ordered = {name: said[name] for name in Card.model_fields if name in said}
    text = json.dumps(ordered | said, indent=2, ensure_ascii=False) + "\n"
    Card.model_validate_json(text)
    return text
