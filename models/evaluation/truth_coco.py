"""Truth as COCO's instances JSON has it, for single pictures: what is marked is liquid.

Every category means `spill`, unless it has one of our labels for a name or is renamed; its name is
kept as column `kind`. A picture without annotations shows nothing. Outlines are polygons or
uncompressed run lengths; annotations with a box only have none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from pydantic import BaseModel, ValidationError

from models.evaluation.truth_rows import Polygons, Row, Sheet, Where


class _Runs(BaseModel):
    """Run lengths down the columns, beginning with what is not marked; `size` is (H, W)."""

    counts: list[int] | str
    size: tuple[int, int]


class _Mark(BaseModel):
    image_id: int | str
    category_id: int
    segmentation: list[list[float]] | _Runs = []


class _Image(BaseModel):
    id: int | str
    file_name: str


class _Category(BaseModel):
    id: int
    name: str


class _Truth(BaseModel):
    images: list[_Image]
    annotations: list[_Mark]
    categories: list[_Category]


def read(sheet: Sheet) -> list[Row]:
    """All rows; faults are noted in the sheet."""
    try:
        truth = _Truth.model_validate_json(sheet.text)
    except ValidationError as error:
        sheet.unlike("COCO", error)
        return []
    names = {one.id: one.name for one in truth.categories}
    marks: dict[int | str, list[_Mark]] = defaultdict(list)
    for mark in truth.annotations:
        marks[mark.image_id].append(mark)
    rows: list[Row] = []
    for number, image in enumerate(truth.images):
        where = sheet.entry(number, f"image {image.file_name}")
        clip = sheet.clip(where, image.file_name)
        if clip is not None:
            rows += _rows(sheet, where, clip, marks[image.id], names)
    missing = set(marks) - {image.id for image in truth.images}
    if missing:
        first = sorted(map(str, missing))[0]
        sheet.faults.add(sheet.whole(), f"annotations of image_id {first}, which is no image")
    return rows


def _rows(
    sheet: Sheet, where: Where, clip: str, marks: list[_Mark], names: dict[int, str]
) -> Iterator[Row]:
    """One for each category in the picture."""
    if not marks:
        yield Row(where, clip, "none")
    outlines: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    for mark in marks:
        if mark.category_id not in names:
            sheet.faults.add(where, f"category_id {mark.category_id} is no category")
            continue
        outlines[names[mark.category_id]] += _polygons(sheet, where, mark.segmentation)
    kinds = {"kind": "+".join(sorted(outlines))}
    for name, outline in sorted(outlines.items()):
        yield Row(where, clip, name, columns=kinds, otherwise="spill", outline=tuple(outline))


def _polygons(sheet: Sheet, where: Where, marked: list[list[float]] | _Runs) -> Polygons:
    if isinstance(marked, list):
        whole = [one for one in marked if len(one) >= 6 and len(one) % 2 == 0]
        if len(whole) < len(marked):
            sheet.faults.add(where, "a polygon needs three corners or more: x, y, x, y, x, y")
        return tuple(tuple(one) for one in whole)
    if isinstance(marked.counts, str):
        sheet.faults.add(where, "compressed run lengths; export polygons instead")
        return ()
    height, width = marked.size
    if min(marked.counts, default=0) < 0 or sum(marked.counts) != height * width:
        sheet.faults.add(where, f"its run lengths do not make {width}×{height} pixels")
        return ()
    return tuple(_runs(marked.counts, height))


def _runs(counts: list[int], height: int) -> Iterator[tuple[float, ...]]:
    """Each marked run as an upright line, for no polygon keeps holes."""
    at = 0
    for number, count in enumerate(counts):
        at, begun = at + count, at
        while number % 2 and begun < at:
            column, top = divmod(begun, height)
            bottom = min(top + at - begun, height) - 1
            yield (column, top, column, bottom, column, bottom)
            begun += bottom - top + 1
