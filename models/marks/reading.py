"""A file of marks on pictures, whatever its format: which one, its content says."""

from __future__ import annotations

import math
from pathlib import Path

from models.marks import coco, cvat, label_studio, yolo
from models.marks.marked import BadMarks, Picture, numbers


def pictures(file: Path) -> list[Picture]:
    """Every picture that a file of COCO's, CVAT's, Label Studio's or YOLO's names, once. Raises
    BadMarks."""
    if file.suffix.lower() in (".yaml", ".yml"):
        found = yolo.read(file)
    else:
        text = _text(file)
        begin = text.lstrip()[:1]
        how = {"<": cvat.read, "[": label_studio.read}.get(begin, coco.read)
        found = how(text, str(file))
    names: set[str] = set()
    for one in found:
        if one.name in names:
            raise BadMarks(f"{file}: {one.name}: is in it twice; name pictures with their folders")
        names.add(one.name)
        if not all(map(math.isfinite, numbers(one.marks))):
            raise BadMarks(f"{file}: {one.name}: a box or an outline of it is no number; mend it")
    return found


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadMarks(f"{file}: cannot be read as text ({error}); save it as UTF-8") from None
