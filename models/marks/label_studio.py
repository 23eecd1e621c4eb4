"""Marks as Label Studio has them: the JSON it exports and imports, a list of tasks.

Of pictures: `rectanglelabels`, `polygonlabels` (per cent of the picture) and one of the `choices`
collapse, spill, nothing or unsure for the whole. Of videos: `timelinelabels` (pictures counted from
1), which `models.evaluation.truth_label_studio` reads. What was asked of a picture stands in its
task's data, `asked`; where it does not, the labels that the whole file uses say so.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from edge.core.types import Box
from models.marks.marked import (
    ANSWERS,
    AREA_KINDS,
    BOX_STATES,
    Answer,
    BadMarks,
    Clip,
    Marked,
    Marks,
    Outlined,
    Picture,
    around,
    gathered,
    label_of,
    outlined,
)

FILE, CLIPS_FILE = "label_studio.json", "label_studio_clips.json"
CONFIG_FILE, CLIPS_CONFIG_FILE = "label_studio.xml", "label_studio_clips.xml"
_PERCENT = 100.0
_SHAPES = ("rectanglelabels", "polygonlabels")
_ASKED = {"people": BOX_STATES, "areas": AREA_KINDS}
_KEYS = ("image", "picture", "img")


class _Region(BaseModel):
    type: str = ""
    value: dict[str, Any] = {}
    original_width: int = 0
    original_height: int = 0


class _Annotation(BaseModel):
    result: list[_Region] = []
    was_cancelled: bool = False
    ground_truth: bool = False


class _Task(BaseModel):
    model_config = ConfigDict(extra="allow")
    id: int | str = ""
    data: dict[str, Any]
    annotations: list[_Annotation] = []

    def regions(self) -> list[_Region] | None:
        """Of the annotation marked as ground truth, else of the last; None where nobody looked."""
        valid = [one for one in self.annotations if not one.was_cancelled]
        chosen = [one for one in valid if one.ground_truth] or valid[-1:]
        return chosen[0].result if chosen else None

    def name(self) -> str:
        """Of its picture, as a path; empty where it has none."""
        path = next((str(self.data[key]) for key in _KEYS if self.data.get(key)), "")
        if "//" in path or "?" in path or "%" in path:
            url = urlsplit(path)
            [path] = parse_qs(url.query).get("d", [unquote(url.path)])[:1]
        return path


_TASKS = TypeAdapter(list[_Task])


def read(text: str, where: str) -> list[Picture]:
    """Every picture of the tasks that somebody finished. Raises BadMarks."""
    try:
        tasks = _TASKS.validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise BadMarks(f"{where}: not Label Studio's JSON: {place}: {first['msg']}") from None
    done = [(task, regions) for task in tasks if (regions := task.regions()) is not None]
    used = {
        label_of(word, where) for _, regions in done for one in regions for word in _labels(one)
    }
    return [_picture(task, regions, used, where) for task, regions in done if task.name()]


def _picture(task: _Task, regions: Sequence[_Region], used: set[str], where: str) -> Picture:
    place = f"{where}: task {task.id}"
    found = [mark for one in regions for mark in _marks(one, place)]
    asked = task.data.get("asked")
    words: Iterable[str] = used
    if isinstance(asked, list):
        words = [word for key in asked for word in _ASKED.get(str(key), ())]
    sized = next((one for one in regions if one.original_width > 0), _Region())
    size = (sized.original_width, sized.original_height)
    width, height = (int(task.data.get(key) or own) for key, own in zip(_SIZE, size, strict=True))
    return Picture(task.name(), width, height, gathered(words, found), _answer(regions))


_SIZE = ("width", "height")


def _answer(regions: Iterable[_Region]) -> Answer | None:
    said = [word for one in regions for word in one.value.get("choices", ())]
    return next((known for word in said for known in ANSWERS if known == word), None)


def _labels(region: _Region) -> list[str]:
    return [str(word) for shape in _SHAPES for word in region.value.get(shape, ())]


def _marks(region: _Region, where: str) -> Iterator[Marked | Outlined]:
    value = region.value
    for word in _labels(region):
        label = label_of(word, where)
        try:
            if "points" in value:
                corners = [(x / _PERCENT, y / _PERCENT) for x, y in value["points"]]
                area = outlined(label, corners, where)
                yield area if label in AREA_KINDS else Marked(around(corners), label)
                continue
            sides = [float(value[key]) / _PERCENT for key in ("x", "y", "width", "height")]
        except (KeyError, TypeError, ValueError):
            raise BadMarks(f"{where}: a {word} without its x, y, width and height") from None
        if label in AREA_KINDS:
            outlined(label, (), where)
        yield Marked(Box(*sides), label)


def write(pictures: Iterable[Picture], clips: Iterable[Clip], folder: Path) -> list[Path]:
    """Write the tasks of pictures, and those of clips, each with the labelling interface that shows
    them; nothing where there is none."""
    files = []
    for tasks, config, names in (
        ([*map(_of_picture, pictures)], CONFIG, (FILE, CONFIG_FILE)),
        ([*map(_of_clip, clips)], CLIPS_CONFIG, (CLIPS_FILE, CLIPS_CONFIG_FILE)),
    ):
        if tasks:
            numbered = [{"id": number, **task} for number, task in enumerate(tasks, 1)]
            text = json.dumps(numbered, ensure_ascii=False, indent=1) + "\n"
            (folder / names[0]).write_text(text, encoding="utf-8")
            (folder / names[1]).write_text(config, encoding="utf-8")
            files += [folder / name for name in names]
    return files


def _of_picture(one: Picture) -> dict[str, Any]:
    asked = [key for key, of in zip(_ASKED, (one.marks.boxes, one.marks.areas), strict=True)
             if of is not None]  # fmt: skip
    data = {"image": one.name, "width": one.width_px, "height": one.height_px, "asked": asked}
    result = [*_regions(one.marks)]
    if one.answer is not None:
        choice = {"choices": [one.answer]}
        result.append({"from_name": "answer", "type": "choices", "value": choice})
    size = {"original_width": one.width_px, "original_height": one.height_px}
    for number, region in enumerate(result):
        region |= {"id": f"r{number}", "to_name": "image", **size}
    return {"data": data, "annotations": [{"result": result}]}


def _regions(marks: Marks) -> Iterator[dict[str, Any]]:
    for one in marks.boxes or ():
        x, y, w, h = (side * _PERCENT for side in one.box)
        value = {"x": x, "y": y, "width": w, "height": h, "rotation": 0}
        yield {
            "from_name": "people", "type": "rectanglelabels",
            "value": value | {"rectanglelabels": [one.state]},
        }  # fmt: skip
    for area in marks.areas or ():
        points = [[x * _PERCENT, y * _PERCENT] for x, y in area.corners]
        yield {
            "from_name": "areas", "type": "polygonlabels",
            "value": {"points": points, "closed": True, "polygonlabels": [area.kind]},
        }  # fmt: skip


def _of_clip(one: Clip) -> dict[str, Any]:
    if one.onset_s is None or one.end_s is None:
        none = {"choices": ["none"]}
        said: dict[str, Any] = {"from_name": "whole", "type": "choices", "value": none}
    else:
        first, last = round(one.onset_s * one.fps) + 1, round(one.end_s * one.fps)
        value = {"ranges": [{"start": first, "end": last}], "timelinelabels": [one.answer]}
        said = {"from_name": "what", "type": "timelinelabels", "value": value}
    result = [{"id": "r0", "to_name": "video", **said}]
    return {"data": {"video": one.name, "fps": one.fps}, "annotations": [{"result": result}]}


def _tags(tag: str, words: Iterable[str]) -> str:
    return "".join(f'<{tag} value="{word}"/>' for word in words)


CONFIG = f"""\
<View>
  <Image name="image" value="$image"/>
  <RectangleLabels name="people" toName="image">{_tags("Label", BOX_STATES)}</RectangleLabels>
  <PolygonLabels name="areas" toName="image">{_tags("Label", AREA_KINDS)}</PolygonLabels>
  <Choices name="answer" toName="image">{_tags("Choice", ANSWERS)}</Choices>
</View>
"""
CLIPS_CONFIG = f"""\
<View>
  <Video name="video" value="$video" frameRate="$fps"/>
  <TimelineLabels name="what" toName="video">{_tags("Label", ANSWERS[:2])}</TimelineLabels>
  <Choices name="whole" toName="video">{_tags("Choice", ("none",))}</Choices>
</View>
"""
