"""What a ledger is asked: each question is one look at the tables, from any thread."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from alerts.answers import Command
from alerts.event import Event
from alerts.ledger import reading
from alerts.ledger.pictures import PictureKind, Pictures
from alerts.ledger.rows import CameraRow, DayCount, Query, Row, SiteRow, Waiting
from alerts.ledger.transactions import Transactions
from alerts.paging import Page
from alerts.standing import EventState

_NEWEST = Query()


class Questions:
    """The half of `Ledger` that changes nothing. All methods raise `DiskRefused` when the file
    cannot be read."""

    def __init__(self, file: Transactions, pictures: Pictures) -> None:
        self._file = file
        self._pictures = pictures

    def event(self, event_id: str, site: str | None = None) -> Row | None:
        """One event, or None."""
        with self._file.reading() as db:
            return reading.event(db, event_id, site)

    def events(self, query: Query = _NEWEST) -> list[Row]:
        """Those that match, newest first."""
        with self._file.reading() as db:
            return reading.events(db, query)

    def story(self, row: Row) -> list[Event | EventState | Command | Page]:
        """What was said of one event: its phases, states, answers and pages, the oldest first; the
        last 200 of each."""
        with self._file.reading() as db:
            return reading.story(db, row.event_id, row.site)

    def counts(self, since: datetime, until: datetime, offset_minutes: int = 0) -> list[DayCount]:
        """Events and false alarms per camera, label and day, the oldest day first. `offset_minutes`
        is how far the days' time zone is ahead of UTC."""
        with self._file.reading() as db:
            return reading.counts(db, since, until, offset_minutes)

    def cameras(self) -> list[CameraRow]:
        """Every camera whose health was told and not taken back."""
        with self._file.reading() as db:
            return reading.cameras(db)

    def sites(self) -> list[SiteRow]:
        """Every site that a daemon or a desk has spoken of."""
        with self._file.reading() as db:
            return reading.sites(db)

    def snapshot(self, event_id: str, site: str | None = None) -> Path | None:
        """The picture of an event, if it came."""
        return self._picture("snapshot", site, event_id)

    def plain(self, event_id: str, site: str | None = None) -> Path | None:
        """The picture of an event with nothing drawn into it, if it came."""
        return self._picture("plain", site, event_id)

    def clip(self, event_id: str, site: str | None = None) -> Path | None:
        """The clip of an event, if it came."""
        return self._picture("clip", site, event_id)

    def camera_snapshot(self, site: str, camera: str) -> Path | None:
        """The picture of a camera's last event, if it came."""
        return self._picture("camera_snapshot", site, camera)

    def view(self, site: str, camera: str) -> Path | None:
        """What a camera shows that cannot see, if it came."""
        return self._picture("view", site, camera)

    def waiting(self, unspoken_since: datetime) -> Waiting:
        """How many events somebody still has to see to. One that no desk ever spoke of counts if
        it began after that."""
        with self._file.reading() as db:
            return reading.waiting(db, unspoken_since)

    def _picture(self, kind: PictureKind, site: str | None, key: str) -> Path | None:
        with self._file.reading() as db:
            name = reading.picture(db, kind, site, key)
        path = None if name is None else self._pictures.folder / name
        return path if path is not None and path.is_file() else None
