"""Zones and masks of one camera, put into the text of a site file: everything else stays as it is,
to the last comment.

What is changed is cut in by the places that the YAML parser names. Whatever cannot be cut in safely
(an area that several cameras share by an alias) is refused: the result is read again as the daemon
reads it, and must differ in these areas alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import yaml

from alerts.errors import BadConfig
from alerts.settings.document import parse

Key = Literal["zones", "masks"]
KEYS: tuple[Key, ...] = ("zones", "masks")
LABELS = ("collapse", "spill")
_CONSTANTS = {"true", "false", "null"}

_Edit = tuple[int, int, str]  # from, until, and what stands there then


@dataclass(frozen=True)
class Area:
    """A zone or a mask: corners [x, y] as fractions of the picture, and the labels it is about."""

    name: str
    polygon: tuple[tuple[float, float], ...]
    labels: tuple[str, ...] = LABELS


Areas = Mapping[Key, Sequence[Area]]


def areas_of(values: Any) -> Areas:
    """The areas of one camera, as its part of a site file says."""
    return {
        key: [
            Area(
                str(one["name"]),
                tuple((float(x), float(y)) for x, y in one["polygon"]),
                tuple(one.get("labels", LABELS)),
            )
            for one in values.get(key) or ()
        ]
        for key in KEYS
    }


def with_areas(text: str, file: str, camera: str, wanted: Areas) -> str:
    """The text with these areas of that camera. Raises `BadConfig` if there is no such camera, or
    they cannot be put in without changing something else."""
    values = parse(text, file).values
    index = camera_index(values, camera, file)
    node = _cameras_node(text).value[index]
    edits: list[_Edit] = []
    had = areas_of(_cameras(values)[index])
    for key in KEYS:
        if list(had[key]) != list(wanted[key]):
            edits += _edits(text, node, key, had[key], wanted[key])
    new = _cut(text, edits)
    _check(new, file, values, index, wanted)
    return new


def camera_index(values: Any, camera: str, file: str) -> int:
    """Where that camera stands in the list. Raises `BadConfig`."""
    for index, one in enumerate(_cameras(values)):
        if isinstance(one, dict) and one.get("name") == camera:
            return index
    raise BadConfig(f"{file}: has no camera {camera}")


def as_yaml(wanted: Areas) -> str:
    """These areas, as they would stand in a file."""
    lines: list[str] = []
    for key in KEYS:
        lines += [f"{key}:", *_block(wanted[key], 2)] if wanted[key] else [f"{key}: []"]
    return "\n".join([*lines, ""])


def _cameras(values: Any) -> list[Any]:
    cameras = values.get("cameras")
    return cameras if isinstance(cameras, list) else []


def _cameras_node(text: str) -> Any:
    """Its nodes know where they stand in the text."""
    top: Any = yaml.compose(text, Loader=yaml.SafeLoader)
    return next(value for key, value in top.value if key.value == "cameras")


def _edits(
    text: str, camera: Any, key: Key, had: Sequence[Area], wanted: Sequence[Area]
) -> list[_Edit]:
    own = {name.value: (name, value) for name, value in camera.value}
    pair = own.get(key)
    if camera.flow_style:
        if pair is None:
            end = camera.end_mark.index - 1
            return [(end, end, f", {key}: {_flow(wanted)}")]
        return [(*_span(pair[1]), _flow(wanted))]
    line = _line_of(text)
    if pair is None:
        end = _line_end(text, _last(camera))
        column = camera.value[0][0].start_mark.column
        block = line.join([" " * column + f"{key}:", *_block(wanted, column + 2)])
        return [(end, end, line + block)]
    name, value = pair
    column = name.start_mark.column + 2
    if not isinstance(value, yaml.SequenceNode) or value.flow_style or not value.value:
        start, end = _span(value)
        after = _line_end(text, end)
        block = "".join(line + one for one in _block(wanted, column))
        return [(start, end, ""), (after, after, block)]
    first = _dash(text, value.value[0])
    begin, end = _line_start(text, first), _line_end(text, _last(value))
    if not wanted:
        colon = name.end_mark.index + 1
        return [(colon, colon, " []"), (begin - len(line), end, "")]
    return [(begin, end, _mended(text, value.value, had, wanted))]


def _mended(text: str, items: Sequence[Any], had: Sequence[Area], wanted: Sequence[Area]) -> str:
    """The items of a block: those that stay with their own text and the comments above them."""
    line, before, told = _line_of(text), 0, {}
    column = _dash(text, items[0]) - _line_start(text, _dash(text, items[0]))
    for area, item in zip(had, items, strict=True):
        begin, end = _line_start(text, _dash(text, item)), _line_end(text, _last(item))
        above = text[before:begin].lstrip("\r\n") if before else ""
        told[area.name] = (area, above, begin, end, item)
        before = end
    parts = []
    for area in wanted:
        if area.name not in told:
            parts.append(line.join(_block([area], column)))
            continue
        known, above, begin, end, item = told[area.name]
        edits = [] if known == area else _changes(text, item, known, area, column)
        chunk = _cut(text[begin:end], [(at - begin, to - begin, new) for at, to, new in edits])
        parts.append(above + chunk)
    return line.join(parts)


def _changes(text: str, item: Any, known: Area, area: Area, column: int) -> list[_Edit]:
    """What to cut into one area's own text."""
    own = {name.value: value for name, value in item.value}
    edits: list[_Edit] = []
    if known.polygon != area.polygon:
        edits.append((*_block_or_flow(own["polygon"]), _corners(area)))
    if known.labels != area.labels and "labels" in own:
        edits.append((*_block_or_flow(own["labels"]), _labels(area)))
    elif known.labels != area.labels:
        end = _line_end(text, _last(item))
        line = _line_of(text) + " " * (column + 2) + f"labels: {_labels(area)}"
        edits.append((end, end, line))
    return edits


