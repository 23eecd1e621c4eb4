"""Which picture a file of boxes means by a name. Cameras count alike: `frame_000001.png` may lie in
many folders, and a box on the wrong picture teaches the opposite of what was marked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from alerts.errors import UserError


class BadName(UserError):
    """A file of boxes names a picture that is not there, or that may be one of several."""


class Pictures:
    """The pictures below a folder, to be found by what files of boxes call them."""

    def __init__(self, folder: Path, paths: Iterable[Path]) -> None:
        self._folder = folder
        by_last: dict[str, list[PurePosixPath]] = defaultdict(list)
        for path in paths:
            by_last[path.name].append(PurePosixPath(path.relative_to(folder).as_posix()))
        self._by_last: Mapping[str, list[PurePosixPath]] = by_last

    def find(self, name: str, file: Path) -> Path:
        """The picture that a file of boxes means by a name, which may hold folders. Nearer to the
        file counts first: each camera's folder may have boxes of its own. Raises BadName."""
        said = _parts(name)
        alike = self._by_last.get(said[-1] if said else "", [])
        beside = PurePosixPath(file.parent.relative_to(self._folder).as_posix())
        for near in (beside, *beside.parents):
            below = [p for p in alike if p.is_relative_to(near)]
            exact = [p for p in below if p.relative_to(near).parts == said]
            ending = exact or [p for p in below if p.relative_to(near).parts[-len(said) :] == said]
            if ending:
                return self._one(ending, name, file)
        # The file may know more folders than there are: data/hall/1.png of what is hall/1.png.
        whole = [p for p in alike if said[-len(p.parts) :] == p.parts]
        if whole:
            return self._folder / max(whole, key=lambda p: len(p.parts))
        hint = f"; there is {alike[0]}: call it that in the file" if alike else ""
        raise BadName(f"{file}: {name}: no such picture below {self._folder}{hint}")

    def _one(self, found: list[PurePosixPath], name: str, file: Path) -> Path:
        if len(found) > 1:
            those = " or ".join(str(p) for p in found[:2])
            raise BadName(
                f"{file}: {name}: may be {those}; write its folder in the file, or put each "
                "folder's boxes into it"
            )
        return self._folder / found[0]


def _parts(name: str) -> tuple[str, ...]:
    """Of a path as any system writes it, without where it begins."""
    path = PurePosixPath(name.replace("\\", "/"))
    return tuple(part for part in path.parts if part != "/")
