"""The ledger: takes what MQTT brings, and answers what people and pages ask."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from pathlib import Path
from types import TracebackType

from typing_extensions import Self

from alerts import moments
from alerts.addressed import Address, addressed
from alerts.errors import DiskRefused
from alerts.inbox import Received
from alerts.ledger import reading, sweeping
from alerts.ledger.file import open_ledger_file
from alerts.ledger.messages import Refused, changed_or_refused
from alerts.ledger.pictures import OF_CAMERAS, PictureKind, Pictures, fault
from alerts.ledger.questions import Questions
from alerts.ledger.rows import Change, LedgerLimits
from alerts.ledger.taking import Dropped
from alerts.ledger.transactions import Transactions

_SWEEP_EVERY = 256  # messages: bounds may be passed by as many
_SWEEP_PARTS = 20  # that of pictures by one twentieth, and one picture
_USUAL = LedgerLimits()
_PICTURES: dict[str, PictureKind] = {
    "snapshot": "snapshot",
    "plain": "plain",
    "clip": "clip",
    "camera_snapshot": "camera_snapshot",
    "view": "view",
}
_Addressed = tuple[Received, "Address | None"]

_log = logging.getLogger(__name__)


class Ledger(Questions):
    """One ledger, for any number of threads; its file may be shared by several processes.

    A context manager: leaving closes the file. `dropped` counts what was not taken, by reason
    (`snapshot_too_large`). A file found to be `damaged` is set aside when it is opened anew.
    Methods that ask or take raise `DiskRefused` when the file cannot be read or written; what was
    to be taken can be taken again later. `clock` says what time it is, for `heard_at` alone.
    """

    def __init__(
        self,
        db: sqlite3.Connection,
        pictures: Pictures,
        limits: LedgerLimits,
        prefix: str,
        clock: Callable[[], datetime],
    ) -> None:
        super().__init__(Transactions(db), pictures)
        self._limits = limits
        self._prefix = prefix
        self._clock = clock
        self._lock = threading.Lock()
        self._since_sweep = self._bytes_since_sweep = 0
        self.dropped: dict[str, int] = {}

    @classmethod
    def open(
        cls,
        path: Path,
        limits: LedgerLimits = _USUAL,
        *,
        prefix: str = "floorwatch",
        clock: Callable[[], datetime] = moments.now,
    ) -> Self:
        """Opens or makes the ledger at `path`, its pictures in a folder beside it.

        `prefix` is that of the topics. Raises `UserError` or `DiskRefused`; a damaged file is set
        aside and told.
        """
        db = open_ledger_file(path)
        try:
            pictures = Pictures(path.with_name(path.name + ".pictures"))
        except OSError as error:
            db.close()
            raise DiskRefused(f"pictures of ledger {path}: {error.strerror}") from error
        return cls(db, pictures, limits, prefix, clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._file.close()

    @property
    def damaged(self) -> bool:
        """Whether the file was found to be so."""
        return self._file.damaged

    def take(self, received: Received) -> tuple[Change, ...]:
        """What one message changes; on disk when this returns.

        A message that is none of ours, or not by the contract, is counted in `dropped` and changes
        nothing. Raises `DiskRefused`: take it again later.
        """
        return self.take_many([received])

    def take_many(
        self, received: Sequence[Received], *, with_rows: bool = False
    ) -> tuple[Change, ...]:
        """As `take`, for several in their order, written to the disk together: where many wait one
        sync is for all of them. After `DiskRefused` all are to be taken again. `with_rows` gives
        each change of an event the event as it stood right then."""
        changes: list[Change] = []
        found = [(one, addressed(self._prefix, one.topic)) for one in received]
        for pictures, together in groupby(found, lambda pair: _is_picture(pair[1])):
            some = list(together)
            changes += (
                self._take_pictures(some) if pictures else self._take_messages(some, with_rows)
            )
        return tuple(changes)

    def sweep(self, now: datetime) -> int:
        """Forgets what is past its bounds, and says how many events that were. Files nobody knows
        of any more are removed."""
        with self._file.writing() as db:
            gone, files = sweeping.past_bounds(db, now, self._limits)
            known = sweeping.files(db)
        try:
            for name in [*files, *self._pictures.strays(known)]:
                self._pictures.remove(name)
        except OSError as error:
            raise DiskRefused(f"ledger's pictures cannot be removed: {error.strerror}") from error
        return gone

    def give_way(self, free_bytes_min: int) -> int:
        """Removes the oldest pictures, some at a time, while less than that is free on the disk:
        alerts need the room. Writes nothing, for a full disk takes nothing. Says how many."""
        try:
            status = os.statvfs(self._pictures.folder)
            missing = free_bytes_min - status.f_bavail * status.f_frsize
            return self._pictures.give_way(missing) if missing > 0 else 0
        except OSError as error:
            raise DiskRefused(f"ledger's pictures cannot be removed: {error.strerror}") from error

    def _take_messages(self, several: Sequence[_Addressed], with_rows: bool) -> list[Change]:
        found: list[Change | Refused | None] = []
        with self._file.writing() as db:
            now = self._clock()
            for one, to in several:
                made = Refused("topic") if to is None else changed_or_refused(db, to, one, now)
                if with_rows and isinstance(made, Change) and made.kind in {"event", "state"}:
                    made = replace(made, row=reading.event(db, made.key, made.site))
                found.append(made)
        for (one, _), refused in zip(several, found, strict=True):
            if isinstance(refused, Refused):
                self._drop(refused, one.topic)
        self._sweep_sometimes(len(several))
        return [made for made in found if isinstance(made, Change)]

    def _take_pictures(self, several: Sequence[_Addressed]) -> list[Change]:
        changes = []
        for one, to in several:
            try:
                changes += [] if to is None else [self._take_picture(to, one.payload)]
            except Dropped as dropped:
                self._drop(Refused(str(dropped)), one.topic)
        return changes

    def _take_picture(self, address: Address, payload: bytes) -> Change:
        kind, key = _PICTURES[address.place], address.event_id or address.camera
        if not payload:
            return self._forget_picture(kind, address.site, key)
        limits = self._limits
        wrong = fault(
            kind, payload, limits.clip_bytes_max if kind == "clip" else limits.picture_bytes_max
        )
        if wrong is None and kind not in OF_CAMERAS:
            wrong = sweeping.no_event_id(key, kind)
        if wrong:
            raise Dropped(wrong)
        name, digest = Pictures.name(kind, address.site, key), hashlib.sha256(payload).hexdigest()
        with self._file.reading() as db:
            known = sweeping.noted(db, kind, address.site, key) == digest
        if known and (self._pictures.folder / name).is_file():
            return Change(kind, address.site, key, False)
        try:
            self._pictures.write(name, payload)
        except OSError as error:
            # Evidence gives way to alerts: what else comes is still taken.
            _log.error("ledger: a %s cannot be kept: %s", kind, error.strerror)
            raise Dropped(f"{kind} refused by the disk") from error
        with self._file.writing() as db:
            note = (name, len(payload), digest, moments.to_text(self._clock()))
            sweeping.note_picture(db, kind, address.site, key, note)
        self._sweep_sometimes(1, len(payload))
        return Change(kind, address.site, key, True)

    def _forget_picture(self, kind: PictureKind, site: str, key: str) -> Change:
        with self._file.writing() as db:
            gone = sweeping.forget_picture(db, kind, site, key)
        if gone is not None:
            with contextlib.suppress(OSError):  # a stray, which the next sweep finds
                self._pictures.remove(gone)
        return Change(kind, site, key, gone is not None, gone=True)

    def _sweep_sometimes(self, messages: int, picture_bytes: int = 0) -> None:
        with self._lock:
            self._since_sweep += messages
            self._bytes_since_sweep += picture_bytes
            due = self._since_sweep >= _SWEEP_EVERY
            due |= self._bytes_since_sweep * _SWEEP_PARTS >= self._limits.pictures_bytes_max
            if due:
                self._since_sweep = self._bytes_since_sweep = 0
        if due:
            self.sweep(self._clock())

    def _drop(self, refused: Refused, topic: str) -> None:
        name = refused.reason.replace(" ", "_")
        with self._lock:
            self.dropped[name] = self.dropped.get(name, 0) + 1
        _log.warning("not taken, on %.120r: %s %s", topic, refused.reason, refused.why)


def _is_picture(address: Address | None) -> bool:
    return address is not None and address.place in _PICTURES
