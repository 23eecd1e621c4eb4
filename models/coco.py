"""YOLOX-Nano's COCO weights into our network."""

from __future__ import annotations

from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import nn

from models.darknet import Split, bias_of
from models.network import Network


def load_coco(network: Network, file: Path) -> None:
    """Fill trunk, neck and person path from the COCO ONNX file.

    The file names its initialisers by its own counting, so they are taken in the order its nodes
    use them, which is the order `_coco_order` walks our modules in; every shape must fit. A
    network with one class takes the `person` row of the 80. Raises ValueError on a misfit.
    """
    graph = onnx.load(str(file)).graph
    values = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    theirs = [[values[name] for name in n.input[1:]] for n in graph.node if n.op_type == "Conv"]
    ours = _coco_order(network)
    if len(theirs) != len(ours):
        raise ValueError(f"{file} has {len(theirs)} convolutions, the network {len(ours)}")
    with torch.no_grad():
        for conv, (weight, bias) in zip(ours, theirs, strict=True):
            few = conv.out_channels == 1 and weight.shape[0] == 80
            w = torch.tensor(weight[:1] if few else weight)
            if w.shape != conv.weight.shape:
                raise ValueError(f"{file}: {tuple(w.shape)} where {tuple(conv.weight.shape)} fits")
            conv.weight.copy_(w)
            bias_of(conv).copy_(torch.tensor(bias[:1] if few else bias))


def _coco_order(network: Network) -> list[nn.Conv2d]:
    """Convolutions as YOLOX's forward pass meets them."""
    order: list[nn.Conv2d] = []
    for part in (network.backbone, network.neck, network.person):
        for module in part.modules():
            if isinstance(module, Split):
                order += [module.through.conv, module.by.conv]
                order += [m for m in module.deep.modules() if isinstance(m, nn.Conv2d)]
                order.append(module.join.conv)
            elif isinstance(module, nn.Conv2d) and not any(module is m for m in order):
                order.append(module)
    return order
