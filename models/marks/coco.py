"""Pictures' marks as COCO has them: instances JSON with boxes, or with polygons.

People are boxes, floor and spills polygons. COCO has no word for what a picture shows as a whole:
it stands in the picture's own key `answer`, which other programs pass over.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import BaseModel, Field, ValidationError

from edge.core.types import Box
from models.marks.marked import (
    AREA_KINDS,
    BOX_STATES,
    Answer,
    BadMarks,
    Marked,
    Outlined,
    Picture,
    around,
    gathered,
    label_of,
    outlined,
)

Coco = dict[str, list[dict[str, object]]]


class _Image(BaseModel):
    id: int | str
    file_name: str
    width: int = Field(gt=0)
    height: int = Field(gt=0)
    answer: Answer | None = None


class _Mark(BaseModel):
    image_id: int | str
    category_id: int
    bbox: tuple[float, float, float, float] | None = None
    segmentation: list[list[float]] | dict[str, object] = []


class _Category(BaseModel):
    id: int
    name: str


class _Coco(BaseModel):
    images: list[_Image]
    annotations: list[_Mark]
    categories: list[_Category]


def read(text: str, where: str) -> list[Picture]:
    """Every picture that the JSON names. Raises BadMarks."""
    try:
        coco = _Coco.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise BadMarks(f"{where}: not COCO's JSON with boxes: {place}: {first['msg']}") from None
    images = {image.id: image for image in coco.images}
    names = {category.id: category.name for category in coco.categories}
    found: dict[int | str, list[Marked | Outlined]] = defaultdict(list)
    used: set[str] = set()
    for number, mark in enumerate(coco.annotations):
        if mark.image_id not in images or mark.category_id not in names:
            raise BadMarks(f"{where}: annotation {number}: of no image or category of the file")
        label = label_of(names[mark.category_id], where)
        used.add(label)
        place = f"{where}: annotation {number}"
        found[mark.image_id] += _read(mark, images[mark.image_id], label, place)
    labels = used | {name.strip().lower() for name in names.values()}
    return [
        Picture(one.file_name, one.width, one.height, gathered(labels, found[one.id]), one.answer)
        for one in coco.images
    ]


def _read(mark: _Mark, image: _Image, label: str, where: str) -> list[Marked | Outlined]:
    """One box, or each polygon of an area."""
    size = (image.width, image.height)
    if isinstance(mark.segmentation, dict):
        if label in AREA_KINDS:
            raise BadMarks(f"{where}: run lengths; export polygons instead")
        polygons = []
    else:
        polygons = [_corners(one, size, where) for one in mark.segmentation]
    if label in AREA_KINDS:
        return [outlined(label, one, where) for one in polygons or [()]]
    if mark.bbox is not None:
        x, y, w, h = mark.bbox
        box = Box(x / size[0], y / size[1], w / size[0], h / size[1])
    elif any(polygons):
        box = around(corner for one in polygons for corner in one)
    else:
        raise BadMarks(f"{where}: has no bbox")
    return [Marked(box, label)]


def _corners(
    flat: Sequence[float], size: tuple[int, int], where: str
) -> tuple[tuple[float, float], ...]:
    if len(flat) % 2:
        raise BadMarks(f"{where}: a polygon is x, y, x, y, …, but has {len(flat)} numbers")
    pairs = zip(flat[::2], flat[1::2], strict=True)
    return tuple((x / size[0], y / size[1]) for x, y in pairs)


def people(pictures: Iterable[Picture]) -> Coco:
    """The boxes of all pictures whose people were looked at."""
    return _coco([one for one in pictures if one.marks.boxes is not None], BOX_STATES)


def areas(pictures: Iterable[Picture]) -> Coco:
    """The polygons of all pictures whose floor was looked at."""
    return _coco([one for one in pictures if one.marks.areas is not None], AREA_KINDS)


def write(pictures: Sequence[Picture], folder: Path) -> list[Path]:
    """Write `people.json` and `areas.json`, each where there is anything to write."""
    made = {"people.json": people(pictures), "areas.json": areas(pictures)}
    files = []
    for name, coco in made.items():
        if coco["images"]:
            text = json.dumps(coco, ensure_ascii=False, indent=1) + "\n"
            (folder / name).write_text(text, encoding="utf-8")
            files.append(folder / name)
    return files


def _coco(pictures: Sequence[Picture], labels: Sequence[str]) -> Coco:
    coco: Coco = {
        "images": [],
        "annotations": [],
        "categories": [{"id": n, "name": label} for n, label in enumerate(labels, 1)],
    }
    for number, one in enumerate(pictures, 1):
        image: dict[str, object] = {
            "id": number, "file_name": one.name, "width": one.width_px, "height": one.height_px,
        }  # fmt: skip
        coco["images"].append(image | ({"answer": one.answer} if one.answer else {}))
        of_kind = (one.marks.boxes if labels is BOX_STATES else one.marks.areas) or ()
        for mark in of_kind:
            known = {"id": len(coco["annotations"]) + 1, "image_id": number, "iscrowd": 0}
            coco["annotations"].append(known | _mark(mark, one, labels))
    return coco


def _mark(mark: Marked | Outlined, picture: Picture, labels: Sequence[str]) -> dict[str, object]:
    width, height = picture.width_px, picture.height_px
    if isinstance(mark, Marked):
        box, label, flat, filled = mark.box, mark.state, None, mark.box.w * mark.box.h
    else:
        box, label = around(mark.corners), mark.kind
        flat = [value for x, y in mark.corners for value in (x * width, y * height)]
        filled = _filled(mark.corners)
    return {
        "category_id": labels.index(label) + 1,
        "bbox": [box.x * width, box.y * height, box.w * width, box.h * height],
        "segmentation": [flat] if flat else [],
        "area": filled * width * height,
    }


def _filled(corners: Sequence[tuple[float, float]]) -> float:
    """A polygon's area by the shoelace formula."""
    after = [*corners[1:], corners[0]]
    return abs(sum(x * v - u * y for (x, y), (u, v) in zip(corners, after, strict=True))) / 2
