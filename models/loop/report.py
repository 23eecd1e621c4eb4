"""The page that a proposal is decided by: what was learnt, and both models side by side."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from models.evaluation import metrics_file
from models.evaluation.report.numerals import rate
from models.evaluation.side_by_side import Comparison, Row, Side
from models.label import usable
from models.loop.commands import command
from models.loop.judging import WORDS, answered, judge
from models.loop.places import THRESHOLDS, Loop
from models.loop.steps import AFTER, BEFORE, MINED, PAGE, RUN

_NONE = "–"


@dataclass(frozen=True)
class Line:
    """One number of both."""

    what: str
    before: str
    after: str


def write(path: Path, loop: Loop, note: Mapping[str, Any]) -> None:
    """One file that opens anywhere and runs no script. Of a round that is answered it says what the
    answer was, and shows no pictures."""
    environment = Environment(
        loader=PackageLoader("models.loop", "."),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    folder, done = loop.round(int(note["number"])), note["done"]
    found = _comparison(folder)
    verdict, answer = done["judge"]["verdict"], note["answer"]
    text = environment.get_template("report.html.j2").render(
        note=note,
        words=WORDS[verdict],
        verdict=verdict,
        done=done,
        learnt=usable.Written(folder, done["write"]["counts"], done["write"]["left_out"]).lines(),
        lines=[] if found is None else list(_lines(found)),
        only_before=[] if found is None else [one.name for one, _ in found.found_by_a],
        only_after=[] if found is None else [one.name for _, one in found.found_by_b],
        alarms_before=0 if found is None else len(found.alarmed_a),
        alarms_after=0 if found is None else len(found.alarmed_b),
        mined="" if answer else _data(folder / RUN / MINED),
        answered=answered(answer) if answer else "",
        thresholds=(folder / THRESHOLDS).read_text("utf-8")
        if (folder / THRESHOLDS).is_file()
        else "",
        links=[]
        if answer
        else [name for name in (BEFORE, AFTER) if (folder / name / PAGE).is_file()],
        accept=command("loop", "accept", loop.folder),
        reject=command("loop", "reject", loop.folder),
        back=command("loop", "back", loop.folder),
    )
    path.write_text(text, encoding="utf-8")


def _comparison(folder: Path) -> Comparison | None:
    if not (folder / AFTER).is_dir():
        return None
    before, after = (metrics_file.read(folder / name) for name in (BEFORE, AFTER))
    return judge(before, after)[1]


def _lines(found: Comparison) -> Iterator[Line]:
    for row in found.rows:
        yield from _of_label(row)


def _of_label(row: Row) -> Iterator[Line]:
    one, other = row.a, row.b
    if row.incidents:
        what = f"{row.label}: of {row.incidents} incidents, found (at least, at 95 %)"
        yield Line(what, _found(one), _found(other))
        what = f"{row.label}: half of them, and 95 % of them, are told within"
        yield Line(what, _times(one), _times(other))
    if other.numbers.normal_hours:
        what = f"{row.label}: false alarms in {other.numbers.normal_hours:.2f} camera-hours"
        yield Line(what, str(one.numbers.false_alarms), str(other.numbers.false_alarms))
        what = f"{row.label}: false alarms a camera-day (at most, at 95 %)"
        yield Line(what, _rate(one), _rate(other))


def _found(side: Side) -> str:
    if side.recall is None or side.recall_lower95 is None:
        return _NONE
    return f"{100 * side.recall:.0f} % ({100 * side.recall_lower95:.0f} %)"


def _times(side: Side) -> str:
    half, most = side.time_to_alert_p50_s, side.time_to_alert_p95_s
    return _NONE if half is None or most is None else f"{half:.1f} s, {most:.1f} s"


def _rate(side: Side) -> str:
    numbers = side.numbers
    found, most = numbers.false_alarms_per_camera_day, numbers.false_alarms_per_camera_day_upper95
    return _NONE if found is None or most is None else f"{rate(found)} ({rate(most)})"


def _data(picture: Path) -> str:
    """As a data URI; empty where there is none."""
    if not picture.is_file():
        return ""
    return "data:image/png;base64," + base64.b64encode(picture.read_bytes()).decode("ascii")
