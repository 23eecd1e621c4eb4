"""What an operator lives with: incidents found and missed, and false alarms, with their bounds.

All counts are of incidents and events, never of pictures. Bounds are exact, one-sided at 95 %.
None wherever there is nothing to divide by.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from models.evaluation.bounds import CONFIDENCE, rate_upper, share, share_lower, share_lower95
from models.evaluation.outcome import Incident, Outcome

Numbers = dict[str, Any]

SOON_S = 10.0
# For what precision would be: one incident a month in front of a camera.
BASE_RATE_PER_CAMERA_DAY = 1 / 30
_HOUR_S, _DAY_S = 3600.0, 86400.0


def numbers(outcomes: Sequence[Outcome], normal_s: float) -> Numbers:
    """Of one label, or of several together. `normal_s` are the seconds in which false alarms could
    be told from others: those that were normal for at least one of the labels."""
    counted = [one for of in outcomes for one in of.incidents if not one.excused]
    delays = sorted(one.delay_s for one in counted if one.delay_s is not None)
    # What comes in held time counts, though no hours do for it: a rate may err high, never low.
    held = [alarm.alert.held for of in outcomes for alarm in of.false_alarms]
    alarms = len(held)
    days, recall = normal_s / _DAY_S, share(len(delays), len(counted))
    a_day = share(alarms, days)
    unseen = share(sum(of.unseen_s for of in outcomes), sum(of.watched_s for of in outcomes))
    return {
        "incidents": len(counted),
        "detected": len(delays),
        "event_recall": recall,
        "event_recall_lower95": share_lower95(len(delays), len(counted)),
        "false_alarms": alarms,
        "false_alarms_in_held_time": held.count(True),
        "normal_hours": normal_s / _HOUR_S,
        "false_alarms_per_camera_hour": share(alarms, normal_s / _HOUR_S),
        "false_alarms_per_camera_day": a_day,
        "false_alarms_per_camera_day_upper95": rate_upper(alarms, days, CONFIDENCE),
        "time_to_alert_p50_s": _percentile(delays, 50),
        "time_to_alert_p95_s": _percentile(delays, 95),
        "alerted_within_10s": share(sum(delay <= SOON_S for delay in delays), len(counted)),
        "duplicates": sum(of.duplicates for of in outcomes),
        "ignored": sum(of.ignored for of in outcomes),
        "late": sum(late(one) for one in counted),
        "excused": sum(one.excused for of in outcomes for one in of.incidents),
        "detected_by_update": sum(by_update(one) for one in counted),
        "coverage": None if unseen is None else 1 - unseen,
        "precision_at_base_rate": _precision(recall, a_day),
        "precision_at_base_rate_lower95": _precision_lower(len(delays), len(counted), alarms, days),
    }


def by_update(incident: Incident) -> bool:
    """Whether all that tells of it are further words of events that were open before it."""
    alerts = [seen.alert for seen in incident.sightings if seen.alert is not None]
    return bool(alerts) and all(a.phase == "updated" and not a.reopened for a in alerts)


def late(incident: Incident) -> bool:
    """Whether it was missed, but told of within it."""
    return incident.delay_s is None and any(seen.late for seen in incident.sightings)


def _percentile(delays_s: Sequence[float], percent: float) -> float | None:
    """The smallest delay within which at least so many per cent were told (the inverse of the
    empirical distribution): always one that was measured."""
    if not delays_s:
        return None
    return float(np.percentile(delays_s, percent, method="inverted_cdf"))


def _precision(recall: float | None, a_day: float | None) -> float | None:
    if recall is None or a_day is None:
        return None
    true_a_day = recall * BASE_RATE_PER_CAMERA_DAY
    return share(true_a_day, true_a_day + a_day)


def _precision_lower(hits: int, of: int, alarms: int, days: float) -> float | None:
    """With both at their bound. Either is exceeded with half of the risk, so that together they
    hold at 95 % (Bonferroni)."""
    each = 1 - (1 - CONFIDENCE) / 2
    return _precision(share_lower(hits, of, each) if of else None, rate_upper(alarms, days, each))
