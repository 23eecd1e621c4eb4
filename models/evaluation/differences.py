"""How two evaluations differ, as it is printed: tables and lines for people, keys for machines."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from models.evaluation.metrics_file import Alarm, Found, Pictures, Shares
from models.evaluation.promise_words import at_least
from models.evaluation.report.numerals import duration, plain, rate
from models.evaluation.side_by_side import Comparison, Floors, Row, Side

_CHANCE = 0.05  # less than this is hardly chance
_ABOUT_MAX = 20  # lines of what was different
_NONE = "–"
_out = Console(highlight=False, soft_wrap=True)
_tables = Console(highlight=False)


def tell(a: Path, b: Path, found: Comparison) -> None:
    """Prints it."""
    _say(f"A  {a}")
    _say(f"B  {b}")
    _tell_about(found)
    for row in filter(_anything, found.rows):
        _tables.print(_table(row))
    for floors in found.floors:
        if floors.a.spills or floors.b.spills:
            _tables.print(_floors_table(floors))
    _say("\nin brackets the bound at 95 %; average precision and ROC AUC are of single pictures")
    _tell_incidents("A", found.found_by_a, lambda pair: pair)
    _tell_incidents("B", found.found_by_b, lambda pair: (pair[1], pair[0]))
    _tell_alarms("A", found.alarmed_a)
    _tell_alarms("B", found.alarmed_b)


def keys(found: Comparison) -> dict[str, Any]:
    """All of it, for JSON."""
    only_a, only_b, excused = found.left_out
    trained_a, trained_b = found.trained
    return {
        "about": {key: {"a": a, "b": b} for key, (a, b) in found.about.items()},
        "left_out": {"only_a": only_a, "only_b": only_b, "excused": excused},
        "trained_on": {"a": trained_a, "b": trained_b},
        "rows": [
            asdict(row) | {s: _side_keys(getattr(row, s)) for s in "ab"} for row in found.rows
        ],
        "pictures": [
            {"source": one.source, "a": one.a.model_dump(), "b": one.b.model_dump()}
            for one in found.floors
        ],
        "found_by_a_alone": [_pair_keys(one, other) for one, other in found.found_by_a],
        "found_by_b_alone": [_pair_keys(one, other) for one, other in found.found_by_b],
        "false_alarms_of_a_alone": [one.model_dump() for one in found.alarmed_a],
        "false_alarms_of_b_alone": [one.model_dump() for one in found.alarmed_b],
    }


def _side_keys(side: Side) -> dict[str, Any]:
    return {**vars(side), "numbers": side.numbers.model_dump()}


def _pair_keys(a: Found, b: Found) -> dict[str, Any]:
    same = a.model_dump(include={"name", "label", "source", "clips"})
    own = {"detected", "delay_s", "best"}
    return same | {"a": a.model_dump(include=own), "b": b.model_dump(include=own)}


def _tell_about(found: Comparison) -> None:
    for key, (a, b) in [*found.about.items()][:_ABOUT_MAX]:
        _say(f"   {key}: {_shown(a)} → {_shown(b)}")
    if len(found.about) > _ABOUT_MAX:
        _say(f"   and {len(found.about) - _ABOUT_MAX} more; --json has them all")
    if not found.about:
        _say("   made by the same model with the same settings")
    only_a, only_b, excused = found.left_out
    if only_a or only_b:
        _say(f"left out, as one alone was shown them: {only_a} incidents of A, {only_b} of B")
    if excused:
        _say(f"left out, as one did not see and had said so: {excused} incidents")
    for who, trained in zip("AB", found.trained, strict=True):
        if trained:
            _say(f"the model of {who} was trained on {trained} of the incidents below: it flatters")


def _anything(row: Row) -> bool:
    """Whether anything was there to be found, or to alarm falsely."""
    return any((row.incidents, row.a.numbers.normal_hours, row.b.numbers.normal_hours))


def _table(row: Row) -> Table:
    where = row.label if row.source is None else f"{row.label} in {row.source}"
    incidents = f"{row.incidents} incidents" if row.incidents != 1 else "1 incident"
    table = _empty(f"{where}: {incidents} in common")
    table.add_column("chance?", no_wrap=True)
    for cells in _lines(row):
        table.add_row(*cells)
    return table


def _floors_table(floors: Floors) -> Table:
    """Pictures are not paired one by one here, so nothing is said of chance."""
    where = "" if floors.source is None else f" in {floors.source}"
    table = _empty(f"single pictures of spills{where}")
    counted = [f"{of.spills} and {of.dry} dry" for of in (floors.a, floors.b)]
    table.add_row("pictures", *counted, "")
    for share in floors.a.recall_at_fpr:
        a, b = floors.a.recall_at_fpr[share], floors.b.recall_at_fpr.get(share)
        if b is not None:
            _add_found(table, f"found, {100 * float(share):g} % dry alarm", a, b)
    _add_found(table, "found, at the threshold", floors.a, floors.b)
    return table


def _add_found(table: Table, name: str, a: Shares | Pictures, b: Shares | Pictures) -> None:
    if a.recall is not None or b.recall is not None:
        table.add_row(name, _recall(a), _recall(b), _difference(a.recall, b.recall))


def _empty(title: str) -> Table:
    shown = Text(f"\n{title}", style="bold")
    table = Table(box=None, title=shown, title_justify="left", pad_edge=False)
    table.add_column("", no_wrap=True)
    for head in ("A", "B", "B − A"):
        table.add_column(head, justify="right", no_wrap=True)
    return table


def _lines(row: Row) -> Iterator[tuple[str, str, str, str, str]]:
    a, b = row.a, row.b
    if row.incidents:
        difference = _difference(a.recall, b.recall)
        yield (
            "recall",
            _recall(a),
            _recall(b),
            difference,
            _chance(row.recall_p, same=not row.only_a and not row.only_b),
        )
        yield "  it alone found", str(row.only_a), str(row.only_b), "", ""
    first, second = a.numbers, b.numbers
    difference = _difference(
        first.false_alarms_per_camera_day, second.false_alarms_per_camera_day, 1
    )
    same = (first.false_alarms, first.normal_hours) == (second.false_alarms, second.normal_hours)
    yield "false alarms", _alarms(a), _alarms(b), "", ""
    yield (
        "  a camera-day",
        _rate(a),
        _rate(b),
        difference,
        _chance(row.false_alarms_p, same=same),
    )
    numbers: tuple[tuple[str, int, Callable[[Side], float | None]], ...] = (
        ("alert, half in (s)", 1, lambda side: side.time_to_alert_p50_s),
        ("alert, 95 % in (s)", 1, lambda side: side.time_to_alert_p95_s),
        ("average precision", 3, lambda side: _frame(side, "average_precision")),
        ("ROC AUC", 3, lambda side: _frame(side, "roc_auc")),
        ("coverage", 3, lambda side: side.numbers.coverage),
    )
    for name, digits, of in numbers:
        if of(a) is not None or of(b) is not None:
            difference = _difference(of(a), of(b), digits)
            yield name, _number(of(a), digits), _number(of(b), digits), difference, ""


def _recall(side: Side | Shares | Pictures) -> str:
    least = _NONE if side.recall_lower95 is None else at_least(side.recall_lower95)
    recall = side.recall
    # 0.996 is not 1.00: something was missed.
    near = at_least(recall) if recall is not None and recall < 1 <= recall + 0.01 else None
    return f"{near or _number(recall)} (≥ {least})"


def _rate(side: Side) -> str:
    upper = rate(side.numbers.false_alarms_per_camera_day_upper95, up=True)
    return f"{rate(side.numbers.false_alarms_per_camera_day)} (≤ {upper})"


def _alarms(side: Side) -> str:
    return plain(f"{side.numbers.false_alarms} in {duration(side.numbers.normal_hours)}")


def _frame(side: Side, key: str) -> float | None:
    frames = side.numbers.frames
    return None if frames is None else getattr(frames, key)


def _number(value: float | None, digits: int = 2) -> str:
    return _NONE if value is None else f"{value:.{digits}f}"


def _difference(a: float | None, b: float | None, digits: int = 2) -> str:
    return _NONE if a is None or b is None else f"{b - a:+.{digits}f}"


def _chance(p: float | None, *, same: bool) -> str:
    if p is None:
        return _NONE
    if same:
        return "same"
    words = "hardly" if p < _CHANCE else "may be"
    return f"{words}, p = {p:.2g}"


def _tell_incidents(
    who: str,
    pairs: Sequence[tuple[Found, Found]],
    turned: Callable[[tuple[Found, Found]], tuple[Found, Found]],
) -> None:
    if pairs:
        _say(f"\nfound by {who} alone: {len(pairs)}")
    for hit, miss in map(turned, pairs):
        after = _NONE if hit.delay_s is None else f"after {hit.delay_s:.1f} s"
        place = _place(hit.source, ", ".join(hit.clips))
        _say(
            f"  {hit.label}  {hit.name}  {place}  {after}, would trip "
            f"up to {hit.best:.3f}; the other up to {miss.best:.3f}"
        )


def _tell_alarms(who: str, alarms: Sequence[Alarm]) -> None:
    if alarms:
        _say(f"\nfalse alarms of {who} alone: {len(alarms)}")
    for one in alarms:
        held = ", last picture held" if one.held else ""
        place = _place(one.source, one.clip)
        _say(f"  {one.label}  {place}  at {one.t_s:.1f} s, score {one.score:.3f}{held}")


def _place(source: str, clip: str) -> str:
    """A source that is named after the clip's folder is not said twice."""
    return clip if clip.startswith(f"{source}/") else f"{source}/{clip}"


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:59] + "…"


def _say(words: str) -> None:
    _out.print(words, markup=False)
