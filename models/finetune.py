"""A site's own pictures on top of the shipped model: prepared, and told before and after.

Nothing of our own pictures ships, so what the model knows is kept by other means: rendered scenes
are made on the spot to rehearse with, the network as it was is the teacher wherever nobody labelled
anything (`models.remember`), the trunk stays, and in the end some of the weights it began with may
be mixed in again (Wortsman et al., Robust fine-tuning of zero-shot models, CVPR 2022). Then the
state heads look at the site's own pictures whole, with people lying where nobody did
(`models.own_view`), and last second looks at close-ups of what alarmed (`models.closer.own`).
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import cv2
from rich.console import Console

from alerts.errors import UserError
from edge import zoo
from edge.core.types import Label
from models import (
    checkpoints,
    export,
    eye,
    guests,
    kept,
    lineage,
    made,
    mine,
    own_view,
    run_folder,
    site,
    site_mining,
    site_report,
    site_stores,
    sources,
    splits,
    stood,
    stores,
    weights,
)
from models.closer import of_site
from models.closer.of_site import OfSite
from models.dataset import Place
from models.evaluation.arguments import EvaluationMissing, need
from models.material import Material, NothingToLearn
from models.recipe import Recipe
from models.recipes import SHIPPED
from models.site import Site
from models.stores import Store

MODEL, BLENDED, SETTLED = "model", "blended.pt", "settled.pt"
WHEN = (site_report.BEFORE, site_report.AFTER)
MINED = "mined.png"
REHEARSAL_EPISODES = 300  # ten pictures each, a quarter of an hour in all
REHEARSAL = f"rehearsal_{REHEARSAL_EPISODES}"
REHEARSAL_FIRST = 50_000  # far from the numbers that shipped weights were trained with
_paper = Console(stderr=True, highlight=False, soft_wrap=True)
_out = Console(highlight=False)


@dataclass(frozen=True)
class Prepared:
    """A site's folder read, what is learnt from, the site's own part of that and who may be put
    into it, and the pictures kept apart."""

    site: Site
    learnt_from: Material
    learnt: Store
    guests: guests.Guests
    apart: Store

    def places(self, recipe: Recipe) -> list[Place]:
        """Every picture to learn from."""
        stores_ = self.learnt_from.stores
        return [(store, number) for store in stores_ for number in store.usable(recipe.held_out)]

    @property
    def rehearsed(self) -> list[Store]:
        """Rendered scenes."""
        return [one for one in self.learnt_from.stores if one is not self.learnt]

    def own(self, recipe: Recipe) -> list[Place]:
        """Those of the site's normal footage."""
        return [
            (store, number)
            for store, number in self.places(recipe)
            if store.samples[number].source == site.NORMAL
        ]


def prepare(data: Path | None, out: Path, recipe: Recipe) -> Prepared:
    """Read a site's folder into stores in the run's folder. Raises UserError."""
    if data is None:
        raise NothingToLearn("no folder is named; say --data DIR with people/, spills/ or normal/")
    found = site.read(data)
    _paper.print(f"reading {data}", markup=False)
    learn, apart = site_stores.build(found, out / "site", _mined(found, recipe, out))
    _paper.print(site.told(found, learn.samples, apart.samples), markup=False)
    rehearsed = _rehearsal(out.parent / "cache" / REHEARSAL) if "rendered" in recipe.shares else []
    all_ = (sample.place for store in (learn, apart, *rehearsed) for sample in store.samples)
    splits.check_places(recipe.hold_out, all_)
    who = guests.Guests({}, {})
    if recipe.own_view:
        with eye.opened(_before(recipe, out)) as opened:
            seen = stood.look(site.NORMAL, learn, opened.see)
        for line in seen.doubts():
            _paper.print(line, markup=False)
        who = guests.Guests(seen.stood, guests.pieces(rehearsed), seen.figures)
    return Prepared(found, Material([learn, *rehearsed], []), learn, who, apart)


def _mined(found: Site, recipe: Recipe, out: Path) -> site_stores.Mined:
    """The moments of the recordings of normal/ at which the model as it was comes near an alarm,
    and a sheet of the nearest, for a person to look at."""
    if not (recipe.quiet and found.normal):
        return {}
    thresholds: dict[Label, float] = {
        "collapse": recipe.alarms.collapse,
        "spill": recipe.alarms.spill,
    }
    with eye.opened(_before(recipe, out)) as opened:
        mined = site_mining.mined(site_mining.recordings(found), opened, thresholds)
    near = [one for some in mined.values() for one in some]
    shown = mine.sheet(near)
    if shown is None:
        _paper.print("normal: nothing in its recordings comes near an alarm")
        return mined
    cv2.imwrite(str(out / MINED), shown[..., ::-1])
    _paper.print(
        f"normal: {len(near)} moments near an alarm are learnt as nothing; look at {out / MINED} "
        "that nothing is what they are",
        markup=False,
    )
    return mined


def _rehearsal(folder: Path) -> list[Store]:
    """Rendered scenes, made once for all runs beside each other; none where nothing renders."""
    known = stores.load(folder)
    if not made.is_whole(folder) and importlib.util.find_spec("mujoco") is not None:
        _paper.print("rendering scenes to rehearse with: once, a quarter of an hour", markup=False)
        try:
            from models import rendered  # noqa: PLC0415 - MuJoCo opens a GL library

            rendered.render(folder, REHEARSAL_EPISODES, REHEARSAL_FIRST, rendered.REHEARSED)
        except UserError as error:
            _paper.print(f"nothing to rehearse with: {error}", markup=False)
        known = stores.load(folder)
    return [known] if known else []


