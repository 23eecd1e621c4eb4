"""The verbs of `models`: train, runs, audit, label, loop, mine, export, variants, bench, states,
failures, faults, render, synth, synth-demo. They need the extra `train`, and import it only when
they run.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alerts.errors import UserError
from models import audit_cli, failures_cli, mine_cli, runs_cli, synth_cli, train_cli
from models.amounts import whole
from models.bench import cli as bench_cli
from models.faults import cli as faults_cli
from models.label import cli as label_cli
from models.loop import cli as loop_cli
from models.needs import need
from models.train_cli import DATA_ENV
from models.variants import cli as variants_cli

if TYPE_CHECKING:
    from models.made import Asked

Verbs = Any  # argparse's sub-parser collection has no public type


def register(verbs: Verbs) -> None:
    """Adds the verbs to the command."""
    train_cli.register(verbs)
    runs_cli.register(verbs)
    audit_cli.register(verbs)
    label_cli.register(verbs)
    loop_cli.register(verbs)
    mine_cli.register(verbs)
    _add_export(verbs)
    variants_cli.register(verbs)
    bench_cli.register(verbs)
    _add_states(verbs)
    failures_cli.register(verbs)
    faults_cli.register(verbs)
    _add_render(verbs)
    synth_cli.register(verbs)
    _add_synth_demo(verbs)


def _add_export(verbs: Verbs) -> None:
    parser = verbs.add_parser(
        "export",
        help="write a checkpoint as model.onnx with a card that vouches for it",
        description="Writes the checkpoint's network as ONNX into a model folder that has a "
        "card.json, puts the file's digest into the card, and prints how far ONNX Runtime and "
        "torch are apart, and what a picture costs. With --baseline it writes the rule anybody "
        "would write first instead (a COCO person whose box is wider than high lies), with card "
        "and site file: `floorwatch evaluate --config FOLDER/site.yaml` says what ours is worth. "
        "The 16 and 8 bit files of the model that was there go with it: --variants makes new ones.",
        epilog="example: floorwatch export runs/first/last.pt --to models/zoo/first",
    )
    parser.add_argument(
        "checkpoints", type=Path, nargs="*", help="last.pt of a run; several are averaged"
    )
    parser.add_argument("--to", type=Path, required=True, help="a folder with a card.json")
    parser.add_argument(
        "--data", type=Path, help="what it was trained on: written down as digests, training.txt"
    )
    parser.add_argument(
        "--baseline",
        action="store_true",
        help=f"no checkpoint: the first rule, on pretrained/ of --data (default: {DATA_ENV}'s)",
    )
    parser.add_argument(
        "--variants",
        action="store_true",
        help="then make its 16 and 8 bit files too, as `floorwatch variants` does (two minutes)",
    )
    parser.set_defaults(run=_export)


def _export(args: argparse.Namespace) -> int:
    if bool(args.checkpoints) == args.baseline:
        raise UserError("name the last.pt of a run, or say --baseline: one of the two")
    need("torch", "onnx")
    if args.baseline:
        return _export_baseline(args)
    from edge import zoo  # noqa: PLC0415  (pydantic)
    from models import checkpoints, export, graph, kept, lineage, run_folder  # noqa: PLC0415  (torch)

    if args.data is not None and not (args.data / "falls").is_dir():
        raise UserError(f"{args.data}: no folder with falls/, spills/, …; --data names one")
    for file in args.checkpoints:
        kept.read(file)  # what is none of ours is said in a line
    past = [run for file in args.checkpoints for run in checkpoints.past(file)]
    learnt_from = [name for run in past for name in run.origins]
    apart = export.export(args.checkpoints, args.to, shares=learnt_from)
    cost = graph.cost(args.to / export.FILE)
    print(f"largest difference, torch and ONNX Runtime: {apart:.2g}")
    print(f"{cost.parameters} parameters, {cost.multiply_adds / 1e9:.3f} G multiply-adds a picture")
    for run in {file.parent for file in args.checkpoints if (file.parent / "run.json").is_file()}:
        numbers = {"model": args.to.name, "sha256": zoo.find(None, args.to).card.sha256}
        run_folder.add_numbers(run, {**numbers, "parity": apart, "parameters": cost.parameters})
    print(lineage.write(past, args.data, args.to))
    return variants_cli.made_beside(args.to, args.data) if args.variants else 0


def _export_baseline(args: argparse.Namespace) -> int:
    data = train_cli.data_of(args)
    if data is None:
        raise UserError("no folder of data is named; say --data DIR with pretrained/")
    if args.to.exists() and not args.to.is_dir():
        raise UserError(f"--to {args.to}: is a file; name a folder")
    from models import baseline, sources  # noqa: PLC0415  (torch)

    baseline.write(data / sources.COCO_FILE, args.to)
    print(f"{args.to}: now `floorwatch evaluate --config {args.to / baseline.SITE} --truth …`")
    return 0


def _add_states(verbs: Verbs) -> None:
    parser = verbs.add_parser(
        "states",
        help="print how a model tells apart what people do, on pictures no training saw",
        description="Looks at the pictures of falls/hospital_bed that the model was not trained on "
        "through the exported file, and prints what people do against what it says, and the "
        "average precision of people down (boxes that overlap by half). What it finds and how "
        "often it cries wolf is what `floorwatch evaluate` tells.",
        epilog="example: floorwatch states runs/unseen/model --data ~/data",
    )
    parser.add_argument("model", type=Path, help="a folder with model.onnx and card.json")
    parser.add_argument("--data", type=Path, required=True, help="folder with falls/hospital_bed")
    parser.set_defaults(run=_states)


def _states(args: argparse.Namespace) -> int:
    from models import eye, precision, states  # noqa: PLC0415  (ONNX Runtime and OpenCV)

    with eye.opened(args.model) as opened:
        found = states.hospital(opened, args.data, args.model)
    threshold = opened.card.thresholds["collapse"].value
    print("\n".join([*states.confusion(found).lines(), precision.of(found).line(threshold)]))
    return 0


def _add_render(verbs: Verbs) -> None:
    parser = verbs.add_parser(
        "render",
        help="render rooms with people and painted spills to train on",
        description="Renders episodes into a store beside the prepared sources; `train` takes "
        "every folder of the cache named rendered*. Or, with --rooms or --views, paints spills "
        "onto the photographed rooms, or the fixed cameras, of the prepared sources (painted*). "
        "Where rendering was cut off, the same command goes on; a store that is there stays.",
        epilog="example: floorwatch render runs/cache/rendered1 --episodes 200",
    )
    parser.add_argument("folder", type=Path, help="the store, in the cache")
    parser.add_argument(
        "--first", type=whole(0), default=0, help="number of the first, or seed (default: 0)"
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--episodes", type=whole(1), default=200, help="how many (default: 200)")
    what.add_argument("--rooms", type=whole(1, 1000), help="paint every room so many times")
    what.add_argument(
        "--views", type=whole(1, 1000), help="paint every picture of fixed cameras so many times"
    )
    parser.set_defaults(run=_render)


def _render(args: argparse.Namespace) -> int:
    need("mujoco", "tqdm")
    if args.folder.exists() and not args.folder.is_dir():
        raise UserError(f"{args.folder}: is a file; name a folder in the cache")
    from models import made, rendered  # noqa: PLC0415  (MuJoCo opens a GL library)

    asked = made.Asked("episodes", args.episodes, args.first)
    if onto := args.rooms or args.views:
        asked = made.Asked("rooms" if args.rooms else "views", onto, args.first)
    if made.done(args.folder, asked) == asked.count:
        print(f"{args.folder}: all of {asked} is there; to make it anew, remove the folder")
        return 0
    if asked.what == "episodes":
        rendered.render(args.folder, args.episodes, args.first)
        return 0
    return _paint(args.folder, asked)


def _paint(folder: Path, asked: Asked) -> int:
    """Paint it all: what was cut off begins again, since each picture's draws follow the last's."""
    from models import made, painted, stores  # noqa: PLC0415  (OpenCV)

    sources = stores.load(folder.parent / "sources")
    if sources is None:
        raise UserError(f"{folder.parent}/sources: not there; run `floorwatch train` first")
    made.note(folder, asked, 0, 0)
    paint = painted.paint_rooms if asked.what == "rooms" else painted.paint_views
    paint(sources, folder, asked.count, asked.first)
    made.note(folder, asked, asked.count, 0)
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
    need("mujoco")
    from models.synth.demo import main_demo  # noqa: PLC0415  (MuJoCo opens a GL library)

    return main_demo(args.out)
