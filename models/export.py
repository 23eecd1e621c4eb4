"""A checkpoint as the shipped artefact: `model.onnx`, and a card that fits it.

    floorwatch export runs/x/last.pt --to models/zoo/first

The file takes bytes as cameras give them (N×H×W×3 uint8 RGB, N free) and is built of convolutions
and what TensorRT takes beside them (`models.graph.OPS_ALLOWED`). The card's words (`origins`,
thresholds and where they come from) are kept from the card already there; size, strides, features
and digest are written anew. Torch and ONNX Runtime are held side by side on the spot, and the
largest difference is printed. Only then does the new file take the old one's place. What
`models.variants` made of the old one goes with it.
"""

from __future__ import annotations

import hashlib
import json
import os
import warnings
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from pydantic import ValidationError
from torch import Tensor, nn

from alerts.errors import UserError
from edge.backends.runtime import ort
from edge.core import card as cards
from models import graph, kept, sources
from models.features import CHANNELS, STRIDE, FeatureHead, of_pictures
from models.network import STRIDES, Network
from models.stem import ByteStem, parted

OPSET = 17
PARITY_MAX = 1e-3
FILE, CARD = "model.onnx", "card.json"
VARIANTS = "model.*.onnx"  # in other precisions
INPUT, OUTPUTS = "images", ("people", "spill", "features")


class NoCard(UserError):
    """The folder to write to has no card that could vouch for the file."""


class Unlike(UserError):
    """The file does not say what the network says."""


def export(
    checkpoints: Sequence[Path], folder: Path, width: int = 640, height: int = 384,
    *, shares: Iterable[str] | None = None,
) -> float:  # fmt: skip
    """Write `model.onnx` and put its digest into `card.json`, with the origins of what the weights
    learnt from where `shares` names it. Returns the largest difference between torch and ONNX
    Runtime. What was there stays until all is well.

    Several checkpoints of one run are averaged weight by weight: that keeps what each knew.

    Raises NoCard, NoCheckpoint, and Unlike where the difference is more than `PARITY_MAX`.
    """
    network = Network()
    origins = None if shares is None else sources.origins(shares)
    signed = partial(_signed, folder / CARD, origins, (width, height))
    signed("0" * 64)  # a card that is none is to be known before the work
    network.load_state_dict(average(checkpoints))
    with TemporaryDirectory(prefix=".export-", dir=folder) as beside:
        new = Path(beside)
        write_onnx(network, new / FILE, width, height)
        digest = hashlib.sha256((new / FILE).read_bytes()).hexdigest()
        (new / CARD).write_text(signed(digest), encoding="utf-8")
        apart = parity(network, new / FILE, pictures_to_compare(width, height))
        if not apart <= PARITY_MAX:
            raise Unlike(
                f"torch and ONNX Runtime differ by {apart:.2g}, allowed are {PARITY_MAX}: {folder} "
                "is as it was; install the versions that floorwatch names, and tell us otherwise"
            )
        _replace(new, folder)
    return apart


def average(checkpoints: Sequence[Path]) -> dict[str, Tensor]:
    """The mean of the checkpoints' weights. Raises NoCheckpoint, also for another network's."""
    each = [kept.weights(file) for file in checkpoints]
    shapes = {name: value.shape for name, value in Network().state_dict().items()}
    for file, own in zip(checkpoints, each, strict=True):
        if {name: value.shape for name, value in own.items()} != shapes:
            raise kept.NoCheckpoint(
                f"{file}: is of another network; export it with the floorwatch that trained it"
            )
    return {name: torch.stack([own[name] for own in each]).mean(0) for name in shapes}


