"""The verdict in words: what a manager of the site reads first. No number stands without how much
it rests on, or without its bound."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from edge.core.types import LABELS, Label
from models.evaluation.bounds import CONFIDENCE, incidents_needed, recall_supported
from models.evaluation.report.numerals import counted, duration, rate, seconds, share
from models.evaluation.report.provenance import Used, by_training, thresholds, unseen, watched

Metrics = Mapping[str, Any]

WORDS: Mapping[Label, tuple[str, str]] = {
    "collapse": ("collapse", "collapses"),
    "spill": ("spill", "spills"),
}
_NONE: Metrics = {"incidents": 0, "detected": 0, "event_recall": None, "normal_hours": 0.0}
_FEW = 59  # incidents without a miss, to show a recall of .95
_THRESHOLDS_MAX = 3  # different ones that are told one by one
_HOURS_FEW = 24.0 * 3  # without a false alarm, to show one a day


@dataclass(frozen=True)
class Verdict:
    """What is said of one label, or of the whole run (label empty). `headline` is the shortest true
    answer; `warnings` are what takes weight from it."""

    label: str
    headline: str
    sentences: tuple[str, ...]
    warnings: tuple[str, ...]


def verdicts(metrics: Metrics) -> tuple[Verdict, ...]:
    """One for each label of which there is anything to say, then one on the recordings."""
    said = [
        _of_label(label, metrics)
        for label in LABELS
        if any(metrics["labels"][label]["all"][key] for key in ("incidents", "false_alarms"))
        or metrics["labels"][label]["all"]["normal_hours"] > 0
        or (label == "spill" and _shots(metrics))
    ]
    return (*said, _of_recordings(metrics))


def shown(metrics: Metrics, label: Label) -> Metrics:
    """The numbers that show something: of what training did not see, where it saw any of it."""
    found = metrics["labels"][label]
    seen, others = by_training(found)
    if seen is None or not (seen["incidents"] or seen["normal_hours"]):
        whole: Metrics = found["all"]
        return whole
    return _NONE if others is None else others


def _of_label(label: Label, metrics: Metrics) -> Verdict:
    found = metrics["labels"][label]["all"]
    claimed = shown(metrics, label)
    used = [one for one in thresholds(metrics["about"]) if one.label == label]
    shots = _shots(metrics) if label == "spill" else None
    sentences = (
        *_recall(label, found, claimed),
        *(_of_pictures(shots) if shots else ()),
        *_crying_wolf(found, claimed),
        *_speed(claimed),
        *_promise(used),
    )
    warnings = (*_little(label, claimed), *_other(found))
    headline = _headline(label, found, claimed)
    if shots and not (found["incidents"] or found["normal_hours"] or found["false_alarms"]):
        headline = "single pictures alone"
    return Verdict(label, headline, sentences, warnings)


def _headline(label: Label, found: Metrics, claimed: Metrics) -> str:
    """What is largest on the page: of what training did not see, where it saw any."""
    one, many = WORDS[label]
    but = " that training did not see" if found["incidents"] else " to be found"
    first = f"no {one}{but}"
    if claimed["incidents"]:
        first = f"{claimed['detected']} of {counted(claimed['incidents'], one, many)} found"
    if not claimed["normal_hours"]:
        return f"{first}; no {'other ' if found['normal_hours'] else ''}normal footage"
    alarms = claimed["false_alarms"]
    wolf = counted(alarms, "false alarm") if alarms else "no false alarm"
    return f"{first}; {wolf} in {duration(claimed['normal_hours'])}"


def _recall(label: Label, found: Metrics, claimed: Metrics) -> Iterator[str]:
    one, many = WORDS[label]
    total, detected = found["incidents"], found["detected"]
    if not total:
        yield (
            f"No recording that lasts holds a {one}: nothing can be said about how many would be "
            "found."
        )
        return
    if total == 1:
        yield f"The only {one} was {'found' if detected else 'missed'}."
    else:
        which = f"the {counted(total, one, many)}"
        yield f"Of {which}, {detected} {_were(detected)} found ({share(found['event_recall'])})."
    updates = found["detected_by_update"]
    if updates:
        yield (
            f"{updates} of them {_were(updates)} told as news of an alert that was open already, "
            "not by an alert of their own."
        )
    yield from _seen_recall(total - claimed["incidents"], claimed)
    if claimed["detected"]:
        least = share(claimed["event_recall_lower95"], down=True)
        yield f"That shows, at 95 % confidence, that at least {least} of such {many} are found."
    else:
        yield f"No share of such {many} can be claimed to be found."


def _seen_recall(seen: int, claimed: Metrics) -> Iterator[str]:
    """Clips that training saw show nothing; what the others do is said apart."""
    others, detected = claimed["incidents"], claimed["detected"]
    if seen and others:
        yield (
            f"{seen} of them {'is' if seen == 1 else 'are'} in clips the model was trained on and "
            f"{'shows' if seen == 1 else 'show'} nothing; of the other {others}, {detected} "
            f"{_were(detected)} found ({share(claimed['event_recall'])})."
        )
    elif seen:
        yield "The model was trained on all these clips, so that they show nothing."


def _crying_wolf(found: Metrics, claimed: Metrics) -> Iterator[str]:
    hours, alarms = found["normal_hours"], found["false_alarms"]
    if not hours:
        yield "There is no normal footage: nothing can be said about false alarms."
        return
    words = f"It {_cried(alarms)} in {duration(hours)} of normal footage"
    if alarms:
        words += f", which is {rate(found['false_alarms_per_camera_day'])} a camera-day"
    yield f"{words}."
    left = claimed["normal_hours"]
    if left < hours:
        words = f"Training saw {duration(hours - left)} of it"
        if left:
            words += f"; in the other {duration(left)} it {_cried(claimed['false_alarms'])}"
        yield f"{words}."
    if left:
        bound = rate(claimed["false_alarms_per_camera_day_upper95"], up=True)
        yield f"At 95 % confidence, no better than {bound} a camera-day can be claimed from that."
    else:
        yield "So nothing can be claimed about false alarms."


def _cried(alarms: int) -> str:
    return f"cried wolf {_times(alarms)}" if alarms else "never cried wolf"


def _speed(found: Metrics) -> Iterator[str]:
    total, many = found["incidents"], found["detected"]
    if not many:
        return
    typical, slow = (seconds(found[f"time_to_alert_{p}_s"]) for p in ("p50", "p95"))
    if many == 1:
        yield f"The one alert came {typical} after the onset."
    else:
        yield (
            f"Half of the {many} alerts came within {typical} of the onset, 95 of 100 within "
            f"{slow}."
        )
    if total > 1:
        soon = round(found["alerted_within_10s"] * total)
        yield f"{soon} of all {total} had an alert within 10 s."


def _promise(used: Sequence[Used]) -> Iterator[str]:
    """Cameras with the same threshold in one sentence; many with many different ones in another."""
    alike: dict[Used, list[str]] = {}
    for one in used:
        alike.setdefault(replace(one, camera=""), []).append(one.camera)
    if len(alike) > _THRESHOLDS_MAX:
        kept = sum(bool(one.promise) for one in used)
        yield f"Its thresholds differ: {kept} of {len(used)} cameras' carry a promise."
        return
    for one, cameras in alike.items():
        whose = f" ({', '.join(cameras)})" if len(alike) > 1 else ""
        if one.promise:
            yield f"Its threshold {one.value:.3f}{whose} carries a promise: {one.promise}."
        else:
            yield f"Its threshold {one.value:.3f}{whose} carries no promise ({one.source})."


def _little(label: Label, found: Metrics) -> Iterator[str]:
    _, many = WORDS[label]
    total, hours = found["incidents"], found["normal_hours"]
    if 0 < total < _FEW:
        yield (
            f"{counted(total, *WORDS[label])} can show a recall of {_support(total)} at most, "
            f"even without a miss; to show 95 %, {incidents_needed(0.95, CONFIDENCE)} {many} "
            "without a miss are needed."
        )
    if 0 < hours < _HOURS_FEW:
        yield (
            f"{duration(hours).capitalize()} of normal footage is too little to claim one false "
            f"alarm a camera-day: that takes {duration(_HOURS_FEW)} without any."
        )


def _support(incidents: int) -> str:
    return share(recall_supported(incidents, CONFIDENCE), down=True)


def _other(found: Metrics) -> Iterator[str]:
    if found["excused"]:
        yield (
            f"{counted(found['excused'], 'incident')} began while the camera was known not to see, "
            "and count for nothing."
        )
    if found["late"]:
        yield f"{counted(found['late'], 'miss', 'misses')} got an alert too late to count."
    if found["false_alarms_in_held_time"]:
        number, total = found["false_alarms_in_held_time"], found["false_alarms"]
        every = "The false alarm" if total == 1 else "Every false alarm"
        which = f"{number} of the {total} false alarms" if number < total else every
        yield (
            f"{which} came while a last picture was held. That time is in no hour, so the rate "
            "errs high."
        )
    if found["coverage"] is not None and found["coverage"] < 1:
        seen = share(found["coverage"])
        yield (
            f"The camera saw during {seen} of the time; the rest had no pictures, or "
            "none that show enough."
        )


def _of_recordings(metrics: Metrics) -> Verdict:
    about = metrics["recordings"]
    sentences, warnings = [], []
    pictures = about.get("pictures", 0)
    if pictures:
        sentences.append(f"{counted(pictures, 'single picture')} have a section of their own.")
    held_s = metrics["about"].get("settings", {}).get("hold_last_s") or 0
    if held_s:
        warnings.append(
            f"The last picture of each clip was held {seconds(held_s)}, so that what happens just "
            "before a clip stops can be judged. Held time counts in no hour."
        )
    if tuned_on := metrics["about"].get("incidents_tuned_on"):
        warnings.append(
            f"The thresholds were tuned on {counted(tuned_on, 'incident')} of these, which are "
            "therefore no check of them: `floorwatch verify` is, on others."
        )
    damaged = about.get("damaged", ())
    if damaged:
        warnings.append(f"{counted(len(damaged), 'recording')} could not be used in full.")
    return Verdict("", watched(metrics), tuple(sentences), tuple(warnings))


def _shots(metrics: Metrics) -> Metrics | None:
    """The numbers of single pictures that training did not see, or of all; None without any."""
    found = metrics.get("pictures", {}).get("spill")
    if found is None or not found["all"]["pictures"]:
        return None
    return unseen(found)


def _of_pictures(shots: Metrics) -> Iterator[str]:
    spills, dry = shots["spills"], shots["dry"]
    at = shots["recall_at_fpr"]["0.05"]
    fixed = dry > 0 and at["recall"] is not None
    shown = at if fixed else shots
    where = f"where at most 5 % of {dry} dry ones alarm" if fixed else "at the threshold"
    if spills:
        yield (
            f"Of {counted(spills, 'single picture')} of a spill, {share(shown['recall'])} are "
            f"found (at least {share(shown['recall_lower95'], down=True)}) {where}."
        )
    elif dry:
        yield (
            f"Of {counted(dry, 'single picture')} of dry floors, "
            f"{share(shots['false_positive_rate'])} alarm at the threshold."
        )


def _were(number: int) -> str:
    return "was" if number == 1 else "were"


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number:,} times")
