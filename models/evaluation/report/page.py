"""`report.html`: one file that opens anywhere, asks nothing of anybody and runs no script."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from edge.core.types import LABELS
from models.evaluation.alarms import Watched
from models.evaluation.outcome import Outcomes
from models.evaluation.recording import COUNTS_FOR_S, EARLY_S
from models.evaluation.report import figures, pictures, provenance, tables, timelines, wall, words
from models.evaluation.report.numerals import counted

_CLIPS_OPEN_MAX = 24
_KIND_NAMES: Mapping[wall.Kind, str] = {
    "missed": "Missed",
    "false alarm": "False alarm",
    "slow": "Slow",
    "weak": "Nearly missed",
}


@dataclass(frozen=True)
class _Seen:
    """A shot with its picture as a data URI, empty where there is none."""

    words: str
    data: str


@dataclass(frozen=True)
class _Clips:
    first: tuple[timelines.Timeline, ...]
    folded: tuple[tuple[str, tuple[timelines.Timeline, ...]], ...]


def stills_wanted(
    watched: Sequence[Watched], outcomes: Outcomes, entries_max: int = wall.ENTRIES_MAX
) -> tuple[wall.Still, ...]:
    """The stills that `write` has a place for."""
    shown = wall.chosen(watched, outcomes, entries_max).stills
    return tuple(dict.fromkeys((*shown, *pictures.stills(watched))))


def write(
    path: Path,
    metrics: Mapping[str, Any],
    watched: Sequence[Watched],
    outcomes: Outcomes,
    stills: Mapping[wall.Still, bytes],
    *,
    entries_max: int = wall.ENTRIES_MAX,
) -> None:
    """Writes the page. The same input gives the same bytes. Where `stills` lacks one, its place
    says so."""
    text = render(metrics, watched, outcomes, stills, entries_max=entries_max)
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_text(text, encoding="utf-8", newline="\n")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def render(
    metrics: Mapping[str, Any],
    watched: Sequence[Watched],
    outcomes: Outcomes,
    stills: Mapping[wall.Still, bytes],
    *,
    entries_max: int = wall.ENTRIES_MAX,
) -> str:
    """The page as text."""
    environment = Environment(
        loader=PackageLoader("models.evaluation.report", "."),
        autoescape=select_autoescape(("html.j2",), default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    shown = wall.chosen(watched, outcomes, entries_max)
    values = {
        **_summary(metrics),
        "curves": figures.drawn(metrics),
        "strata": tables.strata(metrics),
        "wall": tuple(_entry(one, stills) for one in shown.entries),
        "wall_words": _wall_words(shown, lasting=metrics["recordings"]["hours"] > 0),
        "kind_names": _KIND_NAMES,
        "pictures": _pictures(metrics, watched, stills),
        "clips": _clips(timelines.drawn(watched, outcomes)),
        "thresholds": provenance.thresholds(metrics["about"]),
        "damaged": tuple(metrics["recordings"].get("damaged", {}).items()),
        "settings": _settings(metrics["about"]),
    }
    style = (files(__package__) / "report.css").read_text("utf-8")
    css = Markup(style)  # noqa: S704  (our own file)
    values["contents"] = _contents(pictures=values["pictures"] is not None)
    return environment.get_template("report.html.j2").render(values, css=css)


def _summary(metrics: Mapping[str, Any]) -> dict[str, Any]:
    about = metrics["about"]
    return {
        "title": provenance.watched(metrics),
        "watched_in_all": provenance.watched(metrics),
        "model": provenance.model(about),
        "verdicts": words.verdicts(metrics),
        "label_names": {label: words.WORDS[label][1] for label in LABELS},
        "bars": {label: tables.bar(words.shown(metrics, label)) for label in LABELS},
        "key_figures": tables.key_figures(metrics),
        "key_rows": tables.KEY_ROWS,
        "early_s": f"{EARLY_S:g}",
        "counts_for": {label: f"{COUNTS_FOR_S[label]:g}" for label in LABELS},
        "base_rate": provenance.base_rate(metrics),
        "frames": tables.frames(metrics),
        "frame_rows": tables.FRAME_ROWS,
        "confusion": tables.confusion(metrics),
    }


def _contents(*, pictures: bool) -> tuple[tuple[str, str], ...]:
    return (
        ("verdict", "In words"),
        ("figures", "Key figures"),
        ("curves", "Thresholds"),
        ("strata", "Worst first"),
        ("errors", "Errors"),
        *((("pictures", "Pictures"),) if pictures else ()),
        ("clips", "Clips"),
        ("settings", "Settings"),
    )


def _entry(entry: wall.Entry, stills: Mapping[wall.Still, bytes]) -> dict[str, Any]:
    shots = tuple(_seen(shot, stills) for shot in entry.shots)
    return {**vars(entry), "shots": shots}


def _seen(shot: wall.Shot, stills: Mapping[wall.Still, bytes]) -> _Seen:
    jpeg = stills.get(shot.still)
    return _Seen(shot.words, _data_uri(jpeg) if jpeg else "")


def _data_uri(jpeg: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"


def _wall_words(shown: wall.Wall, *, lasting: bool) -> str:
    if not lasting:
        return "No recording lasts, so that nothing could be missed or told; of pictures see below."
    if shown.left_out:
        return (
            f"The worst; {counted(shown.left_out, 'more error')} had no room here (they are below)."
        )
    kinds = {one.kind for one in shown.entries}
    first = "All misses and false alarms, worst first"
    if not kinds & {"missed", "false alarm"}:
        first = "Nothing was missed and nothing was told in vain"
    hard = "; then what was found slowest, or was nearly missed" if kinds & {"slow", "weak"} else ""
    return f"{first}{hard}."


def _pictures(
    metrics: Mapping[str, Any], watched: Sequence[Watched], stills: Mapping[wall.Still, bytes]
) -> dict[str, Any] | None:
    table = pictures.table(metrics)
    if table is None:
        return None
    walls = tuple(
        (name, tuple({"clip": one.clip, "shot": _seen(one.shot, stills)} for one in shown))
        for name, shown in pictures.walls(watched)
    )
    return {**vars(table), "walls": walls}


def _clips(lines: Sequence[timelines.Timeline]) -> _Clips:
    """The worst are open; the rest is folded away, by source."""
    faulty = [line for line in lines if line.faults]
    rest = [line for line in lines if not line.faults]
    first = tuple(faulty[:_CLIPS_OPEN_MAX])
    folded = []
    if faulty[_CLIPS_OPEN_MAX:]:
        more = tuple(faulty[_CLIPS_OPEN_MAX:])
        folded.append((f"{counted(len(more), 'more clip')} with errors", more))
    for source in dict.fromkeys(line.source for line in rest):
        those = tuple(line for line in rest if line.source == source)
        folded.append((f"{source}: {counted(len(those), 'clip')} without an error", those))
    return _Clips(first, tuple(folded))


def _settings(about: Mapping[str, Any]) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Names and values under the headings of `about`; thresholds have a table of their own."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for name, value in about.items():
        if isinstance(value, (Mapping, list, tuple)):
            if name != "thresholds":
                groups[name] = list(_flat(value, ""))
        else:
            groups.setdefault("program", []).extend(_flat({name: value}, ""))
    return tuple((name, tuple(rows)) for name, rows in groups.items() if rows)


def _flat(found: Any, name: str) -> Iterator[tuple[str, str]]:
    """Nested settings as `a · b` and a value."""
    if isinstance(found, Mapping):
        for key, value in found.items():
            yield from _flat(value, f"{name} · {key}" if name else str(key))
    elif isinstance(found, (list, tuple)) and any(isinstance(one, Mapping) for one in found):
        for number, one in enumerate(found, 1):
            yield from _flat(one, f"{name} {number}".strip())
    elif isinstance(found, (list, tuple)):
        if found:
            yield name.replace("_", " "), ", ".join(str(one) for one in found)
    elif found is not None:
        words = ("yes" if found else "no") if isinstance(found, bool) else str(found)
        yield name.replace("_", " "), words