def finish(prepared: Prepared, recipe: Recipe, out: Path) -> None:
    """Write `model/`, and tell what came of it."""
    network, _ = weights.begin(recipe, None)
    learnt = _settled(prepared, recipe, out) or out / checkpoints.FILE
    checkpoints.blend(learnt, network, recipe.start_share, out / BLENDED)
    model = _model(out)
    if recipe.own_view is not None:
        lesson = OfSite(prepared.own(recipe), prepared.rehearsed, prepared.guests)
        of_site.teach(lesson, recipe, model)
    before = _before(recipe, out)
    told = [site_report.look(prepared.apart, folder).lines() for folder in (before, model)]
    if prepared.apart.samples:
        _out.print(site_report.table(*told))
    amounts = site.amounts(prepared.learnt.samples, prepared.apart.samples)
    for line in site_report.doubts(amounts):
        _out.print(line, markup=False, soft_wrap=True)
    numbers = {f"{source} kept apart": one.amount() for source, one in amounts.items()}
    numbers |= {f"{name} {when}": v for when, t in zip(WHEN, told, strict=True)
               for name, v in t.items()}  # fmt: skip
    run_folder.add_numbers(out, numbers)
    if prepared.site.judged:
        _evaluated(prepared.site.folder / site.TRUTH, before, model, out)
    else:
        _paper.print(
            f"no {site.TRUTH} in {prepared.site.folder}: how alarms changed is not told, only "
            "pictures"
        )
    _paper.print(f"{model}: name it in the site file, `model: {{path: {model}}}`", markup=False)


def _settled(prepared: Prepared, recipe: Recipe, out: Path) -> Path | None:
    """The checkpoint after the state heads have looked at the site's whole pictures; None where the
    recipe asks for nothing of the kind, or nobody can be put into any."""
    plan, places = recipe.own_view, prepared.places(recipe)
    own = prepared.own(recipe)
    if plan is None or not own:
        return None
    network, _ = weights.begin(recipe, None)
    network.load_state_dict(kept.weights(out / checkpoints.FILE))
    others = [one for one in places if one[0].samples[one[1]].people]
    lesson = own_view.lesson(network, own, others, prepared.guests, plan, seed=recipe.seed)
    if lesson is None:
        why = "nobody stands in it" if prepared.guests.pieces else "nobody was rendered"
        _paper.print(
            f"normal: {why}, so nobody can be shown lying there, and what it teaches of people is "
            "left out"
        )
        return None
    run_folder.keep_heads_losses(out, own_view.learn(network, lesson, plan, recipe.seed))
    run_folder.draw_losses(out)
    past = checkpoints.past(out / checkpoints.FILE)
    checkpoints.keep_weights(network.state_dict(), past, out / SETTLED)
    return out / SETTLED


def _model(out: Path) -> Path:
    """The folder with the new model, its card, and the list of what it was trained on."""
    folder = out / MODEL
    folder.mkdir(exist_ok=True)
    shipped = zoo.find(lineage.SHIPPED_MODEL, None)
    card = json.loads((shipped.path.parent / "card.json").read_text(encoding="utf-8"))
    card["name"], card["version"] = f"{card['name']}-site", f"{card['version']}+site"
    for threshold in card["thresholds"].values():
        threshold.update(target_recall=None, confidence=None, incidents=None)
        threshold["source"] = "of the shipped model; not tuned for this site: `floorwatch tune`"
    past = checkpoints.past(out / BLENDED)
    card["origins"] = sources.origins(name for run in past for name in run.origins)
    text = json.dumps(card, indent=2, ensure_ascii=False) + "\n"
    (folder / "card.json").write_text(text, encoding="utf-8")
    _with_close_ups(shipped, folder)
    export.export([out / BLENDED], folder)
    _paper.print(lineage.write(past, None, folder), markup=False)
    return folder


def _with_close_ups(shipped: zoo.Model, folder: Path) -> None:
    """Second looks stay those of the shipped model."""
    if shipped.card.close_ups is not None:
        file = shipped.card.close_ups.file
        shutil.copyfile(shipped.path.parent / file, folder / file)


def _before(recipe: Recipe, out: Path) -> Path:
    """The folder of the model as it was."""
    shipped = zoo.find(lineage.SHIPPED_MODEL, None)
    if recipe.init == SHIPPED:
        return shipped.path.parent
    folder = out / "model_before"
    folder.mkdir(exist_ok=True)
    card = (shipped.path.parent / "card.json").read_text(encoding="utf-8")
    (folder / "card.json").write_text(card, encoding="utf-8")
    _with_close_ups(shipped, folder)
    export.export([Path(recipe.init)], folder)
    lineage.write(checkpoints.past(Path(recipe.init)), None, folder)
    return folder


def _evaluated(truth: Path, before: Path, model: Path, out: Path) -> None:
    """Both models over the recordings kept apart, by `floorwatch evaluate`."""
    try:
        need()
    except EvaluationMissing as error:
        _paper.print(f"not evaluated on {truth}: {error}", markup=False)
        return
    from models.evaluation import (  # noqa: PLC0415 - its extra may not be installed
        differences,
        evaluate,
        evaluation,
        metrics_file,
        side_by_side,
    )

    parser = argparse.ArgumentParser()
    evaluate.add(parser.add_subparsers())
    for folder, name in zip((before, model), WHEN, strict=True):
        said = ["evaluate", "--truth", str(truth), "--model", str(folder), "--out", str(out / name)]
        _out.print(f"\n{name}, on {truth}", markup=False)
        evaluation.run(parser.parse_args(said))
    one, other = (metrics_file.read(out / name) for name in WHEN)
    differences.tell(one.path, other.path, side_by_side.compare(one, other, sources=False))