class Shipped(Network):
    """A network as it ships: for pictures N×height×width×3 uint8 of one size, so that its grids
    are constants of the graph; and with features."""

    def __init__(self, network: Network, width: int, height: int) -> None:
        super().__init__()
        self.load_state_dict(network.state_dict())
        self.stem = ByteStem(network, width)
        self.features = FeatureHead()
        self.size = (height, width)

    def fine(self, images: Tensor) -> Tensor:
        """The stride-4 map of pictures as bytes."""
        c4: Tensor = self.backbone.stage4(self.stem(images))
        return c4

    def forward(self, images: Tensor, size: tuple[int, int] | None = None) -> tuple[Tensor, ...]:
        """As `Network` gives them: `people` N×A×9, `spill` N×h×w; and `models.features`."""
        maps = self.maps(self.fine(images))
        return (*self.said(self.told(maps, size or self.size)), self.features(maps))


def write_onnx(network: Network, file: Path, width: int, height: int) -> None:
    """The network as ONNX, N free, height and width fixed."""
    write_graph(Shipped(network, width, height), file, width, height)


def write_graph(
    module: nn.Module, file: Path, width: int, height: int, outputs: Sequence[str] = OUTPUTS,
    *, given: str = INPUT,
) -> None:  # fmt: skip
    """Any module that takes pictures as bytes and gives such outputs, as ONNX."""
    pictures = torch.full((2, height, width, 3), 114, dtype=torch.uint8)
    with warnings.catch_warnings():
        # The newer exporter needs onnxscript and leaves a less readable graph.
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            module.eval(),
            (pictures,),
            str(file),
            input_names=[given],
            output_names=list(outputs),
            dynamic_axes={name: {0: "n"} for name in (given, *outputs)},
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
    """The largest difference over all outputs between torch and the file in ONNX Runtime, for
    pictures N×H×W×3 of the file's size; positions are compared in units of a hundred pixels."""
    session = ort.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    theirs = session.run(list(OUTPUTS), {INPUT: pictures})
    images = torch.from_numpy(pictures.transpose(0, 3, 1, 2).astype(np.float32))
    with torch.no_grad():
        ours = [x.numpy() for x in network(images)]
    ours.append(of_pictures(network, pictures))
    apart = [np.abs(one - other) for one, other in zip(theirs, ours, strict=True)]
    apart[0] /= np.array([100.0] * 4 + [1.0] * 5, np.float32)
    return float(np.max([one.max() for one in apart]))  # not Python's: that may lose a NaN


def _signed(
    old: Path, origins: list[dict[str, str]] | None, size: tuple[int, int], digest: str
) -> str:
    """The text of a card with what is known of the new file: its size (width, height), digest and
    origins. Raises NoCard."""
    if not old.is_file():
        raise NoCard(
            f"{old.parent}: no folder with a {CARD}; copy that of models/zoo/first there, and say "
            "in it what the model is"
        )
    try:
        card = json.loads(old.read_text(encoding="utf-8"))
        card["card_version"] = cards.VERSION
        card["file"] = FILE
        card["sha256"] = digest
        card.pop("variants", None)  # they are of the old file
        close_ups = card.get("close_ups")
        if close_ups and not (old.parent / close_ups["file"]).is_file():
            del card["close_ups"]  # a card was copied without it
        card["origins"] = card["origins"] if origins is None else origins
        card["input"] |= {"name": INPUT, "width": size[0], "height": size[1]}
        card["people"]["strides"] = list(STRIDES)
        card["features"] = {"name": OUTPUTS[2], "channels": CHANNELS, "stride": STRIDE}
        ordered = {name: card[name] for name in cards.Card.model_fields if name in card}
        text = json.dumps(ordered | card, indent=2, ensure_ascii=False) + "\n"
        cards.Card.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise NoCard(f"{old}: {where}: {first['msg']}") from None
    except (ValueError, KeyError, TypeError) as error:
        raise NoCard(f"{old}: is no card ({error}); copy that of models/zoo/first") from None
    return text


def _replace(new: Path, folder: Path) -> None:
    """Put the file and its card where the old ones are. Between the two, the digest in the card
    keeps anybody from opening the one with the other's."""
    for name in (FILE, CARD):
        with (new / name).open("rb") as file:
            os.fsync(file.fileno())
    for name in (FILE, CARD):
        (new / name).replace(folder / name)
    for old in folder.glob(VARIANTS):
        old.unlink()