def _block(areas: Sequence[Area], column: int) -> list[str]:
    lines = []
    for area in areas:
        lines += [
            " " * column + f"- name: {_name(area.name)}",
            " " * column + f"  polygon: {_corners(area)}",
            " " * column + f"  labels: {_labels(area)}",
        ]
    return lines


def _flow(areas: Sequence[Area]) -> str:
    told = [
        f"{{name: {json.dumps(one.name, ensure_ascii=False)}, polygon: {_corners(one)}, "
        f"labels: {_labels(one)}}}"
        for one in areas
    ]
    return f"[{', '.join(told)}]"


def _name(name: str) -> str:
    plain = name[0].isalpha() and all(sign.isalnum() or sign in " _-" for sign in name)
    quoted = not plain or name.lower() in _CONSTANTS
    return json.dumps(name, ensure_ascii=False) if quoted else name


def _corners(area: Area) -> str:
    return "[" + ", ".join(f"[{x!r}, {y!r}]" for x, y in area.polygon) + "]"


def _labels(area: Area) -> str:
    return f"[{', '.join(area.labels)}]"


def _cut(text: str, edits: Sequence[_Edit]) -> str:
    """The text with these in it; several at one place in the order given."""
    parts, here = [], 0
    for start, end, instead in sorted(edits, key=lambda edit: edit[0]):
        parts += [text[here:start], instead]
        here = end
    return "".join([*parts, text[here:]])


def _span(node: Any) -> tuple[int, int]:
    return node.start_mark.index, node.end_mark.index


def _block_or_flow(node: Any) -> tuple[int, int]:
    """From its beginning to its last leaf: a block's own end lies beyond the comments below it."""
    return node.start_mark.index, _last(node)


def _last(node: Any) -> int:
    if isinstance(node, yaml.ScalarNode) or node.flow_style or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _last(last[1] if isinstance(last, tuple) else last)


def _dash(text: str, item: Any) -> int:
    return text.rindex("-", 0, item.start_mark.index)


def _line_start(text: str, index: int) -> int:
    return text.rfind("\n", 0, index) + 1


def _line_end(text: str, index: int) -> int:
    end = text.find("\n", index)
    end = len(text) if end < 0 else end
    return end - 1 if text[:end].endswith("\r") else end


def _line_of(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _check(text: str, file: str, before: Any, index: int, wanted: Areas) -> None:
    """That the text says what was wanted, and else what it said before."""
    words = f"{file}: the areas of this camera cannot be changed from here; edit the file by hand"
    try:
        now: Any = parse(text, file).values
        found = areas_of(now["cameras"][index])
    except (BadConfig, KeyError, IndexError, TypeError, ValueError, AttributeError):
        raise BadConfig(words) from None
    rest = [
        {**values, "cameras": [
            {name: value for name, value in one.items() if at != index or name not in KEYS}
            for at, one in enumerate(values["cameras"])
        ]}
        for values in (before, now)
    ]  # fmt: skip
    same = rest[0] == rest[1]
    if not same or any(list(found[key]) != list(wanted[key]) for key in KEYS):
        raise BadConfig(words)
