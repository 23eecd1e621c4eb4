"""What a network begins with: COCO's weights, the shipped model's, or a checkpoint's."""

from __future__ import annotations

import copy
from pathlib import Path

import torch
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # has no stubs
from torch import Tensor

from alerts.errors import UserError
from edge import zoo
from models import export, kept, recipes, sources
from models.coco import load_coco
from models.lineage import SHIPPED_MODEL
from models.network import Network
from models.recipe import COCO, Recipe


class NoWeights(UserError):
    """The weights to begin with are not there, or are not ours."""


def begin(recipe: Recipe, data: Path | None) -> tuple[Network, Network]:
    """The network to train, and the one whose opinion counts where nothing is labelled: the
    untouched COCO network for the sources, the network as it was for a site. Raises NoWeights."""
    torch.manual_seed(recipe.seed)  # of the heads that begin with nothing
    if recipe.init == recipes.SHIPPED:
        network = shipped()
    else:
        network = _ready(Network())
        if recipe.init == COCO or recipe.learns_from == "sources":
            _load_coco(network, data)
        if recipe.init != COCO:
            _take(network, _of_checkpoint(Path(recipe.init)), Path(recipe.init))
    if recipe.learns_from == "site":
        return network, copy.deepcopy(network)
    teacher = _ready(Network())
    _load_coco(teacher, data)
    return network, teacher


def files(recipe: Recipe, data: Path | None) -> dict[str, Path]:
    """Every file of weights that `begin` reads, by the name the recipe has for it. Raises
    NoWeights."""
    found = {recipe.init: Path(recipe.init)}
    if recipe.init == recipes.SHIPPED:
        found = {recipe.init: zoo.find(SHIPPED_MODEL, None).path}
    if recipe.init == COCO or recipe.learns_from == "sources":
        found[COCO] = _coco_file(data)
    return found


def shipped() -> Network:
    """The shipped model as a network that can learn."""
    return of_onnx(zoo.find(SHIPPED_MODEL, None).path)


def of_onnx(file: Path) -> Network:
    """An exported model as a network again. Raises NoWeights where a weight is missing."""
    weights = export.weights_of(file)
    network = _ready(Network())
    missing = sorted(name for name, _ in network.named_parameters() if name not in weights)
    if missing:
        raise NoWeights(f"{file}: has no {missing[0]}; begin with a model this floorwatch exported")
    _take(network, weights, file)
    return network


def _ready(network: Network) -> Network:
    # Channels last: depthwise convolutions train four times as fast on a CPU.
    for parameter in network.parameters():
        if parameter.dim() == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
    return network


def _take(network: Network, weights: dict[str, Tensor], file: Path) -> None:
    """Weights where they still fit; a head that was changed since starts afresh."""
    own = network.state_dict()
    fits = {n: w for n, w in weights.items() if n in own and own[n].shape == w.shape}
    if not any(name in fits for name, _ in network.backbone.named_parameters("backbone")):
        raise NoWeights(f"{file}: is of another network; begin with a run of this floorwatch")
    network.load_state_dict(fits, strict=False)


def _of_checkpoint(file: Path) -> dict[str, Tensor]:
    if not file.is_file():
        raise NoWeights(
            f"init: {file}: there is no such checkpoint; say coco, shipped, or the last.pt of a run"
        )
    return kept.weights(file)


def _load_coco(network: Network, data: Path | None) -> None:
    file = _coco_file(data)
    try:
        load_coco(network, file)
    except (OSError, ValueError, DecodeError) as error:
        raise NoWeights(f"{file}: not YOLOX-Nano's weights as ONNX ({error})") from None


def _coco_file(data: Path | None) -> Path:
    if data is None or not (data / sources.COCO_FILE).is_file():
        where = f"{data}/{sources.COCO_FILE}: not there" if data else "no folder of data is named"
        raise NoWeights(f"{where}; say --data DIR with pretrained/, falls/, spills/, normal/")
    return data / sources.COCO_FILE
