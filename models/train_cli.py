"""`floorwatch train`: one run from a recipe, in a folder of its own."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alerts.errors import UserError
from models import recipes
from models.needs import need

if TYPE_CHECKING:
    from models.material import Material
    from models.recipe import Recipe

DATA_ENV = "FLOORWATCH_DATA"
RUNS = Path("runs")
Verbs = Any  # argparse's sub-parser collection has no public type

_ABOUT = """\
Trains the network by a recipe. It ends after the steps the recipe says; ctrl-C keeps a checkpoint,
and the same command goes on from it as if nothing had been.

recipes that ship: {recipes}
Copy one to change it; `recipe.yaml` in a run's folder says every key there is. What the run learnt
from, on what machine and with what losses stays there too: `floorwatch runs` shows all of them.

The sources (falls/, spills/, normal/ and pretrained/ below --data) are prepared once, in a folder
`cache` beside the run. Its pictures belong to their sources: never put them into a repository.

A site's own pictures (--init {shipped}) make the shipped model better there, in minutes on a CPU.
--data then holds some of
  people/   pictures with COCO json or CVAT xml boxes labelled upright, low, down or bed
  spills/   images/NAME.png and masks/NAME.png, as `floorwatch synth --background` writes them
  normal/   recordings and pictures in which nothing happens
  truth.csv recordings kept apart, to tell before and after by (as `floorwatch evaluate` takes it)
Recordings of normal/ are looked at from end to end, a picture a second: what comes near an alarm
there is taught to be nothing. The run's mined.png shows it; look at it before the model is used.
Put every camera that is to use the model there: what is learnt of one view alone can make others
cry wolf. With a truth.csv all of normal/ is learnt from, without one the last fifth of each place
is kept apart to tell by.
"""


def register(verbs: Verbs) -> None:
    """Adds the verb."""
    parser = verbs.add_parser(
        "train",
        help="train the network by a recipe, or on a site's own pictures",
        description=_ABOUT.format(recipes=", ".join(recipes.names()), shipped=recipes.SHIPPED),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="example: floorwatch train shipped --data ~/data --out runs/first",
    )
    parser.add_argument(
        "recipe",
        nargs="?",
        help=f"a recipe's name or file (default: {recipes.SHIPPED}; with --init {recipes.SHIPPED}: "
        f"{recipes.FINETUNE})",
    )
    parser.add_argument(
        "--data", type=Path, help=f"folder of the data (default: the one named by {DATA_ENV})"
    )
    parser.add_argument("--out", type=Path, help="the run's folder (default: runs/RECIPE)")
    parser.add_argument(
        "--init", help="weights to begin with instead: coco, shipped, or a run's last.pt"
    )
    parser.set_defaults(run=_train)


def data_of(args: argparse.Namespace) -> Path | None:
    """The folder of the data: as said, or by the environment."""
    said = args.data or (Path(os.environ[DATA_ENV]) if os.environ.get(DATA_ENV) else None)
    if said is not None and not said.is_dir():
        raise UserError(f"{said}: there is no such folder; --data names the one of the data")
    return said


def _train(args: argparse.Namespace) -> int:
    need("torch", "tqdm", "onnx", "defusedxml")
    from models.recipe import load  # noqa: PLC0415  (`--help` is to be quick)

    said = args.recipe or (recipes.FINETUNE if args.init == recipes.SHIPPED else recipes.SHIPPED)
    file = recipes.find(said)
    recipe = load(file, **({"init": args.init} if args.init else {}))
    out = args.out or RUNS / file.stem
    return _undertake(recipe, data_of(args), out)


def _undertake(recipe: Recipe, data: Path | None, out: Path) -> int:
    """One run, from wherever its folder is."""
    from alerts.stopping import on_signals  # noqa: PLC0415  (`--help` is to be quick)
    from models import checkpoints, digests, finetune, run_folder, train  # noqa: PLC0415 (torch: seconds)

    step = _steps_done(out / checkpoints.FILE)
    if step >= recipe.steps and recipe.learns_from == "sources":
        run_folder.enter(out, recipe)
        print(f"{out}: all {step} steps are taken; `floorwatch export {out}/last.pt` is next")
        return 0
    weights = _weights(recipe, data)
    run_folder.enter(out, recipe)
    own = finetune.prepare(data, out, recipe) if recipe.learns_from == "site" else None
    learnt_from = own.learnt_from if own else _sources(data, out.parent / "cache", recipe)
    data_now = digests.of(learnt_from.stores, learnt_from.figures, recipe.held_out)
    for changed in run_folder.record(out, recipe, step, data_now, weights):
        words = "are not what they were when this run began: see run.json"
        print(f"the {changed} {words}", file=sys.stderr)
    with on_signals() as signals:
        done = train.train(recipe, learnt_from, data, out, signals.stop.is_set)
    run_folder.draw_losses(out)
    if not done:
        print(f"{out}: stopped, and kept; the same command goes on", file=sys.stderr)
        return 130
    if own is not None:
        finetune.finish(own, recipe, out)
        return 0
    print(f"{out}: done; `floorwatch export {out}/last.pt --to MODEL` writes the model")
    return 0


def _steps_done(checkpoint: Path) -> int:
    """The step a run goes on from, 0 where it begins. Raises NoCheckpoint."""
    from models import kept  # noqa: PLC0415  (torch: seconds)

    if not checkpoint.exists():
        return 0
    try:
        return int(kept.read(checkpoint, "step", "network", "optimiser")["step"])
    except kept.NoCheckpoint:
        words = "this run cannot go on from it; remove it to begin anew, or say another --out"
        raise kept.NoCheckpoint(f"{checkpoint}: {words}") from None


def _weights(recipe: Recipe, data: Path | None) -> dict[str, str]:
    """Digests of the files of weights the run begins with. That they are there and whole, and their
    run is finished, is asked at once: to prepare the data takes minutes. Raises UserError."""
    from models import run_folder, seen, weights  # noqa: PLC0415  (torch: seconds)

    run_folder.check_finished(Path(recipe.init))
    weights.begin(recipe, data)
    return {name: seen.digest(file) for name, file in weights.files(recipe, data).items()}


def _sources(data: Path | None, cache: Path, recipe: Recipe) -> Material:
    """What is learnt from; what is to be held out is there. Raises UserError."""
    from models import material, splits  # noqa: PLC0415  (torch: seconds)

    found = material.of_sources(data, cache, recipe)
    places = (sample.place for store in found.stores for sample in store.samples)
    splits.check_places(recipe.hold_out, places)
    return found
