"""Thresholds fall in the running daemon where days bear it, are said to have, and rise no higher
than they were."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from threading import Event
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from alerts.event import ThresholdUsed
from edge import lowered, wiring
from edge.backends.scripted import ScriptedBackend
from edge.brain import Brain
from edge.clock import ReplayClock, SystemClock
from edge.config import load
from edge.core.evidence import Evidence
from edge.core.policy import CollapsePolicy, Life, Policy, SpillPolicy
from edge.core.types import Box
from edge.crew import Crew
from edge.eventing import Eventing
from edge.lowered import Key, Lowering, LoweringRules
from edge.mailbox import Mailboxes
from edge.normal.lowering import Lowered
from edge.normal.usual_scores import UsualScores
from edge.pipeline import Pipeline, View
from edge.watching import Watching
from tests.support.site import site_file

DAY_S = 86_400.0
START = datetime(2026, 3, 1, tzinfo=timezone.utc)
AGAIN_S = {"collapse": 70.0, "spill": 330.0}
USED = {
    ("hall", "collapse"): ThresholdUsed(0.5, "tuned", 0.9, 0.95, 40),
    ("hall", "spill"): ThresholdUsed(0.4, "site file"),
}
RULES = LoweringRules(True, 1.0, AGAIN_S, USED, frozenset({("hall", "spill")}))  # type: ignore[arg-type]  # labels


def _days(count: int, scores: UsualScores | None = None, score: float = 0.0) -> UsualScores:
    """So many days, an alarm of that score every six hours."""
    known = scores or UsualScores.empty()
    begun = START.timestamp() + (DAY_S * int((known.days >= 0).sum()))
    for look in range(count * 24):
        seen = [Evidence("collapse", None, Box(0, 0, 0.1, 0.1), score, score, 0, "slow")]
        told = seen if look % 6 == 0 and score else []
        known.add(told, AGAIN_S, 3600.0, begun + 3600.0 * look)  # type: ignore[arg-type]  # labels
    return known


class Site:
    """A clock that is set, rules that are changed, and what was handed on."""

    def __init__(self, scores: UsualScores | None) -> None:
        self.rules, self.scores = RULES, scores
        self.clock = ReplayClock(START)
        self.handed: list[Mapping[Key, Lowered]] = []
        self.lowering = Lowering(
            lambda: self.rules, lambda _camera: self.scores, self.clock, self.handed.append
        )

    def tick(self, after_s: float) -> None:
        self.clock.set(self.clock.now_ns() + int(after_s * 1e9))
        self.lowering.tick()


def test_days_without_alarms_lower_it_and_bad_days_take_it_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    site = Site(_days(7))
    site.tick(7 * DAY_S)
    assert [{key: one.value for key, one in found.items()} for found in site.handed] == [
        {("hall", "collapse"): 0.25}
    ]
    assert "the threshold falls from 0.5 to 0.25: 0 false alarms there in 7.0 days" in caplog.text
    _days(7, site.scores, score=0.38)
    site.tick(lowered.EVERY_S / 2)
    assert len(site.handed) == 1
    site.tick(7 * DAY_S)
    assert site.handed[1]["hall", "collapse"].value == 0.39
    _days(14, site.scores, score=0.8)
    site.tick(14 * DAY_S)
    assert site.handed[2] == {}
    assert "the threshold is 0.5 again" in caplog.text


def test_it_is_not_asked_for_and_nothing_falls() -> None:
    site = Site(_days(7))
    site.rules = replace(RULES, on=False)
    site.tick(7 * DAY_S)
    assert not site.handed
    site.rules = RULES
    site.tick(1.0)
    assert len(site.handed) == 1
    site.rules = replace(RULES, on=False)
    site.tick(1.0)
    assert site.handed[1:] == [{}]


def test_a_camera_whose_days_are_read_later_need_not_wait_an_hour() -> None:
    site = Site(None)
    site.tick(7 * DAY_S)
    site.scores = _days(7)
    site.tick(1.0)
    assert [found["hall", "collapse"].value for found in site.handed] == [0.25]


def test_of_a_camera_of_which_nothing_is_known_nothing_falls() -> None:
    site = Site(None)
    site.tick(7 * DAY_S)
    assert not site.handed


def test_what_is_lowered_keeps_its_promise_and_says_why() -> None:
    by = {("hall", "collapse"): Lowered(0.3, 1, 7.25, 0.654)}
    used = lowered.thresholds(USED, by)  # type: ignore[arg-type]  # labels
    assert used["hall", "spill"] == USED["hall", "spill"]
    one = used["hall", "collapse"]
    assert (one.value, one.target_recall, one.confidence, one.incidents) == (0.3, 0.9, 0.95, 40)
    assert one.source == (
        "lowered from 0.5 by 7.2 normal days of this camera (at most 0.65 false alarms a day); "
        "tuned"
    )
    higher = {("hall", "collapse"): Lowered(0.6, 0, 7.0, 0.4)}
    assert lowered.thresholds(USED, higher) == USED  # type: ignore[arg-type]  # labels


def test_the_views_go_by_the_thresholds() -> None:
    life = Life(10, 60, 30)
    policy = Policy(CollapsePolicy(0.5, 3, 20, life), SpillPolicy(0.4, 20, life))
    before = {name: View(policy, {}, ZoneInfo("UTC")) for name in ("hall", "yard")}
    used = {**USED, ("hall", "collapse"): ThresholdUsed(0.3, "lowered")}
    after = lowered.views(before, used)  # type: ignore[arg-type]  # labels
    assert after["yard"] == before["yard"]
    assert after["hall"].policy.collapse == replace(policy.collapse, threshold=0.3)
    assert after["hall"].policy.spill == policy.spill


def test_the_daemon_decides_by_it_quotes_it_and_takes_it_back(tmp_path: Path) -> None:
    cameras: list[dict[str, Any]] = [
        {"name": "hall", "url": "pattern:empty"},
        {
            "name": "yard",
            "url": "pattern:empty",
            "labels": {"collapse": {"threshold": 0.45}},
        },
    ]
    site = load(site_file(tmp_path, cameras, normal={"lower_thresholds": True}))
    card, clock, mailboxes = wiring.model(site).card, SystemClock(), Mailboxes()
    eventing = Eventing("lab", card, clock, {})
    ended = Event()
    ended.set()
    with ScriptedBackend(card) as backend:
        pipeline = Pipeline(card, backend, clock, {})
        brain = Brain(mailboxes, pipeline, eventing, lambda _told: None, clock, batch_max=1)
        watching = Watching(site, card, mailboxes, clock)
        watching.start(Crew(ended), brain)  # whose threads are not begun
        asked = lowered.rules(site, watching.thresholds)
        assert asked.on
        assert asked.fixed == {("yard", "collapse")}
        found = lowered.may_fall(asked, lambda _camera: _days(7), 7 * DAY_S + START.timestamp())
        watching.lower(found)
        brain.run(ended)
        view = pipeline.view("hall")
        assert view is not None
        assert view.policy.threshold("collapse") == 0.25
        assert eventing.thresholds["hall", "collapse"].value == 0.25
        assert eventing.thresholds["hall", "collapse"].source.startswith("lowered from 0.5 by")
        assert eventing.thresholds["yard", "collapse"].value == 0.45
        watching.lower({})
        brain.run(ended)
        assert eventing.thresholds["hall", "collapse"] == watching.thresholds["hall", "collapse"]
