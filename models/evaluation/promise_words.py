"""Promises in words, for people, and in keys, for programs."""

from __future__ import annotations

import math
from typing import Any

from models.evaluation.checked import Checked
from models.evaluation.eligible import Eligible
from models.evaluation.offers import Offer, Rung
from models.evaluation.promise import Tuned, Verified
from models.evaluation.report.numerals import duration, plain, rate
from models.evaluation.retold import Price

_SIX = 10.0**6  # six digits of a bound are kept
_FUZZ = 1e-9  # 0.95 is not quite 0.95


def percent(share: float) -> str:
    """0.95 as 95 %."""
    return f"{100 * share:.6g} %"


def at_least(share: float) -> str:
    """Rounded down, so that no more is said than is shown."""
    return f"{math.floor(share * 100 + 1e-9) / 100:.2f}"


def at_most(share: float) -> str:
    """Rounded up."""
    return f"{math.ceil(share * 100 - 1e-9) / 100:.2f}"


def counted(eligible: Eligible) -> str:
    """How many incidents take part, and which do not."""
    words = f"{_number(len(eligible.incidents), 'incident')} in "
    words += _number(eligible.recordings, "recording")
    left_out = [
        f"{len(those)} {why}"
        for those, why in (
            (eligible.trained, "of recordings the model was trained on"),
            (eligible.unseen, "that began while no camera saw, and that had been said"),
        )
        if those
    ]
    return f"{words}; left out: {', '.join(left_out)}" if left_out else words


def supported(tuned: Tuned) -> str:
    """What so many incidents can show at all: "24 incidents support at most recall 0.88"."""
    verb = "supports" if tuned.incidents == 1 else "support"
    most = f"at most recall {at_least(tuned.supported)} at {percent(tuned.confidence)}"
    return f"{_number(tuned.incidents, 'incident')} {verb} {most}"


def promised(tuned: Tuned) -> str:
    """The threshold, or why there is none."""
    goal = f"recall {tuned.recall:g} at {percent(tuned.confidence)} confidence"
    if tuned.threshold is not None:
        missed = f"{tuned.misses} of {_number(tuned.incidents, 'incident')} missed"
        return f"threshold {tuned.threshold:g} keeps {goal} ({missed})"
    if tuned.reason == "few":
        return (
            f"no threshold keeps {goal}: that needs {tuned.needed()} incidents without a miss, or "
            f"{tuned.needed(1)} with one"
        )
    return (
        f"no threshold keeps {goal}: {tuned.blind} of {tuned.incidents} incidents trip at no "
        f"threshold at all, and {tuned.allowed} may; at most recall {at_least(tuned.reachable)} "
        "can be promised with these incidents"
    )


def cost(price: Price, confidence: float) -> str:
    """False alarms on normal footage."""
    days, upper = price.per_camera_day, price.per_camera_day_upper(confidence)
    held = f"; {price.held} of them while a last picture was held" if price.held else ""
    if days is None or upper is None:
        return f"false alarms unknown: no normal footage, name some with --normal{held}"
    return plain(
        f"{_number(price.false_alarms, 'false alarm')} in {duration(price.normal_s / 3600)} of "
        f"normal footage: {rate(days)} per camera-day, at most {rate(upper, up=True)} "
        f"({percent(confidence)}){held}"
    )


def verdict(verified: Verified, threshold: float) -> str:
    """Kept, not shown or broken, and by what."""
    bound = f"({percent(verified.confidence)})"
    found = f"{verified.hits} of {_number(verified.incidents, 'untouched incident')} trip"
    words = f"{verified.verdict}: {found} at {threshold:g}: recall is"
    goal = f"promised {verified.recall:g}"
    if verified.verdict == "broken":
        return f"{words} at most {at_most(verified.upper)} {bound}, {goal}"
    words = f"{words} at least {at_least(verified.lower)} {bound}, {goal}"
    if verified.verdict == "kept":
        return words
    return f"{words}; {verified.more} more without a miss would show it"


def offer_keys(offer: Offer) -> dict[str, Any]:
    """An offer for programs; rates per camera-day with their upper bound at the confidence."""
    return {
        "label": offer.label,
        "camera": offer.camera or None,
        **rung_keys(offer.wanted),
        "ladder": [rung_keys(rung) for rung in offer.rungs],
    }


def rung_keys(rung: Rung) -> dict[str, Any]:
    """What a threshold keeps and costs."""
    tuned = rung.tuned
    return {
        "target_recall": tuned.recall,
        "confidence": tuned.confidence,
        "threshold": tuned.threshold,
        "incidents": tuned.incidents,
        "misses": tuned.misses,
        "misses_allowed": tuned.allowed,
        "trip_at_no_threshold": tuned.blind,
        "recall_supported": _down(tuned.supported),
        "recall_reachable": _down(tuned.reachable),
        "incidents_needed": tuned.needed(),
        "price": None if rung.price is None else price_keys(rung.price, tuned.confidence),
    }


def price_keys(price: Price, confidence: float) -> dict[str, Any]:
    """False alarms on normal footage."""
    days, upper = price.per_camera_day, price.per_camera_day_upper(confidence)
    return {
        "false_alarms": price.false_alarms,
        "false_alarms_in_held_time": price.held,
        "normal_hours": round(price.normal_s / 3600, 6),
        "false_alarms_per_camera_day": None if days is None else round(days, 6),
        "false_alarms_per_camera_day_upper": None if upper is None else _up(upper),
    }


def checked_keys(checked: Checked) -> dict[str, Any]:
    """A promise and what untouched incidents say of it."""
    verified = checked.verified
    return {
        "camera": checked.camera or None,
        "threshold": checked.threshold,
        "target_recall": verified.recall,
        "confidence": verified.confidence,
        "verdict": verified.verdict,
        "incidents": verified.incidents,
        "hits": verified.hits,
        "alerted": checked.alerted,
        "recall_lower": _down(verified.lower),
        "recall_upper": _up(verified.upper),
        "incidents_more_needed": verified.more,
        "price": price_keys(checked.price, verified.confidence),
    }


def left_out_keys(eligible: Eligible) -> dict[str, list[str]]:
    """The names of the incidents that do not count."""
    return {
        "trained": sorted(one.name for one in eligible.trained),
        "unseen": sorted(one.name for one in eligible.unseen),
    }


def _number(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _down(bound: float) -> float:
    return math.floor(bound * _SIX + _FUZZ) / _SIX


def _up(bound: float) -> float:
    return math.ceil(bound * _SIX - _FUZZ) / _SIX
