"""Turns the sources into one store: pictures as the network will see them, and who is in them."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np

from edge.core.types import Rgb
from models import labels, sources, stores
from models.labels import UNKNOWN, Labelled
from models.stores import HEIGHT, WIDTH, Sample
from models.teacher import Seen, Teacher, overlap

CLIP_FPS = 5.0
NORMAL_FPS = 2.0
PICTURES_MAX = 8000
BLANK_STEP = 0.5
SURE = 0.3  # a teacher's box above this is a person
LONG_STATES = (labels.STATES.index("down"), labels.STATES.index("bed"))


def fit(rgb: Rgb) -> Rgb:
    """The picture scaled to fit the network's input, shape kept."""
    scale = min(WIDTH / rgb.shape[1], HEIGHT / rgb.shape[0])
    size = (round(rgb.shape[1] * scale), round(rgb.shape[0] * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(rgb, size, interpolation=how), np.uint8)


def read_clip(path: Path, fps: float) -> Iterator[tuple[float, Rgb]]:
    """Seconds from the first frame, and the fitted picture, `fps` times a second."""
    due = 0.0
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        start = stream.start_time or 0
        for frame in container.decode(stream):
            at_s = float((frame.pts - start) * stream.time_base) if frame.pts is not None else due
            if at_s + 1e-6 >= due:
                due += 1.0 / fps
                yield at_s, fit(frame.to_ndarray(format="rgb24"))


def read_picture(path: Path) -> Rgb:
    """A picture file in RGB. Raises FileNotFoundError."""
    bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if bgr is None:
        raise FileNotFoundError(path)
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)


Found = tuple[Sample, Rgb]


def hospital(data: Path) -> Iterator[Found]:
    """`falls/hospital_bed`. Raises Incomplete."""
    for path, people in labels.hospital_pictures(data / sources.HOSPITAL_BED.folder):
        rgb = fit(read_picture(path))
        yield Sample("hospital_bed", path.name, rgb.shape[1], rgb.shape[0], people), rgb


def rooms(data: Path) -> Iterator[Found]:
    """`spills/blackspot_floor`: rooms without people, their floors marked. Raises
    Incomplete."""
    marked = floors(data / sources.INDOORS.folder / "floor.csv")
    for path in sorted((data / sources.INDOORS.folder).rglob("*.jpg")):
        rgb = fit(read_picture(path))
        shape = (rgb.shape[1], rgb.shape[0])
        floor = marked.get(path.name, ())
        yield Sample("rooms", path.name, *shape, (), empty=True, floor=floor), rgb


def floors(file: Path) -> dict[str, tuple[tuple[float, ...], ...]]:
    """Floor polygons of each photograph; a box is a polygon of four corners."""
    found: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    with sources.there(file).open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            numbers = tuple(float(n) for n in row["geometry"].split())
            if row["label"] == "floor":
                found[row["image"]].append(_box(*numbers) if len(numbers) == 4 else numbers)
    return {image: tuple(polygons) for image, polygons in found.items()}


def _box(cx: float, cy: float, w: float, h: float) -> tuple[float, ...]:
    x0, y0, x1, y1 = cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2
    return (x0, y0, x1, y0, x1, y1, x0, y1)


def acts(data: Path, teacher: Teacher) -> Iterator[Found]:
    """The clips of `gmdcsa24` and `assist_iot`: our spans of states, the teacher's boxes."""
    spans = labels.clip_states()
    for source in (sources.GMDCSA24, sources.ASSIST_IOT):
        root = data / source.folder
        for path in sorted(root.rglob("*.mp4")):
            clip = str(path.relative_to(root))
            known = spans.get(f"{source.key}/{clip}", [])
            frames = [
                (at, rgb, teacher.look(rgb))
                for at, rgb in read_clip(path, CLIP_FPS)
                if not _blank(rgb)  # some side views were never uncovered
            ]
            chosen = _acting(frames, known, everyone=source is sources.ASSIST_IOT)
            for (at_s, rgb, _), people in zip(frames, chosen, strict=True):
                name = f"{clip}@{at_s:.2f}"
                shape = (rgb.shape[1], rgb.shape[0])
                yield Sample(source.key, name, *shape, people), rgb


