"""From what the ledger says has changed to what the pages are told."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta, timezone

from alerts import moments
from alerts.event import Event
from alerts.ledger import CameraRow, Change, DayCount, Ledger
from alerts.standing import EventState
from alerts.web.broadcast import Broadcast
from alerts.web.views import (
    UNSPOKEN_HOURS_MAX,
    Addresses,
    Fields,
    camera_view,
    event_view,
    site_view,
)

_CAMERAS_S = 1.0  # how often the counts of cameras are told, at most
_OF_EVENTS = frozenset({"event", "state", "snapshot", "plain", "clip"})
_OF_CAMERAS = frozenset({"event", "state", "camera_snapshot", "view", "health"})
_OF_SITES = frozenset({"availability", "status", "desk"})


class News:
    """Tells pages. `changed` is called by the feed alone, the rest from anywhere."""

    def __init__(self, ledger: Ledger, broadcast: Broadcast, addresses: Addresses) -> None:
        self._ledger = ledger
        self._broadcast = broadcast
        self._addresses = addresses
        self._lock = threading.Lock()
        self._due: set[tuple[str, str]] = set()
        self._told_s = 0.0
        self._counted: Fields = {}

    def changed(self, change: Change) -> None:
        """One change of the ledger; copies of what was known are no news."""
        if not change.new:
            return
        if change.kind in {"snapshot", "plain", "camera_snapshot"}:
            self._addresses.came(change.site, change.key, plain=change.kind == "plain")
        if change.kind in _OF_EVENTS:
            self._tell_event(change)
        if change.kind in _OF_CAMERAS:
            self._note_camera(change)
        if change.kind == "page":  # the page of the event fetches its course anew
            self._broadcast.tell("page", change.key, {})
        if change.kind in _OF_SITES:
            self._tell_site(change.site)
        self.cameras_due()

    def cameras_due(self) -> None:
        """Tells of the cameras that changed, if that was not just done: their counts cost a look at
        a week of events."""
        now_s = time.monotonic()
        with self._lock:
            if not self._due or now_s - self._told_s < _CAMERAS_S:
                return
            due, self._due, self._told_s = self._due, set(), now_s
        self._tell_counted()
        counts, day = week(self._ledger)
        for row in self._ledger.cameras():
            if (row.site, row.camera) in due:
                fields = self.camera(row, counts, day)
                self._broadcast.tell("camera", f"{row.site}/{row.camera}", {"camera": fields})

    def camera(self, row: CameraRow, counts: list[DayCount], day: str) -> Fields:
        """One camera, as pages are given it."""
        addresses = self._addresses
        return camera_view(row, counts, day, addresses.camera(row), addresses.view(row))

    def counted(self) -> Fields:
        """How many events wait, and how many of them nobody has taken, by label: the page is given
        no more than some hundreds of them."""
        since = moments.now() - timedelta(hours=UNSPOKEN_HOURS_MAX)
        found = self._ledger.waiting(since)
        return {"open_count": found.open, "untaken": dict(found.untaken)}

    def broker(self, fields: Fields) -> None:
        """The line to the broker is there, or is not."""
        self._broadcast.tell("broker", "", {"broker": fields})

    def command(self, event_id: str, command_id: str, *, sent: bool, trouble: str | None) -> None:
        """What became of an answer."""
        fields = {
            "event_id": event_id,
            "command_id": command_id,
            "sent": sent,
            "trouble": trouble,
        }
        self._broadcast.tell("command", event_id, fields)

    def _tell_counted(self) -> None:
        counted = self.counted()
        if counted != self._counted:
            self._counted = counted
            self._broadcast.tell("open", "", counted)

    def _tell_event(self, change: Change) -> None:
        row = change.row or self._ledger.event(change.key, change.site)
        if row is None:
            if change.gone:
                self._broadcast.tell("gone", change.key, {})
            return  # a picture that came before its event
        fields = {"event": event_view(row, self._addresses), "new": _is_first(change)}
        self._broadcast.tell(change.kind, change.key, fields)

    def _note_camera(self, change: Change) -> None:
        if change.kind in {"camera_snapshot", "view", "health"}:
            camera: str | None = change.key
        elif isinstance(change.told, Event | EventState):
            camera = change.told.camera
        else:
            row = self._ledger.event(change.key, change.site)
            camera = None if row is None else row.camera
        if camera is not None:
            with self._lock:
                self._due.add((change.site, camera))

    def _tell_site(self, site: str) -> None:
        for row in self._ledger.sites():
            if row.site == site:
                self._broadcast.tell("site", site, {"site": site_view(row)})


def week(ledger: Ledger) -> tuple[list[DayCount], str]:
    """The counts of the last seven days, by this machine's clock, and what today is called."""
    today = datetime.now().astimezone()
    begin = today.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=6)
    counts = ledger.counts(
        begin.astimezone(timezone.utc), moments.now() + timedelta(days=1), offset_minutes()
    )
    return counts, today.date().isoformat()


def offset_minutes() -> int:
    """How far this machine's clock on the wall is from UTC."""
    offset = datetime.now().astimezone().utcoffset() or timedelta()
    return int(offset.total_seconds() // 60)


def _is_first(change: Change) -> bool:
    """Whether this is the first that is heard of an incident, and it is news: an answer to a
    resync is none."""
    told = change.told
    return change.kind == "event" and getattr(told, "phase", "") == "opened" and not getattr(
        told, "replayed", False
    )  # fmt: skip
