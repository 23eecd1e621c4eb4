"""The rule that anybody would write first, as a model folder, so that every number of ours can
stand beside its number, by the same decoder, the same alarm step and the same matching.

COCO knows people as they stand. Whoever's box is wider than high lies, says the rule; if that lasts
about a second, it alarms. It is written into the file itself: the states are computed of the box's
shape, and no liquid is ever seen. `site.yaml` beside it has the rule's second as nearly as a site
file can say it.

    floorwatch export --baseline --to runs/baseline
    floorwatch evaluate --config runs/baseline/site.yaml --truth truth.csv --out report/
"""

from __future__ import annotations

import hashlib
import math
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
import yaml
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # has no stubs
from torch import Tensor, nn

from alerts.errors import UserError
from edge.core import card as cards
from models import export
from models.coco import load_coco
from models.labels import STATES
from models.network import STRIDES, Network

WIDER = 1.2  # times as wide as high
SCORE = 0.2
SITE = "site.yaml"
_SHARP = 50.0  # of the step at `WIDER`: 5 % wider than that is .92 down, 5 % narrower .07
_LASTS_S = 2  # the shortest that a site file takes; most of it is 1.4 s
_STRIDE_PX = 8  # of the liquid map that shows nothing


class NotCoco(UserError):
    """The file is not YOLOX-Nano's."""


class NoState(nn.Module):
    """In the place of a state head: says nothing, and leaves a person's score alone."""

    def forward(self, x: Tensor) -> Tensor:
        """Zeros N×(states + 1)×h×w."""
        return x[:, : len(STATES) + 1] * 0.0


class WiderThanHigh(export.Shipped):
    """COCO's people, called `down` where their boxes are wider than high."""

    def __init__(self, network: Network, width: int, height: int) -> None:
        super().__init__(network, width, height)
        self.state = nn.ModuleList(NoState() for _ in STRIDES)

    def forward(self, images: Tensor, size: tuple[int, int] | None = None) -> tuple[Tensor, ...]:
        """Pictures N×H×W×3 uint8 to `people` N×A×7 (cx, cy, w, h, score, upright, down) and a
        `spill` N×(H/8)×(W/8) of zeros."""
        rows, columns = (side // _STRIDE_PX for side in self.size)
        raw = self.read(self.fine(images), self.size)
        wide, high = torch.log(raw.boxes[..., 2:3]), torch.log(raw.boxes[..., 3:4])
        down = torch.sigmoid(_SHARP * (wide - high - math.log(WIDER)))
        score = torch.sigmoid(raw.score)
        dry = (score[:, : rows * columns] * 0.0).reshape(-1, rows, columns)
        return torch.cat([raw.boxes, score[..., None], 1 - down, down], 2), dry


def write(coco: Path, folder: Path, width: int = 640, height: int = 384) -> None:
    """The rule on YOLOX-Nano's COCO weights, an ONNX file. Raises NotCoco."""
    network = Network()
    try:
        load_coco(network, coco)
    except (OSError, ValueError, DecodeError) as error:
        raise NotCoco(f"{coco}: not YOLOX-Nano's weights as ONNX ({error})") from None
    write_rule(network, folder, width, height)


def write_rule(network: Network, folder: Path, width: int, height: int) -> None:
    """`model.onnx`, `card.json` and `site.yaml` of the rule on a network's people, for pictures
    width×height pixels. What was there stays until all three are written."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".export-", dir=folder) as beside:
        new = Path(beside)
        file = new / export.FILE
        rule = WiderThanHigh(network, width, height)
        export.write_graph(rule, file, width, height, outputs=("people", "spill"))
        text = _card(file, width, height).model_dump_json(indent=2) + "\n"
        (new / export.CARD).write_text(text, encoding="utf-8")
        site = "# The rule's second, as nearly as a site file can say it.\n"
        site += yaml.safe_dump(_site(), sort_keys=False)
        (new / SITE).write_text(site, encoding="utf-8")
        # Between the first two, the digest in the card keeps anybody from opening one with the
        # other's.
        for name in (export.FILE, export.CARD, SITE):
            (new / name).replace(folder / name)


def _card(file: Path, width: int, height: int) -> cards.Card:
    rule = f"the rule: COCO person above {SCORE}, box wider than {WIDER} times its height"
    return cards.Card(
        card_version=cards.VERSION,
        name="baseline",
        version="1",
        licence="Apache-2.0",
        file=file.name,
        sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
        input=cards.Input(name=export.INPUT, width=width, height=height),
        people=cards.People(
            name="people", states=("upright", "down"), overlap_max=0.5, strides=STRIDES
        ),
        spill=cards.Spill(name="spill", stride=_STRIDE_PX),
        thresholds={
            "collapse": cards.CardThreshold(value=SCORE, source=rule),
            "spill": cards.CardThreshold(value=0.5, source="it never sees liquid"),
        },
        origins=(
            cards.Origin(
                name="YOLOX-Nano, COCO weights",
                licence="Apache-2.0",
                attribution="Megvii, https://github.com/Megvii-BaseDetection/YOLOX",
                use="all of it, untouched",
            ),
        ),
    )


def _site() -> dict[str, object]:
    """Down for most of the shortest time there is, whether or not a fall was seen."""
    return {
        "version": 1,
        "site": {"name": "baseline"},
        "model": {"path": "."},
        "cameras": [{"name": "camera", "url": "."}],
        "alarms": {"collapse": {"confirm_s": _LASTS_S, "slow_s": _LASTS_S}},
    }
