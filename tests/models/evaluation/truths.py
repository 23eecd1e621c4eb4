"""Clips of a few hundred bytes, and one truth written down in every format there is."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, tostring

import cv2
import numpy as np

from tests.support.clips import write_clip

FPS = 10
SECONDS = 4.0
COLUMNS = ("clip", "label", "onset_s", "end_s", "incident")


def grey(count: int, shade: int = 128) -> list[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]:
    """Pictures without anything in them."""
    return [np.full((48, 64, 3), shade, np.uint8)] * count


def clip(path: Path, shade: int = 128, seconds: float = SECONDS) -> Path:
    """A clip at 10 pictures a second; another shade is another content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_clip(path, grey(round(seconds * FPS), shade), fps=FPS)


def picture(path: Path, shade: int = 128) -> Path:
    """A picture of 64×48."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), grey(1, shade)[0])
    return path


@dataclass(frozen=True)
class Said:
    """One row as a person would say it: in whole pictures, so that no format has to round."""

    clip: str
    label: str
    first: int = 0
    end: int = 0
    incident: str = ""


def table(rows: Iterable[Sequence[str]], divider: str = ",", names: Sequence[str] = COLUMNS) -> str:
    """As a table."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=divider)
    writer.writerow(names)
    writer.writerows(rows)
    return text.getvalue()


def as_table(said: Iterable[Said]) -> str:
    """Times in seconds; none for `none`."""
    times = (
        ("", "") if s.label == "none" else (f"{s.first / FPS}", f"{s.end / FPS}") for s in said
    )
    rows = zip(said, times, strict=True)
    return table([s.clip, s.label, *at, s.incident] for s, at in rows)


def as_activitynet(said: Iterable[Said]) -> str:
    """By the clips' names without ending."""
    database: dict[str, dict[str, list[Mapping[str, object]]]] = {}
    for s in said:
        video = database.setdefault(Path(s.clip).stem, {"annotations": []})
        if s.label != "none":
            segment = [s.first / FPS, s.end / FPS]
            video["annotations"].append(
                {"segment": segment, "label": s.label, "incident": s.incident}
            )
    return json.dumps({"version": "1.3", "database": database})


def as_cvat(said: Sequence[Said], count: int = round(SECONDS * FPS)) -> str:
    """A project's export: a task for each clip, pictures counted on from task to task."""
    root = Element("annotations")
    SubElement(root, "version").text = "1.1"
    tasks = SubElement(SubElement(SubElement(root, "meta"), "project"), "tasks")
    clips = list(dict.fromkeys(s.clip for s in said))
    for number, name in enumerate(clips):
        task = SubElement(tasks, "task")
        for key, text in (
            ("id", number + 7),
            ("name", f"the task of {name}"),
            ("size", count),
            ("start_frame", 0),
            ("stop_frame", count - 1),
            ("frame_filter", ""),
            ("source", Path(name).name),
        ):
            SubElement(task, key).text = str(text)
    for number, s in enumerate(one for one in said if one.label != "none"):
        before = clips.index(s.clip) * count
        track = SubElement(root, "track", id=str(number), label=s.label, source="manual")
        track.set("task_id", str(clips.index(s.clip) + 7))
        frames = [(frame, "0") for frame in range(s.first, s.end)]
        frames += [(s.end, "1")] if s.end < count else []
        for frame, outside in frames:
            box = SubElement(track, "box", frame=str(before + frame), outside=outside, occluded="0")
            SubElement(box, "attribute", name="incident").text = s.incident
    return tostring(root, encoding="unicode")


def as_label_studio(said: Sequence[Said]) -> str:
    """Every other span as a range on the time line, the rest as boxes; pictures from 1."""
    tasks = []
    for number, name in enumerate(dict.fromkeys(s.clip for s in said)):
        regions: list[dict[str, object]] = []
        for order, s in enumerate(one for one in said if one.clip == name and one.label != "none"):
            mine = {"id": f"r{order}", "to_name": "video"}
            time_line = {
                "ranges": [{"start": s.first + 1, "end": s.end}],
                "timelinelabels": [s.label],
            }
            keys = [{"frame": s.first + 1, "enabled": True}, {"frame": s.end, "enabled": False}]
            boxes = {"sequence": keys, "labels": [s.label]}
            kind, value = ("videorectangle", boxes) if order % 2 else ("timelinelabels", time_line)
            regions.append({**mine, "from_name": "what", "type": kind, "value": value})
            text = {"text": [s.incident]}
            regions.append({**mine, "from_name": "incident", "type": "textarea", "value": text})
        tasks.append(
            {
                "id": number,
                "data": {"video": f"/data/upload/3/1a2b3c4d-{Path(name).name}", "fps": FPS},
                "annotations": [{"result": [], "was_cancelled": True}, {"result": regions}],
            }
        )
    return json.dumps(tasks)
