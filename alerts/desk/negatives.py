"""What a person called a false alarm, kept for the next training: hard negatives.

    normal/<site>/<camera>/<day>/<event>.mp4   clips in which nothing happens, to learn from; a
                                               .jpg is the picture, nothing drawn into it
    apart/<site>/<camera>/<day>/<event>.mp4    a fifth of the camera-days, to tell by: never learnt
    truth.csv                                  these, as `floorwatch evaluate` reads them
    snapshots/<event>.jpg                      to look at: box and heat map are drawn into it, and a
                                               network would learn those
    events/<event>.json                        what it was, and who said that it was nothing

The folder is one that `floorwatch train --init shipped --data` takes. Which camera-days are kept
apart follows from a digest of their names, so that later ones move none to the other side.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from alerts import moments
from alerts.desk.placing import digest_of, placed, written
from alerts.errors import DiskRefused
from alerts.event import Event, EvidenceFile
from alerts.idents import plain
from alerts.standing import EventState

NORMAL, APART, SNAPSHOTS, EVENTS, TRUTH = "normal", "apart", "snapshots", "events", "truth.csv"
_APART_EVERY = 5
_HEADER = ("clip", "label", "onset_s", "end_s", "camera", "note")
_NAME_BYTES_MAX = 200


@dataclass(frozen=True)
class Negative:
    """One false alarm. `clip`, `snapshot` and `plain` (nothing is drawn into that one) are paths
    below the folder, None while there is none; `digests` are the SHA-256 of what is there."""

    event_id: str
    site: str
    camera: str
    zone: str | None
    label: str
    score: float
    model: str
    model_sha256: str
    occurred_at: str
    said_by: str | None
    said_at: str
    note: str
    apart: bool
    clip: str | None = None
    snapshot: str | None = None
    digests: tuple[str, ...] = ()
    plain: str | None = None

    @property
    def files(self) -> tuple[str, ...]:
        """Those that are there."""
        return tuple(path for path in (self.clip, self.snapshot, self.plain) if path is not None)


class HardNegatives:
    """Keeps `folder` as people's answers say, from any thread. Every file appears whole or not at
    all, and doing the same again changes nothing.

    `evidence_folder` is the device's own, where desk and device share a machine. What takes more
    than `bytes_max` goes, the oldest first, and so does what was said more than `keep_days` ago:
    these are pictures of people. Every method raises `DiskRefused` when the disk does.
    """

    def __init__(
        self,
        folder: Path,
        *,
        evidence_folder: Path | None = None,
        bytes_max: int = 5 * 10**9,
        keep_days: float = 180.0,
        now: Callable[[], datetime] = moments.now,
    ) -> None:
        self._folder = folder
        self._evidence_folder = evidence_folder
        self._bytes_max = bytes_max
        self._keep = timedelta(days=keep_days)
        self._now = now
        self._lock = threading.Lock()

    def follow(
        self,
        event: Event,
        state: EventState,
        snapshot: Path | None = None,
        clip: Path | None = None,
        plain_picture: Path | None = None,
    ) -> bool:
        """Brings the folder in line with how an event stands: a false alarm is in it, anything
        else is not. The pictures and the clip are what the ledger has. To be called for every
        state, and again when a picture or clip comes later. True if anything changed. Drills are
        left out, for nobody was wrong there, and cameras that cannot see: nothing is seen there."""
        if event.drill or event.label == "camera":
            return False
        with self._lock, _refusing(self._folder):
            if state.standing != "false_alarm":
                return self._drop(event.event_id)
            return self._take(event, state, (clip, snapshot, plain_picture))

    def place_of(self, event: Event) -> str:
        """Where the clip of an event belongs, below the folder."""
        place = _place(event)
        top = APART if is_apart(place) else NORMAL
        return f"{top}/{place}/{plain(event.event_id)}.mp4"

    def all(self) -> list[Negative]:
        """Every one that is kept, the oldest first."""
        with self._lock, _refusing(self._folder):
            return self._known()

    def tidy(self) -> int:
        """Removes what an earlier process left half done or what is too much; how many files."""
        with self._lock, _refusing(self._folder):
            self._bound()
            self._write_truth()
            known = {path for one in self._known() for path in one.files}
            gone = 0
            for top in (NORMAL, APART, SNAPSHOTS):
                for path in (self._folder / top).rglob("*"):
                    if path.is_file() and path.relative_to(self._folder).as_posix() not in known:
                        path.unlink()
                        gone += 1
            return gone

    def give_way(self, free_bytes_min: int) -> int:
        """Removes the oldest while less than that is free on the disk: alerts need the room. Says
        how many false alarms that were."""
        gone = 0
        with self._lock, _refusing(self._folder):
            for one in self._known():
                if shutil.disk_usage(self._folder).free >= free_bytes_min:
                    break
                for path in one.files:  # before anything is written: that takes room
                    (self._folder / path).unlink(missing_ok=True)
                self._manifest(one.event_id).unlink(missing_ok=True)
                gone += 1
            if gone:
                self._write_truth()
        return gone

    def _take(self, event: Event, state: EventState, given: tuple[Path | None, ...]) -> bool:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # pictures of people
        known = self._read(event.event_id)
        clip_at, kept = self.place_of(event), event.evidence
        wanted = (
            (clip_at, kept.clip, _is_mp4),
            (f"{SNAPSHOTS}/{plain(event.event_id)}.jpg", kept.snapshot, _is_jpeg),
            (clip_at.removesuffix(".mp4") + ".jpg", kept.plain, _is_jpeg),
        )
        clip, snapshot, drawn_nothing = (
            at if self._put(at, (path, self._own(file)), fits) else None
            for path, (at, file, fits) in zip(given, wanted, strict=True)
        )
        there = [at for at in (clip, snapshot, drawn_nothing) if at is not None]
        made = Negative(
            event.event_id, event.site, event.camera, event.zone, event.label, event.score,
            event.model.name, event.model.sha256, moments.to_text(event.occurred_at),
            state.by, moments.to_text(state.at), state.note, clip_at.startswith(f"{APART}/"),
            clip, snapshot, tuple(digest_of(self._folder / at) for at in there), drawn_nothing,
        )  # fmt: skip
        if made == known:
            return False
        text = json.dumps(asdict(made), ensure_ascii=False, indent=1) + "\n"
        written(self._manifest(event.event_id), text.encode())
        self._bound()
        self._write_truth()
        return True

    def _put(self, at: str, found: tuple[Path | None, ...], fits: Callable[[bytes], bool]) -> bool:
        """Whether it is there now; the first that is what it should be is copied."""
        to = self._folder / at
        return to.is_file() or any(placed(path, to, fits) for path in found if path is not None)

    def _own(self, file: EvidenceFile | None) -> Path | None:
        """A file of the device's own folder, if it is the one that the event names."""
        if file is None or self._evidence_folder is None or Path(file.name).name != file.name:
            return None
        path = self._evidence_folder / file.name
        fits = not path.is_symlink() and path.is_file() and digest_of(path) == file.sha256
        return path if fits else None

    def _drop(self, event_id: str) -> bool:
        known = self._read(event_id)
        if known is None:
            return False
        self._manifest(event_id).unlink(missing_ok=True)
        self._write_truth()
        for path in known.files:
            (self._folder / path).unlink(missing_ok=True)
        return True

    def _bound(self) -> None:
        kept, since = 0, moments.to_text(self._now() - self._keep)
        for one in reversed(self._known()):
            for path in one.files:
                with contextlib.suppress(FileNotFoundError):
                    kept += (self._folder / path).stat().st_size
            if kept > self._bytes_max or one.said_at < since:
                self._drop(one.event_id)

    def _write_truth(self) -> None:
        """The clips kept apart, each of which says that nothing happens in it."""
        rows = [one for one in self._known() if one.apart and one.clip is not None]
        path = self._folder / TRUTH
        if not rows:
            path.unlink(missing_ok=True)
            return
        text = io.StringIO()
        table = csv.writer(text, lineterminator="\n")
        table.writerow(_HEADER)
        for one in rows:
            table.writerow((one.clip, "none", "", "", one.camera, " ".join(one.note.split())))
        if not path.is_file() or path.read_bytes() != text.getvalue().encode():
            written(path, text.getvalue().encode())

    def _known(self) -> list[Negative]:
        folder = self._folder / EVENTS
        names = sorted(path.stem for path in folder.glob("*.json")) if folder.is_dir() else []
        return [one for name in names if (one := self._read(name)) is not None]

    def _read(self, event_id: str) -> Negative | None:
        try:
            fields = json.loads(self._manifest(event_id).read_text("utf-8"))
            return Negative(**(fields | {"digests": tuple(fields["digests"])}))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, KeyError):  # edited by hand: made anew
            return None

    def _manifest(self, event_id: str) -> Path:
        return self._folder / EVENTS / f"{plain(event_id)}.json"


@contextlib.contextmanager
def _refusing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DiskRefused(f"{folder}: {error.strerror}") from error


def _place(event: Event) -> str:
    """Site, camera and day, as folders."""
    return camera_day(event.site, event.camera, event.occurred_at.date().isoformat())


def camera_day(site: str, camera: str, day: str) -> str:
    """One day of one camera, as the folders it has below `normal/` or `apart/`."""
    return f"{_folder_name(site)}/{_folder_name(camera)}/{day}"


def _folder_name(name: str) -> str:
    fits = len(name.encode("utf-8", "replace")) <= _NAME_BYTES_MAX and not name.startswith(".")
    return name if fits else plain(f"{name} ")


def is_apart(place: str) -> bool:
    """Whether a camera's day is kept apart: always so, or never."""
    digest = hashlib.sha256(place.encode("utf-8", "replace")).digest()
    return int.from_bytes(digest[:8], "big") % _APART_EVERY == 0


def _is_mp4(head: bytes) -> bool:
    return head[4:8] == b"ftyp"


def _is_jpeg(head: bytes) -> bool:
    return head.startswith(b"\xff\xd8\xff")
