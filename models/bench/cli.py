"""`floorwatch bench`: how fast this machine is, measured in one run."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alerts.errors import UserError
from models.amounts import real, whole

if TYPE_CHECKING:
    from models.bench.run import Asked

Verbs = Any  # argparse's sub-parser collection has no public type
CAMERAS = (1, 2, 4, 8, 16, 32)
NAMES = ("1080p", "360p")

TEXT = """\
Measures, in one run on this machine, in turns (A B C, C B A, …; medians):

  decoding alone   what a camera's stream costs until it is a small picture
  the network      alone, through each runtime that is here, and in eager torch
  naive loop       cv2.VideoCapture, cv2.resize, eager torch, the same network
  ultralytics      its streaming loop, with a network of its own, where it is installed
  floorwatch       the daemon's own way: grab threads, mailboxes, brain, decisions; on a moving
                   scene looking at every picture, and on a quiet one with the gate

As many streams at once as keep all cores at work; clips of 15 frames a second that it draws itself
(a minute), 5 of which are looked at. Then 1 to 32 cameras at a camera's pace, by recordings: how
late decisions come, what is dropped, and what memory a further camera takes.

  ratio_vs_limit_…          floorwatch / (1 / (time of decoding + time of the network))
  gated_ratio_vs_decode_…   floorwatch with the gate on a quiet scene / decoding that scene alone
  ratio_vs_naive_…          floorwatch / naive loop
  model_ratio_vs_torch      the runtime that is used / eager torch, one picture at a time
  memory_per_camera_mb      slope of memory over cameras

A ratio is by the clock; beside it stands the same by processor time. On a machine that does other
work, the latter is the one to read. Rows of torch need the extra train, those of TensorRT the
engine that `floorwatch engine build` leaves; without they are left out. Six minutes; --quick
takes one and says less surely."""


class BenchAsk(UserError):
    """The options do not say what to do, or what they need is missing."""


def register(verbs: Verbs) -> None:
    """Adds the verb to the command."""
    parser = verbs.add_parser(
        "bench",
        help="measure how fast this machine is, and how near that is to what it could be",
        description=TEXT,
        epilog="example: floorwatch bench --quick --out bench",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="short clips, two rounds, 3 cameras")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument("--out", type=Path, help="folder for bench.json and plots")
    parser.add_argument("--clip", type=Path, help="a clip of your own, in place of those drawn")
    parser.add_argument(
        "--size", choices=NAMES, nargs="+", default=NAMES, help="which sizes (default: both)"
    )
    parser.add_argument("--model", type=Path, help="a folder with model.onnx and card.json")
    parser.add_argument(
        "--backend", choices=("auto", "onnx", "openvino"), default="auto",
        help="what runs the network (default: the faster one here, as the daemon does)",
    )  # fmt: skip
    parser.add_argument("--rounds", type=whole(1, 100), help="default: 5; 2 with --quick")
    parser.add_argument(
        "--seconds", type=real(0.1, 600, "seconds"),
        help="of each window, at least (default: 3; 1 with --quick)",
    )  # fmt: skip
    parser.add_argument(
        "--cameras", type=whole(0, 256), nargs="+", metavar="N",
        help="numbers of cameras to grow to (default: 1 2 4 8 16 32; 1 4 8 with --quick; 0: none)",
    )  # fmt: skip
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """What `floorwatch bench` does: 0 also where goals are missed."""
    from models.bench import run as running  # noqa: PLC0415  (decoders and runtimes)

    asked = _asked(args)
    document = running.bench(asked)
    if args.out is not None:
        for path in running.write(document, args.out):
            running.say(f"{path}: written")
    if args.json:
        print(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        running.show(document)
    return 0


def _asked(args: argparse.Namespace) -> Asked:
    from models.bench.run import Asked  # noqa: PLC0415  (decoders and runtimes)

    if args.out is not None and args.out.exists() and not args.out.is_dir():
        raise BenchAsk(f"--out {args.out}: is a file; name a folder")
    quick = args.quick
    cameras = args.cameras or ((1, 4, 8) if quick else CAMERAS)
    return Asked(
        quick=quick,
        clip=args.clip,
        sizes=tuple(args.size),
        model=args.model,
        backend=args.backend,
        rounds=args.rounds or (2 if quick else 5),
        seconds=args.seconds or (1.0 if quick else 3.0),
        cameras=tuple(one for one in cameras if one),
    )
