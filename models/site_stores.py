"""A site's own pictures as two stores: what is learnt from, and what is kept apart to tell by."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import av
import cv2
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray
from tqdm import tqdm

from edge.core.types import Rgb
from models import moments, prepare, site_places, stores
from models.mine import Near
from models.prepare import Found
from models.site import NORMAL, PEOPLE, SPILLS, BadSite, Site
from models.site_places import PICTURES
from models.stores import Sample, Store

FRAMES_MAX = 800  # of normal/: looking at more would take longer than learning
FPS_MAX = 2.0
PICTURES_MAX = 2000  # of people/, and of spills/
_One = TypeVar("_One")
Mined = Mapping[Path, Sequence[Near]]  # of each recording of normal/, what came near an alarm


def build(
    site: Site, folder: Path, mined: Mined | None = None, *, pictures_max: int = PICTURES_MAX,
    frames_max: int = FRAMES_MAX,
) -> tuple[Store, Store]:  # fmt: skip
    """Write the stores `learn` and `apart`: of people/ and spills/ `pictures_max` each, of normal/
    `frames_max`, from all over where there is more, and among them what was `mined`. Where a site
    has clips to judge by, all of normal/ is learnt from. Raises BadSite."""
    marked, wet = (_evenly(sorted(all_), pictures_max) for all_ in (site.people, site.spills))
    room = len(marked) + len(wet) + frames_max
    writers = [stores.Writer(folder / name, room, masks=True) for name in ("learn", "apart")]
    quiet = _quiet(site, mined or {}, frames_max)
    for source in (_marked(site, marked), _wet(site, wet), quiet):
        for is_apart, (sample, rgb), mask in source:
            writers[is_apart].add(sample, rgb, mask)
    for writer in writers:
        writer.save()
    learn, apart = (stores.load(folder / name) for name in ("learn", "apart"))
    if learn is None or apart is None:
        raise BadSite(f"{folder}: what was prepared there cannot be read; remove it, start again")
    return learn, apart


_Kept = Iterator[tuple[bool, Found, NDArray[np.bool_] | None]]


def _evenly(found: Sequence[_One], room: int) -> list[_One]:
    """So many of them, from all over."""
    count = min(room, len(found))
    return [found[number * len(found) // count] for number in range(count)]


def _shown(files: Collection[_One], what: str) -> Iterable[_One]:
    """The files, with a bar on a terminal: long recordings take minutes."""
    bar: Iterable[_One] = tqdm(files, what, unit="file", leave=False, disable=None)
    return bar


def _marked(site: Site, chosen: Sequence[Path]) -> _Kept:
    names = {path: path.relative_to(site.folder / PEOPLE).as_posix() for path in chosen}
    apart = site_places.kept_apart(names.values())
    for path, name in _shown(names.items(), PEOPLE):
        rgb = prepare.fit(_picture(path))
        sample = Sample(PEOPLE, name, rgb.shape[1], rgb.shape[0], site.people[path])
        yield name in apart, (sample, rgb), None


def _wet(site: Site, chosen: Sequence[Path]) -> _Kept:
    names = {path: path.relative_to(site.folder / SPILLS / "images").as_posix() for path in chosen}
    apart = site_places.kept_apart(names.values())
    for path, name in _shown(names.items(), SPILLS):
        rgb = prepare.fit(_picture(path))
        mask = cv2.imread(str(site.spills[path]), cv2.IMREAD_GRAYSCALE)
        if mask is None:
            raise BadSite(f"{site.spills[path]}: not a picture; save the mask as PNG")
        size = (rgb.shape[1], rgb.shape[0])
        wet = cv2.resize(mask, size, interpolation=cv2.INTER_AREA) > 127
        sample = Sample(SPILLS, name, *size, ())
        yield name in apart, (sample, rgb), np.asarray(wet, np.bool_)


def _quiet(site: Site, mined: Mined, frames_max: int) -> _Kept:
    """Pictures, and moments of recordings, so many in all. The shortest are looked at first:
    what room they leave is the longer ones'. Of a recording, what was mined comes first."""
    files = sorted(_evenly(site.normal, frames_max), key=length_s)
    looks: dict[str, Rgb] = {}
    for number, path in enumerate(_shown(files, NORMAL)):
        name = path.relative_to(site.folder / NORMAL).as_posix()
        room = (frames_max - len(looks)) // (len(files) - number)
        near = {f"{name}@{one.at_s:.2f}": one.rgb for one in mined.get(path, ())[:room]}
        looks |= near
        if room > len(near):
            even = _frames(path, room - len(near))
            looks |= {f"{name}@{at_s:.2f}": rgb for at_s, rgb in even}
    apart = frozenset[str]() if site.judged else site_places.ends(looks)
    for name, rgb in looks.items():
        yield name in apart, (Sample(NORMAL, name, rgb.shape[1], rgb.shape[0], ()), rgb), None


def _frames(path: Path, room: int) -> list[tuple[float, Rgb]]:
    """A picture, or moments from all over a recording, `room` at most: seconds and fitted RGB."""
    if path.suffix.lower() in PICTURES:
        return [(0.0, prepare.fit(_picture(path)))]
    long_s = length_s(path)
    fps = min(FPS_MAX, max(room - 1, 0.5) / long_s) if long_s > 0 else FPS_MAX
    return _thinned(looks(path, 1 / fps), room)


def looks(path: Path, step_s: float) -> Iterator[tuple[float, Rgb]]:
    """Seconds and fitted pictures of a recording; of hours of it, without decoding all. Raises
    BadSite for what cannot be read."""
    try:
        if step_s < moments.APART_S:
            yield from prepare.read_clip(path, 1 / step_s)
            return
        for at_s, rgb in moments.moments(path, step_s):
            yield at_s, prepare.fit(rgb)
    except (FFmpegError, IndexError) as error:
        raise BadSite(f"{path}: not a recording or a picture ({error}); take it out") from None


def _thinned(frames: Iterable[_One], room: int) -> list[_One]:
    """Evenly spaced ones, `room` at most, however many come: not every container knows how long
    it is. When there is no more room, every second goes, and half as many are taken from then."""
    kept: list[_One] = []
    step = 1
    for number, frame in enumerate(frames):
        if len(kept) == room and number % step == 0:
            kept, step = kept[::2], 2 * step
        if number % step == 0:
            kept.append(frame)
    return kept


def length_s(path: Path) -> float:
    """How long a recording says it is; 0 for a picture, and where it does not say. Raises
    BadSite."""
    if path.suffix.lower() in PICTURES:
        return 0.0
    try:
        with av.open(str(path)) as container:
            return float(container.duration or 0) / av.time_base
    except FFmpegError as error:
        raise BadSite(f"{path}: not a recording or a picture ({error}); take it out") from None


def _picture(path: Path) -> Rgb:
    try:
        return prepare.read_picture(path)
    except FileNotFoundError:
        raise BadSite(f"{path}: not a picture that can be read; take it out") from None
