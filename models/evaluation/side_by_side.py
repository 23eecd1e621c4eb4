"""Two evaluations of the same incidents, read from their `metrics.json` and laid side by side.

Recall and time to alert are of the incidents which both were shown, and neither excuses: all else
would compare the footage. False alarms are of all that each has watched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from edge.core.types import LABELS, Label
from models.evaluation import paired
from models.evaluation.bounds import share_lower95
from models.evaluation.metrics_file import (
    Alarm,
    BadMetrics,
    Found,
    Measured,
    Metrics,
    Numbers,
    Pictures,
)

SAME_S = 5.0  # false alarms of one clip that are no further apart are one


@dataclass(frozen=True)
class Side:
    """One evaluation in one row. Recall and times are of the common incidents, None without."""

    recall: float | None
    recall_lower95: float | None
    time_to_alert_p50_s: float | None
    time_to_alert_p95_s: float | None
    numbers: Numbers


@dataclass(frozen=True)
class Row:
    """One label, over all (`source` None) or over one source. `only_a` and `only_b` of the
    `incidents` in common were found by one alone. The two probabilities are those of `paired`."""

    label: Label
    source: str | None
    incidents: int
    only_a: int
    only_b: int
    a: Side
    b: Side
    recall_p: float
    false_alarms_p: float | None


@dataclass(frozen=True)
class Floors:
    """Single pictures of floors, all (`source` None) or of one source, by each."""

    source: str | None
    a: Pictures
    b: Pictures


@dataclass(frozen=True)
class Comparison:
    """`about`: what was different in how they were made, by dotted key. `left_out`: how many
    incidents only A was shown, only B, and how many one of them excuses. `trained`: on how many of
    those that are compared A's model was trained, and B's. `found_by` and `alarmed`: incidents that
    one alone found (as A and as B has them), false alarms that one alone gave."""

    about: Mapping[str, tuple[object, object]]
    left_out: tuple[int, int, int]
    trained: tuple[int, int]
    rows: tuple[Row, ...]
    floors: tuple[Floors, ...]
    found_by_a: tuple[tuple[Found, Found], ...]
    found_by_b: tuple[tuple[Found, Found], ...]
    alarmed_a: tuple[Alarm, ...]
    alarmed_b: tuple[Alarm, ...]


def compare(a: Measured, b: Measured, *, sources: bool) -> Comparison:
    """Side by side; with `sources`, each of them too. Raises BadMetrics where both have incidents
    and none in common."""
    ours = {(one.label, one.name): one for one in a.metrics.incidents}
    theirs = {(one.label, one.name): one for one in b.metrics.incidents}
    shown = [(one, theirs[key]) for key, one in ours.items() if key in theirs]
    if not shown and (ours or theirs):
        raise BadMetrics(
            f"{a.path} and {b.path} have no incident in common; evaluate both on the same truth"
        )
    pairs = [(one, other) for one, other in shown if not one.excused and not other.excused]
    left_out = (len(ours) - len(shown), len(theirs) - len(shown), len(shown) - len(pairs))
    return Comparison(
        about=dict(_differing(a.metrics.about, b.metrics.about)),
        left_out=left_out,
        trained=(sum(a.in_training for a, _ in pairs), sum(b.in_training for _, b in pairs)),
        rows=tuple(_rows(a.metrics, b.metrics, pairs, sources=sources)),
        floors=tuple(_floors(a.metrics, b.metrics, sources=sources)),
        found_by_a=tuple(pair for pair in pairs if pair[0].detected and not pair[1].detected),
        found_by_b=tuple(pair for pair in pairs if pair[1].detected and not pair[0].detected),
        alarmed_a=tuple(_alone(a.metrics.false_alarms, b.metrics.false_alarms)),
        alarmed_b=tuple(_alone(b.metrics.false_alarms, a.metrics.false_alarms)),
    )


def _rows(
    a: Metrics, b: Metrics, pairs: Sequence[tuple[Found, Found]], *, sources: bool
) -> Iterator[Row]:
    for label in LABELS:
        one, other = a.labels.get(label), b.labels.get(label)
        if one is None or other is None:
            continue
        of = [pair for pair in pairs if pair[0].label == label]
        yield _row(label, None, one.all, other.all, of)
        both = sorted(one.sources.keys() & other.sources.keys()) if sources else ()
        for source in both:
            here = [pair for pair in of if pair[0].source == source]
            yield _row(label, source, one.sources[source], other.sources[source], here)


def _floors(a: Metrics, b: Metrics, *, sources: bool) -> Iterator[Floors]:
    one, other = a.pictures.get("spill"), b.pictures.get("spill")
    if one is None or other is None:
        return
    yield Floors(None, one.all, other.all)
    both = sorted(one.sources.keys() & other.sources.keys()) if sources else ()
    for source in both:
        yield Floors(source, one.sources[source], other.sources[source])


def _row(
    label: Label, source: str | None, a: Numbers, b: Numbers, pairs: Sequence[tuple[Found, Found]]
) -> Row:
    only_a = sum(one.detected and not other.detected for one, other in pairs)
    only_b = sum(other.detected and not one.detected for one, other in pairs)
    return Row(
        label=label,
        source=source,
        incidents=len(pairs),
        only_a=only_a,
        only_b=only_b,
        a=_side([one for one, _ in pairs], a),
        b=_side([other for _, other in pairs], b),
        recall_p=paired.shares_differ(only_a, only_b),
        false_alarms_p=paired.rates_differ(
            a.false_alarms, a.normal_hours, b.false_alarms, b.normal_hours
        ),
    )


def _side(incidents: Sequence[Found], numbers: Numbers) -> Side:
    detected, of = sum(one.detected for one in incidents), len(incidents)
    delays = [one.delay_s for one in incidents if one.delay_s is not None]
    # The same percentiles as in metrics.json: a delay that occurred, never one between two.
    cut = np.percentile(delays, [50, 95], method="inverted_cdf").tolist() if delays else None
    p50, p95 = cut or (None, None)
    return Side(
        recall=detected / of if of else None,
        recall_lower95=share_lower95(detected, of),
        time_to_alert_p50_s=p50,
        time_to_alert_p95_s=p95,
        numbers=numbers,
    )


def _alone(these: Iterable[Alarm], those: Iterable[Alarm]) -> Iterator[Alarm]:
    """Those of `these` that no other is the same as. In the order of time each takes the earliest
    that is left: on a line no other choice pairs more."""
    left: dict[tuple[str, str, str], list[float]] = {}
    for one in sorted(those, key=lambda alarm: alarm.t_s):
        left.setdefault((one.label, one.source, one.clip), []).append(one.t_s)
    for one in sorted(these, key=lambda alarm: (alarm.source, alarm.clip, alarm.t_s, alarm.label)):
        times = left.get((one.label, one.source, one.clip), [])
        while times and times[0] < one.t_s - SAME_S:
            times.pop(0)
        if times and times[0] <= one.t_s + SAME_S:
            times.pop(0)
        else:
            yield one


def _differing(
    a: object, b: object, above: str = ""
) -> Iterator[tuple[str, tuple[object, object]]]:
    if isinstance(a, dict) and isinstance(b, dict):
        for key in [*a, *(key for key in b if key not in a)]:
            yield from _differing(a.get(key), b.get(key), f"{above}.{key}".removeprefix("."))
    elif a != b:
        yield above, (a, b)
