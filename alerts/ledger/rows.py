"""What a ledger is asked, what it answers, and what it says has changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from alerts.answers import Command
from alerts.event import Event
from alerts.paging import Page
from alerts.shapes import EVENT_ID, matches
from alerts.standing import EventState, Standing
from alerts.status import Health

ChangeKind = Literal[
    "event",
    "unknown",
    "state",
    "command",
    "page",
    "snapshot",
    "plain",
    "clip",
    "health",
    "camera_snapshot",
    "view",
    "camera_command",
    "availability",
    "status",
    "desk",
]
ROWS_MAX = 1000
_CURSOR_SITE = re.compile(r"[^\x00]{1,64}")


class BadQuery(ValueError):
    """What was asked cannot be answered. The text says what to change."""


@dataclass(frozen=True)
class LedgerLimits:
    """Bounds. Events go when they are older than `keep_days`, or the oldest of more than
    `events_max`; pictures and clips when they take more than `pictures_bytes_max` together, the
    oldest first. One that is larger than `picture_bytes_max` or `clip_bytes_max` is not taken."""

    keep_days: float = 90.0
    events_max: int = 50_000
    pictures_bytes_max: int = 2_000_000_000
    picture_bytes_max: int = 8_000_000
    clip_bytes_max: int = 64_000_000


@dataclass(frozen=True)
class Change:
    """What one message changed. `key` is the event_id, the camera, or nothing for a whole site.

    `new` is False for what was known already: a copy, or what is older than what is known. `told`
    is what the message said, `gone` that it took back what was retained. It is for showing: who
    died between taking a message and acting on it gets the copy as known, and finds in the tables
    what is to be done. `unknown` is an alert of a kind that only a newer device knows, in words:
    not kept, and new each time it comes. `row` is the event as it stood right after this message,
    where `take_many` was asked for it.
    """

    kind: ChangeKind
    site: str
    key: str
    new: bool
    told: Event | EventState | Command | Page | Health | str | None = None
    gone: bool = False
    row: Row | None = None


@dataclass(frozen=True)
class Row:
    """One event: its first and its last phase, and how it stands.

    `first` and `event` are None while only its state is known. `cleared` says that the desk has
    taken the state off the broker since: it is history. `heard_at` is when the ledger first heard
    of it, by its own clock.
    """

    event_id: str
    site: str
    camera: str
    label: str
    zone: str | None
    opened_at: datetime
    heard_at: datetime
    first: Event | None
    event: Event | None
    state: EventState | None
    cleared: bool
    has_snapshot: bool
    has_clip: bool
    has_plain: bool = False

    @property
    def standing(self) -> Standing:
        """As the desk says; open as long as no desk has said anything."""
        return "open" if self.state is None else self.state.standing

    @property
    def ongoing(self) -> bool:
        """False once the device has closed it."""
        if self.event is not None:
            return self.event.phase != "closed"
        return self.state is not None and self.state.ongoing

    @property
    def closed_at(self) -> datetime | None:
        """When the device closed it, if it did."""
        closed = self.event is not None and self.event.phase == "closed"
        return self.event.detected_at if closed and self.event is not None else None

    @property
    def replayed(self) -> bool:
        """True if its last phase is known only from an answer to a resync."""
        return self.event is not None and self.event.replayed

    @property
    def cursor(self) -> str:
        """Where the next page begins, for `Query.cursor`."""
        return f"{self.event_id}\x00{self.site}"


@dataclass(frozen=True)
class CameraRow:
    """One camera. `reason` is None while nothing was said of it; one that a newer device knows and
    we do not is given as it is. `picture_at` is when its last picture came, `view_at` the one of
    what it shows while it cannot see."""

    site: str
    camera: str
    reason: str | None
    since: datetime | None
    detail: str | None
    last_event_id: str | None
    picture_at: datetime | None
    view_at: datetime | None = None


@dataclass(frozen=True)
class SiteRow:
    """One site: `online`, `offline` or nothing for its daemon and for its desk, since when by our
    own clock, and the fields of the daemon's last status."""

    site: str
    availability: str | None
    availability_since: datetime | None
    desk: str | None
    desk_since: datetime | None
    status: Mapping[str, Any] | None


@dataclass(frozen=True)
class DayCount:
    """How many events of one camera and label began on one day (`2026-11-20`), and how many of
    them were false alarms."""

    site: str
    camera: str
    label: str
    day: str
    events: int
    false_alarms: int


@dataclass(frozen=True)
class Waiting:
    """How many events are not over, and how many of them nobody has taken, by label."""

    open: int
    untaken: Mapping[str, int]


@dataclass(frozen=True)
class Query:
    """Which events, newest first. Empty means all; `text` is looked for in names, ids and notes,
    whatever the case. `cursor` is the last row's, of the page before. Raises `BadQuery`.

    A standing that is not final leaves out what the desk has cleared. `oldest_first` turns the
    order around; it goes with no cursor.
    """

    standing: tuple[Standing, ...] = ()
    label: str = ""
    camera: str = ""
    site: str = ""
    text: str = ""
    opened_from: datetime | None = None
    opened_until: datetime | None = None
    limit: int = 50
    cursor: str = ""
    oldest_first: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= ROWS_MAX:
            raise BadQuery(f"limit {self.limit}: from 1 to {ROWS_MAX}")
        event_id, _, site = self.cursor.partition("\x00")
        if self.cursor and not (matches(EVENT_ID, event_id) and _CURSOR_SITE.fullmatch(site)):
            raise BadQuery("cursor: take the one of the last row")
        for one in (self.opened_from, self.opened_until):
            if one is not None and one.tzinfo is None:
                raise BadQuery(f"{one.isoformat()}: a moment needs a time zone")
