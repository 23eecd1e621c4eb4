"""`floorwatch variants`: a model in 16 and 8 bits, made, measured and put beside its card."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from alerts.errors import UserError
from models.amounts import whole
from models.needs import need

Verbs = Any  # argparse's sub-parser collection has no public type
T = TypeVar("T")
EPISODES, ROOMS, PHOTOGRAPHS = 8, 6, 60
BOTH = ("fp16", "int8")

TEXT = """\
Makes what TensorRT builds its engines from: the model in fewer bits, beside the model itself.

  model.fp16.onnx   16 bits between the first convolution and the last
  model.int8.onnx   the large convolutions in 8 bits (explicit Q/DQ), the rest as above

Their ranges come from rendered episodes, so that anybody gets the same files. Each is held against
the model itself on rendered pictures of what is hard to see, and on photographs where --data names
some. Allowed is, of each of the two sets:

  fp16   half a point of recall and one point of false calls lost; at 95 % of the pictures scores
         within 0.01, and boxes that overlap (IoU) by 0.97
  int8   a point of recall and two points of false calls; scores within 0.1, boxes that overlap
         by 0.8

What loses more is not written, what was there of it goes, and the exit status is 1. What was
measured stands in card.json.

Do this again whenever model.onnx changes: `floorwatch export --variants` does it in one go. CPUs
run model.onnx itself: fewer bits are slower there. About two minutes of one core."""


class VariantsAsk(UserError):
    """The options do not say what to do."""


def register(verbs: Verbs) -> None:
    """Adds the verb to the command."""
    parser = verbs.add_parser(
        "variants",
        help="make a model's 16 and 8 bit files for TensorRT, and measure what they lose",
        description=TEXT,
        epilog="example: floorwatch variants models/zoo/first",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", type=Path, help="a folder with model.onnx and card.json")
    parser.add_argument(
        "--precision", choices=BOTH, nargs="+", default=BOTH, help="which (default: both)"
    )
    parser.add_argument(
        "--data", type=Path, help="measure on photographs of falls/ and spills/ in it, too"
    )
    parser.add_argument(
        "--episodes",
        type=whole(1, 1000),
        default=EPISODES,
        metavar="N",
        help=f"rendered episodes for the ranges of int8, ten pictures each (default: {EPISODES})",
    )
    parser.add_argument(
        "--rooms",
        type=whole(1, 1000),
        default=ROOMS,
        metavar="N",
        help=f"rendered pictures of each condition to measure on (default: {ROOMS})",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """What `floorwatch variants` does: 1 where a variant failed its gate."""
    if args.data is not None and not args.data.is_dir():
        raise VariantsAsk(f"--data {args.data}: no folder; name one with falls/ and spills/")
    return _run(args.model, Amounts(args.episodes, args.rooms), args.data, args.precision)


def made_beside(folder: Path, data: Path | None) -> int:
    """The same for a folder that was just exported to."""
    return _run(folder, Amounts(), data, BOTH)


@dataclass(frozen=True)
class Amounts:
    """How many rendered episodes ranges come from, and how many rooms of each condition it is
    measured on."""

    episodes: int = EPISODES
    rooms: int = ROOMS


def _run(folder: Path, amounts: Amounts, data: Path | None, asked: Sequence[str]) -> int:
    need("onnx", "mujoco", "scipy", "tqdm", "torch")
    from models.synth import hard  # noqa: PLC0415  (MuJoCo opens a GL library)
    from models.variants import making, pictures  # noqa: PLC0415  (as does this, and torch)

    model = making.opened(folder)
    sets = {
        "rendered": _counted(hard.pictures(amounts.rooms), amounts.rooms * len(hard.CONDITIONS))
    }
    if data is not None:
        found = pictures.photographs(data, PHOTOGRAPHS)
        sets["photographed"] = _counted(pictures.read(found), len(found))
    batches = _counted(pictures.episodes(amounts.episodes, model.card.input), 10 * amounts.episodes)
    precisions = [one for one in making.PRECISIONS if one in asked]
    variants = making.measured(model, making.made(model, precisions, batches), sets)
    making.write(folder, variants)
    print("\n".join(line for one in variants for line in one.lines()))
    return 0 if all(one.passed for one in variants) else 1


def _counted(each: Iterable[T], total: int) -> Iterator[T]:
    """The same, with a bar where somebody looks."""
    from tqdm import tqdm  # noqa: PLC0415  (not everybody has the extra)

    yield from tqdm(each, total=total, unit="pictures", disable=None)
