"""`python -m models.closer`: close-ups are drawn, and a network learns to tell from them who fell.

    python -m models.closer draw --scenes 900 --out runs/close_ups
    python -m models.closer train --close-ups runs/close_ups --cache runs/cache --out runs/closer
    python -m models.closer export runs/closer/last.pt --to models/zoo/first

Drawing takes an hour of one core, learning a quarter of one. Both go on where they were cut off.
`runs/cache` is where `floorwatch train` keeps the sources' pictures.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from alerts.errors import UserError
from models import recipe, recipes, stores
from models.closer import close_ups, drawing, export, nobody, training
from models.weights import shipped


def main(said: Sequence[str] | None = None) -> None:
    """Do what was asked; exit code 2, after one line, where something must be changed."""
    parser = _parser()
    try:
        _do(parser.parse_args(said))
    except UserError as error:
        parser.exit(2, f"{parser.prog}: {error}\n")


def _do(args: argparse.Namespace) -> None:
    if args.verb == "draw":
        drawing.draw(args.out, args.scenes)
    elif args.verb == "train":
        _train(args)
    else:
        apart = export.write(training.kept(args.checkpoint), args.to)
        print(json.dumps({"model": args.to.name, "apart": apart}))


def _train(args: argparse.Namespace) -> None:
    rendered, told = training.apart(drawing.drawn(args.close_ups))
    if not rendered:
        raise UserError(
            f"{args.close_ups}: no close-ups; `python -m models.closer draw` draws some"
        )
    store = None if args.cache is None else stores.load(args.cache / "sources")
    if args.cache is not None and store is None:
        raise UserError(f"{args.cache}: no pictures of the sources; `floorwatch train` puts them")
    held = recipe.load(recipes.find(recipes.SHIPPED)).held_out  # the model never saw it, nor this
    real = [] if store is None else [*close_ups.cut(store, held)]
    if store is not None:
        real += nobody.found(store, shipped(), held)
    network = training.train(rendered, real, args.out, args.steps, args.seed)
    print(json.dumps(asdict(training.tell(network, told))))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m models.closer",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    draw = verbs.add_parser("draw", help="draw close-ups of rendered scenes")
    draw.add_argument("--scenes", type=int, default=900, help="some twenty close-ups each (900)")
    draw.add_argument("--out", type=Path, required=True, help="a folder; parts there are kept")
    train = verbs.add_parser("train", help="learn from them")
    train.add_argument("--close-ups", type=Path, required=True, help="what `draw` made")
    train.add_argument("--cache", type=Path, help="with the sources' pictures; without, none")
    train.add_argument("--out", type=Path, required=True, help="a folder for the checkpoint")
    train.add_argument("--steps", type=int, default=2400, help="half a second each (2400)")
    train.add_argument("--seed", type=int, default=1)
    put = verbs.add_parser("export", help="put it beside a model")
    put.add_argument("checkpoint", type=Path, help="the last.pt that `train` keeps")
    put.add_argument("--to", type=Path, required=True, help="a folder with a card.json")
    return parser


if __name__ == "__main__":
    main()
