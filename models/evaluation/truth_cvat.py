"""Truth as CVAT exports it in "CVAT for video 1.1": tracks whose label is collapse, spill, ignore.

A track is a span while it is not `outside`; an attribute `incident` names it, other attributes are
kept as columns. Pictures are counted through the video, whatever the task's `frame_filter` leaves
out; in the export of a project they count on from task to task. What lies before a task's
`start_frame` or behind its `stop_frame` nobody looked at: it is not scored.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from models.evaluation.truth_rows import Frames, Row, Sheet, Where

_DIGITS_MAX = 10


@dataclass(frozen=True)
class _Task:
    """Part of a clip that was looked at: pictures `first` to `stop` (None: to the end), every
    `step`th. `before` pictures of other tasks are counted first."""

    name: str
    clip: str
    first: int
    stop: int | None
    step: int
    before: int


def read(sheet: Sheet) -> list[Row]:
    """All rows; faults are noted in the sheet."""
    try:
        root = fromstring(sheet.text)
    except DefusedXmlException:
        wrong = "has entities (<!ENTITY>), as no export has; export it from CVAT anew"
        sheet.faults.add(sheet.whole(), wrong)
        return []
    except ParseError as error:
        sheet.faults.add(sheet.whole(), f"not an XML file that can be read: {error}")
        return []
    if root.find("image") is not None or root.tag != "annotations":
        sheet.faults.add(sheet.whole(), 'export it from CVAT as "CVAT for video 1.1"')
        return []
    tasks = _tasks(sheet, root)
    there = [task for task in tasks.values() if task]
    rows = list(_unseen(sheet, there))
    for number, track in enumerate(root.findall("track"), 1):
        where = sheet.entry(number, f"track {track.get('id', number)}")
        task_id = track.get("task_id") or (next(iter(tasks)) if len(tasks) == 1 else "")
        if task_id not in tasks:
            sheet.faults.add(where, "of which task? it has no task_id that is in <meta>")
        elif (task := tasks[task_id]) is not None:
            rows += _rows(sheet, where, track, task)
    marked = {row.clip for row in rows if not row.unseen}
    empty = {task.clip: task.name for task in there if task.clip not in marked}
    return rows + [Row(_at(sheet, 0, name), clip, "none") for clip, name in empty.items()]


def _at(sheet: Sheet, number: int, name: str) -> Where:
    return sheet.entry(number, f"task {name}")


def _tasks(sheet: Sheet, root: Element) -> dict[str, _Task | None]:
    """By id; None where the clip is not there, which is noted."""
    found: dict[str, _Task | None] = {}
    before = 0
    for one in [*root.iterfind("meta//task"), *root.iterfind("meta/job")]:
        name, source = (one.findtext(key) or "" for key in ("name", "source"))
        first = _whole(one.findtext("start_frame")) or 0
        step = _whole((one.findtext("frame_filter") or "").partition("=")[2]) or 1
        where = _at(sheet, 0, name or source)
        clip = sheet.clip(where, source, name)
        stop = _whole(one.findtext("stop_frame"))
        key = one.findtext("id") or ""
        found[key] = _Task(name or source, clip, first, stop, step, before) if clip else None
        if root.find("meta/project") is not None:
            before += first + step * (_whole(one.findtext("size")) or 0)
    if not found:
        sheet.faults.add(sheet.whole(), "names no task in <meta>, so no clip")
    return found


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < _DIGITS_MAX else None


def _unseen(sheet: Sheet, tasks: list[_Task]) -> Iterator[Row]:
    """The parts of each clip that no task holds."""
    for clip in dict.fromkeys(task.clip for task in tasks):
        mine = sorted((t for t in tasks if t.clip == clip), key=lambda t: t.first)
        where, seen_to = _at(sheet, 0, mine[0].name), 0
        for task in mine:
            if task.first > seen_to:
                yield Row(where, clip, "ignore", Frames(seen_to, task.first), unseen=True)
            if task.stop is None:
                break
            seen_to = max(seen_to, task.stop + 1)
        else:
            yield Row(where, clip, "ignore", Frames(seen_to, None), unseen=True)


def _rows(sheet: Sheet, where: Where, track: Element, task: _Task) -> Iterator[Row]:
    """One for each stretch in which the track is to be seen."""
    marks = [(_whole(one.get("frame")), one) for one in track if one.get("frame") is not None]
    frames = sorted(
        (frame - task.before, one.get("outside") == "1")
        for frame, one in marks
        if frame is not None
    )
    stop = task.stop if task.stop is not None else max((f for f, _ in frames), default=0)
    beside = [frame for frame, _ in frames if not task.first <= frame <= stop + task.step]
    if beside or len(frames) < len(marks):
        wrong = f"frame {beside[0]}" if beside else "a frame that is no number"
        sheet.faults.add(where, f"{wrong}; its task holds {task.first} to {stop}")
        return
    columns = _attributes(track)
    for span in _stretches(frames, task.step):
        yield Row(where, task.clip, track.get("label", ""), span, columns)


def _attributes(track: Element) -> dict[str, str]:
    """Of the first shape that has each."""
    found: dict[str, str] = {}
    for one in track.iter("attribute"):
        found.setdefault(one.get("name", ""), (one.text or "").strip())
    return {name: text for name, text in found.items() if name and text}


def _stretches(frames: list[tuple[int, bool]], step: int) -> Iterator[Frames]:
    """From each picture on which it comes to sight to the one on which it is gone."""
    begun: int | None = None
    for frame, outside in frames:
        if outside and begun is not None:
            yield Frames(begun, frame)
        begun = None if outside else frame if begun is None else begun
    if begun is not None:
        yield Frames(begun, frames[-1][0] + step)