def normal(data: Path, teacher: Teacher) -> Iterator[Found]:
    """`normal/`: people on their feet where the straight look says so and the box is tall."""
    root = data / sources.SAMPLE_VIDEOS.folder
    for path in sorted(root.rglob("*.mp4")):
        clip = str(path.relative_to(root))
        for at_s, rgb in read_clip(path, NORMAL_FPS):
            people = [s for s in teacher.look(rgb) if s.straight >= max(SURE, s.turned)]
            marked = tuple(
                labels.as_labelled(s, rgb.shape[1], rgb.shape[0], 0 if s.h > 1.4 * s.w else UNKNOWN)
                for s in people
            )
            shape = (rgb.shape[1], rgb.shape[0])
            yield Sample("normal", f"{clip}@{at_s:.2f}", *shape, marked), rgb


def _blank(rgb: Rgb) -> bool:
    """Whether nothing but a smooth shade is in the picture."""
    return float(np.abs(np.diff(rgb[..., 1].astype(np.int16), axis=1)).mean()) < BLANK_STEP


Frames = list[tuple[float, Rgb, tuple[Seen, ...]]]


def _acting(
    frames: Frames, spans: list[tuple[float, float, int]], everyone: bool
) -> list[tuple[Labelled, ...]]:
    """The people of each frame. In an act filmed for the source there is one actor; `everyone`
    keeps all sure boxes instead, for clips that show one actor in several inset views."""
    lying = {span: _resting(frames, span) for span in spans if span[2] in LONG_STATES}
    out: list[tuple[Labelled, ...]] = []
    for at_s, rgb, seen in frames:
        height, width = rgb.shape[:2]
        state = labels.state_at(spans, at_s)
        rest = next((box for span, box in lying.items() if span[0] <= at_s <= span[1]), None)
        people = [s for s in seen if s.score >= SURE and s.w * s.h < 0.5 * width * height]
        if everyone:
            # the padded platform of the side view looks like someone lying
            people = [s for s in people if s.straight >= SURE or s.w < 0.4 * width]
        elif rest is not None:
            people = [_nearest(seen, rest)]
        else:
            people = people[:1]
        out.append(tuple(labels.as_labelled(s, width, height, state) for s in people))
    return out


def _resting(frames: Frames, span: tuple[float, float, int]) -> Seen | None:
    """Where someone lies through a span: the middle of the surest low boxes of its frames."""
    best = []
    for at_s, rgb, seen in frames:
        low = [s for s in seen if s.y + s.h / 2 > 0.4 * rgb.shape[0] and s.w > s.h * 0.8]
        if span[0] <= at_s <= span[1] and low:
            best.append(max(low, key=lambda s: s.score))
    if not best:
        return None
    x, y, w, h = np.median([(s.x, s.y, s.w, s.h) for s in best], axis=0)
    return Seen(float(x), float(y), float(w), float(h), 0.0, 1.0)


def _nearest(seen: tuple[Seen, ...], rest: Seen) -> Seen:
    """The teacher's box on a resting person, or the resting place itself where it sees none."""
    if not seen:
        return rest
    boxes = np.array([(s.x, s.y, s.w, s.h) for s in seen], np.float32)
    shared = overlap(np.array([rest.x, rest.y, rest.w, rest.h], np.float32), boxes)
    best = int(np.argmax(shared))
    return seen[best] if shared[best] > 0.5 else rest


def build(data: Path, folder: Path) -> None:
    """Write the store of all sources; a few minutes on two cores."""
    teacher = Teacher(data / sources.COCO_FILE, 2)
    writer = stores.Writer(folder, PICTURES_MAX, masks=False)
    for source in (hospital(data), rooms(data), acts(data, teacher), normal(data, teacher)):
        for sample, rgb in source:
            writer.add(sample, rgb)
    writer.save()
