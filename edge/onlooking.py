"""What the daemon's onlooker is made of: who judges the cameras, and who tells of them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from alerts.event import ModelUsed
from alerts.noted import Noted
from edge import lowered, snapshot
from edge.attending import Attending
from edge.bystanders import Bystanders
from edge.config.schema import Config
from edge.core.card import Card
from edge.eventing import Thresholds
from edge.fitness import FOLDER, OPEN, Fitness, FitRules
from edge.lowered import Key, Lowering
from edge.normal.lowering import Lowered
from edge.normal_learning import FOLDER as NORMAL_FOLDER
from edge.normal_learning import normal_rule, normal_rules
from edge.normality import Normality, hide, mark
from edge.noticing import Noticing
from edge.onlooker import Onlooker
from edge.pipeline import Seen
from edge.ports import Clock
from edge.privacy import Privacy
from edge.reconnect import Tally
from edge.remembered import Remembered
from edge.report import Told
from edge.unusual import Unusual

VIEW_WIDTH_PX_MAX = 480
_VIEW_QUALITY = 70
R = TypeVar("R")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Onlooking:
    """The onlooker and those of its listeners that others ask."""

    onlooker: Onlooker
    fitness: Fitness
    attending: Attending
    normality: Normality | None


def onlooking(
    config: Callable[[], Config],
    card: Card,
    clock: Clock,
    streams: Callable[[], Mapping[str, Tally]],
    tell: Callable[[Told], None],
    *,
    thresholds: Callable[[], Thresholds] = dict,
    lower: Callable[[Mapping[Key, Lowered]], None] = lambda _by: None,
) -> Onlooking:
    """For the site file that `config` gives, which may change. `lower` is handed the thresholds
    that may fall, `thresholds` are those before any does."""
    first = config()
    folder = first.state_folder / FOLDER
    files = Remembered(folder)
    files.forget_others([camera.name for camera in first.cameras])
    rules = Rules(config, fit_rules)
    fitness = Fitness(rules.now, clock, first.site.zone, files, view_of(first))
    noticing = Noticing(first.site.name, ModelUsed(card.name, card.sha256), clock, tell)
    bystanders = Bystanders()
    attending = Attending(
        streams, rules.now, fitness, noticing, Noted(folder / OPEN), guard=bystanders.run
    )
    made = _normality(config, card, noticing, fitness)
    if made is None:
        onlooker = Onlooker(
            [fitness, attending], {attending.part: attending.tick}, bystanders=bystanders
        )
        return Onlooking(onlooker, fitness, attending, None)
    normality, unusual = made
    lowering = Lowering(
        lambda: lowered.rules(config(), thresholds()), normality.scores, clock, lower
    )
    ticks = {
        attending.part: attending.tick,
        "unusual": unusual.tick,
        "lower thresholds": lowering.tick,
    }
    onlooker = Onlooker([fitness, attending, normality], ticks, bystanders=bystanders)
    return Onlooking(onlooker, fitness, attending, normality)


def _normality(
    config: Callable[[], Config], card: Card, noticing: Noticing, fitness: Fitness
) -> tuple[Normality, Unusual] | None:
    """Who learns the normal days; None where the network gives nothing to learn from."""
    first = config()
    if card.features is None:
        _log.info("model %s gives no features: no normal days are learnt", card.name)
        return None
    folder = first.state_folder / NORMAL_FOLDER
    files = Remembered(folder)
    files.forget_others([camera.name for camera in first.cameras])
    for camera in first.cameras:  # one that sends nothing, too, or is not learnt any more
        if not normal_rule(first, camera).picture:
            hide(files, camera.name, mark(card.sha256, camera.url))
    unusual = Unusual(noticing, card.features.stride, Noted(folder / "open.json"))

    def sees(camera: str) -> bool:
        verdict = fitness.verdict(camera)
        return verdict is None or verdict.reason == "ok"

    normality = Normality(
        Rules(config, normal_rules).now, noticing.clock, first.site.zone,
        (card.sha256, card.features.stride), files=files, unusual=unusual, sees=sees,
    )  # fmt: skip
    return normality, unusual


class Rules(Generic[R]):
    """How each camera is judged or learnt, as `made` reads it in the site file of now."""

    def __init__(
        self, config: Callable[[], Config], made: Callable[[Config], Mapping[str, R]]
    ) -> None:
        self._config = config
        self._made = made
        self._known: tuple[Config, Mapping[str, R]] | None = None

    def now(self) -> Mapping[str, R]:
        """By camera."""
        config, known = self._config(), self._known
        if known is None or known[0] is not config:
            known = self._known = (config, self._made(config))
        return known[1]


def fit_rules(config: Config) -> Mapping[str, FitRules]:
    """How each camera of a site file is judged. A drawn pattern has no lens to judge."""
    return {
        camera.name: FitRules(
            judged=config.fit.enabled and camera.fit and not camera.drawn,
            alerts=config.fit.enabled and camera.fit,
            alert_after_s=config.fit.alert_after_s,
            live=camera.live,
            shows=camera.url,
        )
        for camera in config.cameras
    }


def view_of(config: Config) -> Callable[[Seen], bytes]:
    """Makes the small picture of a camera that cannot see. Where people are hidden all of it is:
    nobody vouches for who was found in a picture that shows too little."""
    wanted = config.evidence
    hidden = Privacy(wanted.privacy, wanted.privacy_style)

    def view(seen: Seen) -> bytes:
        if not (wanted.snapshot and wanted.send_snapshot):
            return b""
        small = snapshot.shrunk(seen.frame.rgb, VIEW_WIDTH_PX_MAX)
        return snapshot.encoded(hidden.hidden(small, None, None), _VIEW_QUALITY)

    return view
