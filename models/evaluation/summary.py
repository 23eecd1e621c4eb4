"""What `floorwatch evaluate` prints: the numbers that count, each with its bound."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from models.evaluation.report.numerals import duration, plain, rate, share
from models.evaluation.report.provenance import unseen

Numbers = Mapping[str, Any]
_LABELS = ("collapse", "spill")
_SOURCES_MAX = 12


def table(metrics: Numbers) -> Table | None:
    """A column for each label that anything can be said of, None without. What training saw shows
    nothing: it is left out, if there is anything else."""
    told = [(label, unseen(metrics["labels"][label])) for label in _told(metrics)]
    if not told:
        return None
    found = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("", *(label for label, _ in told)):
        found.add_column(heading)
    for heading, words in _ROWS:
        found.add_row(heading, *(words(numbers) for _, numbers in told))
    return found


def sources(metrics: Numbers) -> Table | None:
    """A row for each label and source, the worst first, and no more than are read; None where there
    is one source alone."""
    rows = sorted(
        (_least(numbers), label, name, numbers)
        for label in _told(metrics)
        for name, numbers in _sources(metrics["labels"][label]).items()
        if numbers["incidents"] or numbers["normal_hours"]
    )
    if len({name for *_, name, _ in rows}) < 2:
        return None
    more = len(rows) - _SOURCES_MAX
    found = Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        caption=f"the {_SOURCES_MAX} worst; {more} more are in the report" if more > 0 else None,
        caption_justify="left",
    )
    for heading in ("", "source", "found", "false alarms", "a camera-day"):
        found.add_column(heading)
    for _, label, name, numbers in rows[:_SOURCES_MAX]:
        happened = _found(numbers) if numbers["incidents"] or numbers["excused"] else "–"
        found.add_row(label, Text(name), happened, _false_alarms(numbers), _rate(numbers))
    return found


def pictures(metrics: Numbers) -> str | None:
    """What single pictures say of spills; None where there are none."""
    found = unseen(metrics["pictures"]["spill"])
    spills, dry = found["spills"], found["dry"]
    at = found["recall_at_fpr"]["0.05"]
    if not spills and not dry:
        return None
    if not spills:
        alarmed = share(found["false_positive_rate"])
        return plain(f"single pictures: {alarmed} of {dry} dry pictures alarm at the threshold")
    fixed = dry > 0 and at["recall"] is not None
    shown = at if fixed else found
    where = f"where at most 5 % of {dry} dry pictures alarm" if fixed else "at the threshold"
    return plain(
        f"single pictures: {share(shown['recall'])} of {spills} spills found (at least "
        f"{share(shown['recall_lower95'], down=True)}) {where}"
    )


def _told(metrics: Numbers) -> list[str]:
    return [label for label in _LABELS if _is_told(metrics["labels"][label]["all"])]


def _sources(split: Numbers) -> Numbers:
    found: Numbers = split["strata"].get("unseen_source") or split["sources"]
    return found


def _least(numbers: Numbers) -> tuple[bool, float]:
    """To sort by: the lowest recall first, and what has none to show last."""
    lower = numbers["event_recall_lower95"]
    return lower is None, lower or 0.0


def notes(metrics: Numbers) -> Iterator[str]:
    """What takes weight from the numbers, a line each."""
    held_s = metrics["about"]["settings"]["hold_last_s"]
    if held_s:
        yield (
            f"the last picture of each clip was held {held_s:g} s; that time is in no hours, its "
            "false alarms (held) count"
        )
    if trained := metrics["recordings"]["trained"]:
        of = metrics["recordings"]["count"]
        left_out = "; they are left out above" if trained < of else ": this shows nothing"
        yield f"the model was trained on {trained} of the {of} recordings{left_out}"
    if tuned_on := metrics["about"].get("incidents_tuned_on"):
        yield f"the thresholds were tuned on {tuned_on} of these incidents: no check of them"
    if (fit := metrics["fit"])["hours_blind"]:
        why = ", ".join(f"{name} {duration(h)}" for name, h in fit["hours_blind"].items())
        told = f"an alert stood in {fit['recordings_told']} of {fit['recordings_blind']} recordings"
        yield plain(f"fit to see {share(fit['coverage'])} of the time ({why}); {told}")
    for clip, words in metrics["recordings"]["damaged"].items():
        yield f"{clip}: {words}"


def _is_told(found: Numbers) -> bool:
    return bool(found["incidents"] or found["excused"] or found["normal_hours"])


def _found(found: Numbers) -> str:
    more = f", {found['excused']} not counted: no picture" if found["excused"] else ""
    return f"{found['detected']} of {found['incidents']}{more}"


def _recall(found: Numbers) -> str:
    if found["event_recall"] is None:
        return "–"
    least = share(found["event_recall_lower95"], down=True)
    return plain(f"{share(found['event_recall'])}, at least {least}")


def _false_alarms(found: Numbers) -> str:
    held = found["false_alarms_in_held_time"]
    more = f" ({held} held)" if held else ""
    return plain(f"{found['false_alarms']} in {duration(found['normal_hours'])}{more}")


def _rate(found: Numbers) -> str:
    a_day = found["false_alarms_per_camera_day"]
    if a_day is None:
        return "–"
    most = rate(found["false_alarms_per_camera_day_upper95"], up=True)
    return f"{rate(a_day)}, at most {most}"


def _time(found: Numbers) -> str:
    half, most = found["time_to_alert_p50_s"], found["time_to_alert_p95_s"]
    return "–" if half is None else f"half in {half:.1f} s, 95 % in {most:.1f} s"


_ROWS: tuple[tuple[str, Callable[[Numbers], str]], ...] = (
    ("found", _found),
    ("recall", _recall),
    ("false alarms", _false_alarms),
    ("a camera-day", _rate),
    ("time to alert", _time),
)
