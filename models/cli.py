"""The verbs of `models`: train, export, states, render, synth-demo. They need the extra `train`,
and import it only when they run."""

from __future__ import annotations

import argparse
import importlib.util
from pathlib import Path
from typing import Any

from alerts.errors import UserError

Verbs = Any  # argparse's sub-parser collection has no public type


class TrainingMissing(UserError):
    """What only training needs is not installed."""


def register(verbs: Verbs) -> None:
    """Adds the verbs to the command."""
    _add_train(verbs)
    _add_export(verbs)
    _add_states(verbs)
    _add_render(verbs)
    _add_synth_demo(verbs)


def _add_train(verbs: Verbs) -> None:
    parser = verbs.add_parser(
        "train",
        help="train the network on the sources under --data",
        description="Prepares the sources once (in a folder `cache` beside the run), then trains "
        "for so many minutes and keeps checkpoint, settings and log in the run's folder. The "
        "pictures in the cache belong to their sources: never put them into a repository.",
        epilog="example: floorwatch train --data ~/data --out runs/first --minutes 60",
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with falls/, spills/, …")
    parser.add_argument("--out", type=Path, required=True, help="the run's folder, say runs/first")
    parser.add_argument("--minutes", type=float, default=30.0, help="wall clock (default: 30)")
    parser.add_argument("--batch", type=int, default=16, help="pictures a step (default: 16)")
    parser.add_argument("--seed", type=int, default=1, help="of all that is drawn (default: 1)")
    parser.add_argument("--start", type=Path, help="a checkpoint to take the weights from")
    parser.add_argument("--resume", action="store_true", help="go on where the run stopped")
    parser.set_defaults(run=_train)


def _train(args: argparse.Namespace) -> int:
    _need("torch", "tqdm", "onnx")
    from models.train import Settings, train  # noqa: PLC0415  (torch takes seconds to import)

    settings = Settings(minutes=args.minutes, batch=args.batch, seed=args.seed)
    train(args.data, args.out, settings, resume=args.resume, start=args.start)
    return 0


def _add_export(verbs: Verbs) -> None:
    parser = verbs.add_parser(
        "export",
        help="write a checkpoint as model.onnx with a card that vouches for it",
        description="Writes the checkpoint's network as ONNX into a model folder that has a "
        "card.json, puts the file's digest into the card, and prints how far ONNX Runtime and "
        "torch are apart, and what a picture costs.",
        epilog="example: floorwatch export runs/first/last.pt --to models/zoo/first",
    )
    parser.add_argument(
        "checkpoints", type=Path, nargs="+", help="last.pt of a run; several are averaged"
    )
    parser.add_argument("--to", type=Path, required=True, help="a folder with a card.json")
    parser.add_argument(
        "--data", type=Path, help="what it was trained on: written down as digests, training.txt"
    )
    parser.set_defaults(run=_export)


def _export(args: argparse.Namespace) -> int:
    _need("torch", "onnx")
    from models import export, graph, seen  # noqa: PLC0415  (torch takes seconds to import)

    if args.data is not None and not (args.data / "falls").is_dir():
        raise UserError(f"{args.data}: no folder with falls/, spills/, …; --data names one")
    apart = export.export(args.checkpoints, args.to)
    cost = graph.cost(args.to / export.FILE)
    print(f"largest difference, torch and ONNX Runtime: {apart:.2g}")
    print(f"{cost.parameters} parameters, {cost.multiply_adds / 1e9:.3f} G multiply-adds a picture")
    if args.data is not None:
        print(f"{seen.write(args.data, args.to)} clips and pictures in {args.to / seen.FILE}")
    return 0


def _add_states(verbs: Verbs) -> None:
    parser = verbs.add_parser(
        "states",
        help="print how a model tells apart what people do, on wards no training saw",
        description="Looks at the held-out pictures of falls/hospital_bed through the exported "
        "file and prints what people do against what it says they do. What it finds and how often "
        "it cries wolf is what `floorwatch evaluate` tells.",
        epilog="example: floorwatch states models/zoo/first --data ~/data",
    )
    parser.add_argument("model", type=Path, help="a folder with model.onnx and card.json")
    parser.add_argument("--data", type=Path, required=True, help="folder with falls/hospital_bed")
    parser.set_defaults(run=_states)


def _states(args: argparse.Namespace) -> int:
    from models import eye, states  # noqa: PLC0415  (ONNX Runtime and OpenCV)

    with eye.opened(args.model) as opened:
        print("\n".join(states.hospital(opened, args.data).lines()))
    return 0


def _add_render(verbs: Verbs) -> None:
    parser = verbs.add_parser(
        "render",
        help="render rooms with people and painted spills to train on",
        description="Renders episodes into a store beside the prepared sources; `train` takes "
        "every folder of the cache named rendered*. Or, with --rooms, paints spills onto the "
        "photographed rooms of the prepared sources (painted*).",
        epilog="example: floorwatch render runs/cache/rendered1 --episodes 200",
    )
    parser.add_argument("folder", type=Path, help="the store, in the cache")
    parser.add_argument("--episodes", type=int, default=200, help="how many (default: 200)")
    parser.add_argument("--first", type=int, default=0, help="number of the first (default: 0)")
    parser.add_argument("--rooms", type=int, default=0, help="paint every room so many times")
    parser.set_defaults(run=_render)


def _render(args: argparse.Namespace) -> int:
    _need("mujoco")
    from models import painted, rendered, stores  # noqa: PLC0415  (MuJoCo opens a GL library)

    if args.rooms:
        sources = stores.load(args.folder.parent / "sources")
        if sources is None:
            raise UserError(
                f"{args.folder.parent}/sources: not there; run `floorwatch train` first"
            )
        painted.paint_rooms(sources, args.folder, args.rooms, args.first)
    else:
        rendered.render(args.folder, args.episodes, args.first)
    return 0


def _add_synth_demo(verbs: Verbs) -> None:
    parser = verbs.add_parser(
        "synth-demo",
        help="draw the demo's two clips anew",
        description="Renders collapse.mp4, spill.mp4 and truth.csv, as they ship in configs/demo. "
        "Their seeds are kept out of training.",
        epilog="example: floorwatch synth-demo --out configs/demo",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the clips")
    parser.set_defaults(run=_synth_demo)


def _synth_demo(args: argparse.Namespace) -> int:
    _need("mujoco")
    from models.synth.demo import main_demo  # noqa: PLC0415  (MuJoCo opens a GL library)

    return main_demo(args.out)


def _need(*modules: str) -> None:
    """Raise TrainingMissing unless all are installed."""
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if missing:
        raise TrainingMissing(
            f"{missing[0]} is not installed; install floorwatch with its extra: "
            "pip install '.[train]' in its folder"
        )
