"""From what the user names — truth files, their clips, folders in which nothing happens — to
recordings. Everything that is wrong is told at once, each thing with its place.

Truth files may be tables (`truth_csv`), ActivityNet, CVAT, Label Studio or COCO; which one, their
content says. An incident's name holds across all files: rows that share it are one incident.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from alerts.errors import UserError
from edge.errors import BadClip
from models.evaluation.contents import Contents, is_medium, look
from models.evaluation.recording import Recording
from models.evaluation.truth_checks import Held, Words, among_clips
from models.evaluation.truth_files import Named, TruthFile
from models.evaluation.truth_rows import Faults, Where
from models.seen import DIGITS

FAULTS_MAX = 20
_THREADS = 4
Progress = Callable[[int, int], None]  # recordings looked at, of so many


class BadTruth(UserError):
    """The truth does not fit the clips, or itself. One fault a line, each with its place."""


@dataclass(frozen=True)
class Wanted:
    """What the user named.

    `clips` is the folder the clips' names are below (None: each truth file's own). Below `normal`,
    files or folders, nothing happens. `rename` maps words of the files to collapse, spill, ignore
    or none. `folder_fps` is for folders of pictures whose row states no `fps`.
    """

    truth: tuple[Path, ...]
    clips: Path | None = None
    normal: tuple[Path, ...] = ()
    rename: Mapping[str, str] = field(default_factory=dict)
    folder_fps: float = 1.0


def gather(
    wanted: Wanted,
    trained: Container[str] = frozenset(),
    progress: Progress = lambda _done, _of: None,
) -> tuple[Recording, ...]:
    """All recordings: those of the truth files in their order, then the normal ones by name.

    `trained` is `models.seen.read` of the model's folder. Raises BadTruth.
    """
    faults, words = Faults(), Words(wanted.rename)
    for word, meaning in wanted.rename.items():
        if meaning not in words.known:
            place = Where(-1, 0, f"--rename {word}={meaning}")
            faults.add(place, f"{meaning} is no label; a word may mean {words.listed}")
    named = [one for file in _files(wanted, faults) for one in file.named(words, faults)]
    named += list(_normal(wanted, {one.path.resolve(): one for one in named}, faults))
    looked = _look(named, faults, progress)
    found = [_recording(one, contents, trained, faults) for one, contents in looked]
    places = {row.where.text: row.where for one in named for row, _ in one.rows}
    among_clips([one.spans for one in found], places, faults)
    _keys([one for one, _ in looked], found, faults)
    _raise(faults)
    return tuple(found)


def _raise(faults: Faults) -> None:
    lines = faults.lines()
    more = len(lines) - FAULTS_MAX
    if lines:
        told = [*lines[:FAULTS_MAX], f"… and {more} more"] if more > 0 else lines
        raise BadTruth("\n".join(told))


def _files(wanted: Wanted, faults: Faults) -> Iterator[TruthFile]:
    """Each truth file once."""
    seen: set[Path] = set()
    for number, file in enumerate(wanted.truth):
        if file.resolve() in seen:
            faults.add(Where(number, 0, str(file)), "named twice; name it once")
            continue
        seen.add(file.resolve())
        clips = wanted.clips if wanted.clips is not None else file.parent
        source = file.resolve().parent.name if len(wanted.truth) > 1 else ""
        yield TruthFile(file, number, clips, source, wanted.folder_fps)


def _normal(wanted: Wanted, told: Mapping[Path, Named], faults: Faults) -> Iterator[Named]:
    """Every medium below that no truth file names: one that does says what it is."""
    seen: set[Path] = set()
    for number, root in enumerate(wanted.normal, len(wanted.truth)):
        media = [path for path in _below(root) if is_medium(path)]
        if not media:
            missing = "no video and no picture in it" if root.exists() else "no such file or folder"
            faults.add(Where(number, 0, str(root)), missing)
        for order, path in enumerate(media):
            where, known = Where(number, order, str(path)), told.get(path.resolve())
            if known is not None and any(label != "none" for _, label in known.rows):
                wrong = f"named as normal, but {known.where.text} says what happens in it"
                faults.add(where, wrong)
            if known is None and path.resolve() not in seen:
                name = path.relative_to(root).as_posix() if path != root else path.name
                source = root.resolve() if path != root else root.resolve().parent
                yield Named(where, name, path, source.name)
            seen.add(path.resolve())


def _below(root: Path) -> Sequence[Path]:
    """What a path names, by name; nothing that is hidden."""
    if not root.is_dir():
        return [root]
    return sorted(
        path
        for path in root.rglob("*")
        if not any(part.startswith(".") for part in path.relative_to(root).parts)
    )


def _look(
    named: Sequence[Named], faults: Faults, progress: Progress
) -> list[tuple[Named, Contents]]:
    """Each with what is in it; what cannot be read is noted and left out."""
    found = []
    with ThreadPoolExecutor(_THREADS, "look") as pool:
        for done, (one, seen) in enumerate(zip(named, pool.map(_seen, named), strict=True), 1):
            if isinstance(seen, Contents):
                found.append((one, seen))
            else:
                faults.add(one.where, seen.removeprefix(f"{one.where.text}: "))
            progress(done, len(named))
    return found


def _seen(one: Named) -> Contents | str:
    try:
        return look(one.path, one.folder_fps)
    except BadClip as error:
        return str(error)
    except OSError as error:
        return f"{one.path}: {(error.strerror or 'cannot be read').lower()}"


def _recording(
    one: Named, contents: Contents, trained: Container[str], faults: Faults
) -> Recording:
    held = Held(one.name, one.path, one.source, one.rows, contents, one.folder_fps)
    spills = (row.outline for row, label in one.rows if label == "spill")
    return Recording(
        name=one.name,
        path=one.path,
        kind=contents.kind,
        source=one.source,
        spans=held.spans(faults),
        seconds=contents.seconds,
        sha256=contents.sha256,
        camera=one.columns.get("camera", ""),
        folder_fps=one.folder_fps,
        mask=one.mask,
        outline=tuple(polygon for outline in spills for polygon in outline),
        columns=one.columns,
        trained=contents.sha256[:DIGITS] in trained,
    )


def _keys(named: Sequence[Named], found: Sequence[Recording], faults: Faults) -> None:
    """Two recordings of one name and source would be one in every table, and one file that is two
    recordings would count twice."""
    first: dict[str, Where] = {}
    files: dict[Path, Where] = {}
    for one, recording in zip(named, found, strict=True):
        before = files.setdefault(one.path.resolve(), one.where)
        if before is not one.where:
            same = f"{one.name} is the clip of {before.text}"
            faults.add(one.where, f"{same}; put all rows of a clip into one file, under one name")
            continue
        known = first.setdefault(recording.key, one.where)
        if known is not one.where:
            same = f"{one.name} of {one.source} is named at {known.text}, too"
            faults.add(one.where, f"{same}; tell them apart by a column source")
