"""Pictures and clips as they lie: in folders, among a device's evidence, or kept by the desk.

Nothing is moved or copied. Of a device's evidence (`edge.shelf`) the clips and the pictures with
nothing drawn in are taken; of what the desk keeps of false alarms (`alerts.desk.negatives`) the
clips. A snapshot has box and heat map drawn into it: whoever labels would see the model's opinion,
and a network would learn the drawing.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import av
import cv2
from av.error import FFmpegError

from alerts import moments
from alerts.desk import negatives
from alerts.desk.placing import digest_of
from alerts.errors import UserError
from models import site_places
from models.label.words import Item, ItemKind
from models.site_places import PICTURES

CLIPS = frozenset({".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".ts", ".webm"})
_EVIDENCE = re.compile(r"(\d{8}T\d{9}Z)-[0-9a-f]{10}(?:-\d+(-plain)?)?\.(?:jpg|mp4)")


class NothingToLabel(UserError):
    """What was named is not there, or holds neither picture nor clip."""


def gather(given: Iterable[Path], known: Collection[Path] = ()) -> Iterator[Item | str]:
    """Each picture and clip in what is given (folders, or files), a word on each that is left out.
    Files in `known` are not looked at again. Raises NothingToLabel where something is not there."""
    for place in given:
        if not place.exists():
            raise NothingToLabel(f"{place}: is not there; name a folder of pictures or clips")
        paths = _files(place)
        root = place if place.is_dir() else place.parent
        of_desk = _negatives(root)
        cameras = site_places.places(path.relative_to(root).as_posix() for path in paths)
        for path in paths:
            if not _is_text(path):  # OpenCV may end the program at it, and no table can keep it
                shown = os.fsencode(path).decode("utf-8", "replace")
                yield f"{shown}: its name is not UTF-8: give it another"
                continue
            if path.resolve() in known:
                continue
            name = path.relative_to(root).as_posix()
            if (why := _why_not(name, root, of_desk)) is not None:
                yield f"{path}: {why}"
                continue
            yield _read(path, _told(name, _camera(name, cameras[name]), of_desk))


def files(given: Iterable[Path]) -> int:
    """How many files `gather` would look at."""
    return sum(len(_files(place)) for place in given)


def _files(place: Path) -> list[Path]:
    found = [place] if place.is_file() else sorted(place.rglob("*"))
    return [
        path
        for path in found
        if path.suffix.lower() in CLIPS | PICTURES
        and path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(place).parts)
    ]


def _is_text(path: Path) -> bool:
    try:
        str(path).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _camera(name: str, place: str) -> str:
    """A folder is a camera: all of its clips are one place, as its pictures are, and are learnt
    from or judged by together. A clip in no folder is a place of its own."""
    folder = Path(name).parent.as_posix()
    return folder if Path(name).suffix.lower() in CLIPS and folder != "." else place


def _negatives(root: Path) -> Mapping[str, Mapping[str, Any]]:
    """What the desk says of the clips it keeps in a folder, by their paths below it."""
    found: dict[str, Mapping[str, Any]] = {}
    for path in sorted((root / negatives.EVENTS).glob("*.json")):
        try:
            said = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError):  # being written, or not the desk's
            continue
        if isinstance(said, dict) and isinstance(said.get("clip"), str):
            found[said["clip"]] = said
    return found


def _why_not(name: str, root: Path, of_desk: Mapping[str, Any]) -> str | None:
    evidence = _EVIDENCE.fullmatch(Path(name).name)
    drawn = evidence is not None and name.endswith(".jpg") and evidence[2] is None
    if drawn or ((root / negatives.EVENTS).is_dir() and name.startswith(f"{negatives.SNAPSHOTS}/")):
        return "box and heat map are drawn into it; its clip or plain picture is taken instead"
    return None


def _told(name: str, place: str, of_desk: Mapping[str, Mapping[str, Any]]) -> Item:
    """What is known of it without looking into it."""
    path = Path(name)
    blank = Item("picture", path, "", camera="" if place == "." else place)
    if (said := of_desk.get(name)) is not None:
        return replace(
            blank, source="desk", event_id=_text(said, "event_id"), said=_text(said, "label"),
            occurred_at=_text(said, "occurred_at"), site=_text(said, "site") or "",
            camera=_text(said, "camera") or "", note=_text(said, "note") or "",
        )  # fmt: skip
    if (evidence := _EVIDENCE.fullmatch(path.name)) is not None:
        camera = place if len(path.parts) > 1 else ""
        event_id = path.name[: len(evidence[1]) + 11]
        at = datetime.strptime(evidence[1], "%Y%m%dT%H%M%S%fZ").replace(tzinfo=timezone.utc)
        return replace(
            blank, source="evidence", camera=camera, event_id=event_id,
            occurred_at=moments.to_text(at),
        )  # fmt: skip
    return blank


def _text(said: Mapping[str, Any], key: str) -> str | None:
    return str(said[key]) if said.get(key) else None


def _read(path: Path, told: Item) -> Item | str:
    """With digest, size and length; a word where it cannot be read."""
    path = path.resolve()
    kind: ItemKind = "picture" if path.suffix.lower() in PICTURES else "clip"
    try:
        if kind == "picture":
            picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
            if picture is None:
                return f"{path}: is no picture that can be read"
            size, length_s = (picture.shape[1], picture.shape[0]), None
        else:
            size, length_s = _clip(path)
        digest = digest_of(path)
    except cv2.error:  # it says so much where others say that it is no picture
        return f"{path}: has too many pixels, or is no picture that can be read"
    except (FFmpegError, OSError, IndexError) as error:
        return f"{path}: cannot be read: {error}"
    return replace(
        told, kind=kind, path=path, digest=digest, width_px=size[0], height_px=size[1],
        length_s=length_s,
    )  # fmt: skip


def _clip(path: Path) -> tuple[tuple[int, int], float | None]:
    """Width and height in pixels, and seconds where the file says so."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        length_s = None if container.duration is None else container.duration / av.time_base
        return (stream.width, stream.height), length_s
