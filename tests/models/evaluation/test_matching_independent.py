"""The matching rules against a counter that knows nothing of them: written another way, with the
largest possible assignment found by scipy."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_bipartite_matching

from models.evaluation.alarms import Alert
from models.evaluation.matching import outcomes
from tests.models.evaluation.scenes import SpanRow, alert, recording, told

COUNTS_S, EARLY_S, COOL_DOWN_S, SECONDS = 45.0, 1.0, 60.0, 600.0


def drawn(seed: int) -> tuple[list[SpanRow], list[Alert]]:
    """A crowded recording: falls close together, events of one word each or with a close."""
    dice = random.Random(seed)
    spans: list[SpanRow] = []
    for number in range(dice.randrange(6)):
        onset_s = dice.uniform(0, SECONDS)
        spans.append(("collapse", onset_s, onset_s + dice.choice((3, 40, 150)), f"{number}"))
    for _ in range(dice.randrange(2)):
        onset_s = dice.uniform(0, SECONDS)
        spans.append(("ignore", onset_s, onset_s + dice.uniform(1, 100)))
    alerts = []
    for event in range(dice.randrange(10)):
        near = dice.random() < 0.6 and spans
        at_s = dice.choice(spans)[1] + dice.uniform(-5, 60) if near else dice.uniform(0, SECONDS)
        alerts.append(alert(at_s, "opened", event))
        if dice.random() < 0.4:
            alerts.append(alert(at_s + dice.uniform(1, 90), "closed", event))
    return spans, sorted(alerts, key=lambda one: one.t_s)


def detected(spans: list[SpanRow], opened_s: NDArray[Any]) -> int:
    """The most incidents that can each have an opening of their own."""
    onsets_s = np.array([row[1] for row in spans if row[0] == "collapse"])
    if not len(onsets_s) or not len(opened_s):
        return 0
    after_s = opened_s[None, :] - onsets_s[:, None]
    fits = csr_matrix((after_s >= -EARLY_S) & (after_s <= COUNTS_S))
    return int((maximum_bipartite_matching(fits, perm_type="column") >= 0).sum())


def false_alarms(spans: list[SpanRow], alerts: list[Alert]) -> int:
    """Openings on a raster of a hundredth second that nothing covers."""
    raster = np.arange(0, 800, 0.01)

    def covered(label: str) -> NDArray[Any]:
        found = np.zeros(len(raster), bool)
        for row in spans:
            if row[0] == label:
                end_s = max(row[2], row[1] + COUNTS_S)
                if row[2] >= SECONDS - 0.5:  # what follows shows the last picture again
                    end_s = raster[-1]
                found |= (raster >= row[1] - EARLY_S) & (raster <= end_s)
        return found

    def at(seen: NDArray[Any], t_s: float) -> bool:
        return bool(seen[min(max(round(t_s * 100), 0), len(raster) - 1)])

    incident = covered("collapse")
    spared = incident | covered("ignore")
    for one in alerts:
        if one.phase != "opened" or not at(incident, one.t_s):
            continue
        for word in alerts:
            if word.event == one.event:
                spared |= (raster >= word.t_s) & (raster <= word.t_s + COOL_DOWN_S)
    for one in alerts:  # opened before an incident, closed within it: no word of it tells
        assert one.phase in ("opened", "closed")
    return sum(one.phase == "opened" and not at(spared, one.t_s) for one in alerts)


@pytest.mark.parametrize("start", range(0, 200, 50))
def test_counts_agree(start: int) -> None:
    found = [0, 0]
    for seed in range(start, start + 50):
        spans, alerts = drawn(seed)
        outcome = outcomes([told(recording(spans=spans, seconds=SECONDS), alerts)])["collapse"]
        ours = sum(incident.delay_s is not None for incident in outcome.incidents)
        opened_s = np.array([one.t_s for one in alerts if one.phase == "opened"])
        assert ours == detected(spans, opened_s), seed
        assert len(outcome.false_alarms) == false_alarms(spans, alerts), seed
        found = [found[0] + ours, found[1] + len(outcome.false_alarms)]
    assert min(found) > 25  # they had something to agree on
