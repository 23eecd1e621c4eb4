"""People on a site's own pictures, as people mark them: COCO's JSON, or "CVAT for images 1.1".

Labels are the four states of `models.labels`, or `person` where the state cannot be told.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from pydantic import BaseModel, Field, ValidationError

from alerts.errors import UserError
from models.labels import STATES, UNKNOWN, Labelled

ALLOWED = (*STATES, "person")
Marked = dict[str, tuple[Labelled, ...]]
_Found = Iterator[tuple[str, Labelled | None]]


class BadBoxes(UserError):
    """A file of boxes that cannot be read, or labels that mean nothing to us."""


class _Image(BaseModel):
    id: int | str
    file_name: str
    width: int = Field(gt=0)
    height: int = Field(gt=0)


class _Box(BaseModel):
    image_id: int | str
    category_id: int
    bbox: tuple[float, float, float, float]


class _Category(BaseModel):
    id: int
    name: str


class _Coco(BaseModel):
    images: list[_Image]
    annotations: list[_Box]
    categories: list[_Category]


def read(file: Path) -> Marked:
    """The people of each picture that a file names, by the picture's name; none where it was
    looked at and nobody is marked. Raises BadBoxes."""
    text = _text(file)
    how: Callable[[Path, str], _Found] = _cvat if text.lstrip().startswith("<") else _coco
    found: dict[str, list[Labelled]] = defaultdict(list)
    for name, person in how(file, text):
        if person is None and name in found:
            raise BadBoxes(f"{file}: {name}: is in it twice; name pictures with their folders")
        people = found[name]
        if person is not None:
            people.append(person)
    return {name: tuple(people) for name, people in found.items()}


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadBoxes(f"{file}: cannot be read as text ({error}); save it as UTF-8") from None


def _coco(file: Path, text: str) -> _Found:
    try:
        marked = _Coco.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise BadBoxes(f"{file}: not COCO's JSON with boxes: {where}: {first['msg']}") from None
    images = {image.id: image for image in marked.images}
    names = {category.id: category.name for category in marked.categories}
    for image in marked.images:
        yield image.file_name, None
    for number, box in enumerate(marked.annotations):
        if box.image_id not in images or box.category_id not in names:
            raise BadBoxes(f"{file}: annotation {number}: of no image or category of the file")
        image = images[box.image_id]
        state = _state(file, names[box.category_id])
        yield image.file_name, _person(box.bbox, (image.width, image.height), state)


def _cvat(file: Path, text: str) -> _Found:
    try:
        root = fromstring(text)
    except (ParseError, DefusedXmlException) as error:
        raise BadBoxes(f"{file}: not an XML file that can be read: {error}") from None
    images = root.findall("image")
    if not images:
        raise BadBoxes(f'{file}: marks no picture; export it from CVAT as "CVAT for images 1.1"')
    for image in images:
        name = image.get("name", "")
        size = _number(file, image, "width"), _number(file, image, "height")
        if not (0 < size[0] < math.inf and 0 < size[1] < math.inf):
            raise BadBoxes(f"{file}: <image> {name}: width and height must be above 0")
        yield name, None
        for box in image.findall("box"):
            x0, y0, x1, y1 = (_number(file, box, key) for key in ("xtl", "ytl", "xbr", "ybr"))
            state = _state(file, box.get("label", ""))
            yield name, _person((x0, y0, x1 - x0, y1 - y0), size, state)


def _number(file: Path, element: Element, key: str) -> float:
    try:
        return float(element.get(key, ""))
    except ValueError:
        raise BadBoxes(f"{file}: <{element.tag}>: {key} is no number") from None


def _state(file: Path, label: str) -> int:
    word = label.strip().lower()
    if word not in ALLOWED:
        allowed = ", ".join(ALLOWED)
        raise BadBoxes(f"{file}: label {label!r}: call people {allowed}, and mark nothing else")
    return STATES.index(word) if word in STATES else UNKNOWN


def _person(
    box: tuple[float, float, float, float], size: tuple[float, float], state: int
) -> Labelled:
    x, y, w, h = box
    return Labelled((x + w / 2) / size[0], (y + h / 2) / size[1], w / size[0], h / size[1], state)
