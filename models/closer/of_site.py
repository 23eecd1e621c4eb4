"""The last part of a site's run: second looks learn its close-ups, and are put beside its model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from edge import zoo
from models import lineage, weights
from models.closer import export, own
from models.dataset import Place
from models.guests import Guests
from models.recipe import Recipe
from models.stores import Store

LAST = 50  # steps whose mean losses are told
_paper = Console(stderr=True, highlight=False, soft_wrap=True)


@dataclass(frozen=True)
class OfSite:
    """Pictures of its normal footage, rendered scenes, and who may be put into the former."""

    own: Sequence[Place]
    rehearsed: Sequence[Store]
    guests: Guests


def teach(of: OfSite, recipe: Recipe, model: Path) -> None:
    """Second looks of the model in a folder become the site's own, where there is what to learn
    from; of the weights they begin with as much stays as of the model's. Raises BadModel."""
    shipped = zoo.find(lineage.SHIPPED_MODEL, None)
    network, plan = export.of_model(shipped), recipe.own_view
    if network is None or plan is None or not plan.close_up_steps or not of.own:
        return
    lesson = own.lesson(
        weights.of_onnx(shipped.path), of.own, of.rehearsed, of.guests,
        threshold=recipe.alarms.collapse, seed=recipe.seed,
    )  # fmt: skip
    if lesson is None:
        _paper.print("close-ups: nothing alarms, or nobody is known beside it; they stay")
        return
    _paper.print(f"close-ups: {lesson.words()}", markup=False)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    log = own.learn(network, lesson, plan.close_up_steps, recipe.seed)
    share = recipe.start_share
    learnt = network.state_dict()
    network.load_state_dict({n: share * before[n] + (1 - share) * learnt[n] for n in before})
    _paper.print(f"close-ups: {_words(log)}", markup=False)
    export.write(network, model)


def _words(log: Sequence[Mapping[str, float]]) -> str:
    last = log[-LAST:]
    means = {name: sum(one[name] for one in last) / len(last) for name in last[0]}
    return "lost at last " + ", ".join(f"{name} {value:.3f}" for name, value in means.items())
