from __future__ import annotations

from collections.abc import Mapping

from edge.core.evidence import Evidence
from edge.core.types import Box, Label
from edge.normal.usual_scores import DAYS, UsualScores

AGAIN: Mapping[Label, float] = {"collapse": 70.0, "spill": 330.0}
DAY_S = 86_400.0


def down(score: float, label: Label = "collapse") -> tuple[Evidence, ...]:
    return (Evidence(label, None, Box(0.1, 0.1, 0.2, 0.2), score, score, 0, "slow"),)


def alarms(scores: UsualScores, label: Label, level: float) -> int:
    usual = scores.usual(label)
    return int(usual.alarms[round(level * 100) - 1])


def test_a_score_would_have_alarmed_at_every_level_up_to_it() -> None:
    scores = UsualScores.empty()
    scores.add(down(0.27), AGAIN, 1.0, 0.0)
    assert alarms(scores, "collapse", 0.27) == 1
    assert alarms(scores, "collapse", 0.05) == 1
    assert alarms(scores, "collapse", 0.28) == 0
    assert alarms(scores, "spill", 0.05) == 0


def test_what_trips_again_within_the_life_of_an_event_is_the_same_alarm() -> None:
    scores = UsualScores.empty()
    for at_s in (0.0, 60.0, 120.0, 191.0):
        scores.add(down(0.5), AGAIN, 1.0, at_s)
    assert alarms(scores, "collapse", 0.5) == 2


def test_levels_that_were_silent_between_count_again() -> None:
    scores = UsualScores.empty()
    for at_s, score in ((0.0, 0.5), (50.0, 0.2), (100.0, 0.5)):
        scores.add(down(score), AGAIN, 1.0, at_s)
    assert alarms(scores, "collapse", 0.5) == 2
    assert alarms(scores, "collapse", 0.2) == 1


def test_days_add_up_and_the_oldest_make_room() -> None:
    scores = UsualScores.empty()
    for day in range(DAYS + 5):
        scores.add(down(0.4), AGAIN, 3600.0, day * DAY_S)
    usual = scores.usual("collapse")
    assert usual.days == DAYS
    assert usual.watched_s == DAYS * 3600.0
    assert alarms(scores, "collapse", 0.4) == DAYS
