"""Truth as Label Studio exports it in "JSON": regions on a video's time line (`timelinelabels`),
boxes through a video (`videorectangle`), or spans in seconds (`labels` with `start` and `end`).

Of a task's annotations the one marked as ground truth counts, else the last; cancelled ones do
not, and a task without any is left out, since nobody has looked at it. Pictures are counted from 1
at the rate the task's data states (`fps`, `framerate`), else at the region's own, else they are
the clip's pictures: set `frameRate` of Label Studio's <Video> to the clip's, or they are not.
Choices and texts that belong to a region are its columns (`incident`), others are the clip's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from typing import Annotated, Any
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from models.evaluation.truth_rows import Frames, Row, Sheet, Where

_UPLOADED = re.compile(r"(^|/)[0-9a-f]{8}-(?=[^/]+$)")  # Label Studio's mark on what it was sent
_RATES = ("fps", "framerate", "frameRate", "frame_rate")
_TIMED = ("timelinelabels", "videorectangle", "labels", "timeserieslabels")


_NOTES = ("choices", "textarea", "rating", "number", "datetime", "taxonomy")
_Frame = Annotated[int, Field(ge=0, le=10**9)]


class _Range(BaseModel):
    start: _Frame
    end: _Frame


class _Key(BaseModel):
    frame: _Frame
    enabled: bool = True


class _Value(BaseModel):
    model_config = ConfigDict(extra="allow", allow_inf_nan=False)
    ranges: list[_Range] = []
    sequence: list[_Key] = []
    start: float | None = None
    end: float | None = None
    frames: _Frame = Field(0, alias="framesCount")
    duration_s: float = Field(0.0, alias="duration")


class _Region(BaseModel):
    id: str = ""
    type: str
    from_name: str = ""
    value: _Value


class _Annotation(BaseModel):
    result: list[_Region]
    was_cancelled: bool = False
    ground_truth: bool = False


class _Task(BaseModel):
    id: int | str = ""
    data: dict[str, Any]
    annotations: list[_Annotation]


_TASKS = TypeAdapter(list[_Task])


def read(sheet: Sheet) -> list[Row]:
    """All rows; faults are noted in the sheet."""
    try:
        tasks = _TASKS.validate_json(sheet.text)
    except ValidationError as error:
        sheet.unlike("Label Studio", error)
        return []
    rows: list[Row] = []
    for number, task in enumerate(tasks):
        where = sheet.entry(number, f"task {task.id or number}")
        valid = [one for one in task.annotations if not one.was_cancelled]
        chosen = next((one for one in valid if one.ground_truth), valid[-1] if valid else None)
        clip = _clip(sheet, where, task) if chosen is not None else None
        if chosen is not None and clip is not None:
            rows += _rows(sheet, where, clip, task, chosen.result)
    return rows


def _clip(sheet: Sheet, where: Where, task: _Task) -> str | None:
    """The clip of `data.video`, else of the first that is named."""
    words = [word for word in task.data.values() if isinstance(word, str)]
    named = task.data.get("video") or next((word for word in words if "." in word), "")
    path = str(named)
    if "//" in path or "?" in path or "%" in path:
        try:
            url = urlsplit(path)
        except ValueError:
            url = urlsplit("")  # a bracket that is not closed: no address, and so no clip
        [path] = parse_qs(url.query).get("d", [unquote(url.path)])[:1]
    return sheet.clip(where, path, _UPLOADED.sub(r"\1", path))


def _rows(
    sheet: Sheet, where: Where, clip: str, task: _Task, regions: list[_Region]
) -> Iterator[Row]:
    timed = [one for one in regions if one.type in _TIMED]
    ids = {one.id for one in timed}
    shared = _columns([one for one in regions if one.id not in ids])
    stated = [task.data[name] for name in _RATES if name in task.data]
    marked_none = any("none" in _words(one, "choices") for one in regions if one.id not in ids)
    if marked_none or not timed:
        yield Row(where, clip, "none", columns=shared)
    for kind in sorted({one.type for one in regions} - {*_TIMED, *_NOTES}):
        sheet.faults.add(where, f"region of type {kind}; those with a time are {', '.join(_TIMED)}")
    for one in timed:
        value = one.value
        own = value.frames / value.duration_s if value.duration_s > 0 else None
        fps = _rate(stated) or own or None
        mine = _columns([other for other in regions if other.id == one.id and other is not one])
        labels, spans = _words(one, one.type, "labels"), list(_spans(value, fps))
        if not labels or not spans:
            missing = "no time" if labels else "no label"
            sheet.faults.add(where, f"region {one.id} ({one.type}) has {missing}")
        for label, span in product(labels, spans):
            yield Row(where, clip, label, span, {**shared, **mine})


def _rate(stated: list[Any]) -> float | None:
    """The first that is one."""
    for one in stated:
        if re.fullmatch(r"\d+(\.\d+)?", str(one)) and float(one) > 0:
            return float(one)
    return None


def _words(region: _Region, *names: str) -> list[str]:
    """What is chosen in a region, under the first of the names that is there."""
    extra = region.value.model_extra or {}
    for name in names:
        if isinstance(extra.get(name), list):
            return [str(word) for word in extra[name]]
        if isinstance(extra.get(name), str):
            return [extra[name]]
    return []


def _columns(regions: list[_Region]) -> dict[str, str]:
    """What was chosen or written, by the name of the control."""
    said = {one.from_name: " ".join(_words(one, one.type, "choices", "text")) for one in regions}
    return {name: words for name, words in said.items() if name and words}


def _spans(value: _Value, fps: float | None) -> Iterator[tuple[float, float] | Frames]:
    """In pictures counted from 0; the last that is marked is still part of it."""
    if value.start is not None and value.end is not None:
        yield value.start, value.end
    for one in value.ranges:
        yield Frames(one.start - 1, one.end, fps)
    begun: int | None = None
    for key in sorted(value.sequence, key=lambda key: key.frame):
        begun = key.frame - 1 if begun is None and key.enabled else begun
        if begun is not None and not key.enabled:
            yield Frames(begun, key.frame, fps)
            begun = None
    if begun is not None:
        yield Frames(begun, None, fps)
