"""What the ledger knows, as the pages are given it. Times are text, by the contract's writing."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import quote

from alerts import moments
from alerts.answers import Command
from alerts.event import Event, EvidenceFile, opened_at
from alerts.ledger import CameraRow, DayCount, Row, SiteRow
from alerts.paging import Page
from alerts.standing import EventState
from alerts.web.evidence import EvidenceFolder

Fields = dict[str, object]
UNFINISHED = ("open", "acknowledged", "escalated")
UNSPOKEN_HOURS_MAX = 12  # after so long an event that no desk spoke of is history
_COUNTED_MAX = 5000


class Addresses:
    """Where a page finds pictures. Each newer picture has another address, so that it is fetched.
    Safe for several threads."""

    def __init__(self, folder: EvidenceFolder | None) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._came: OrderedDict[tuple[str, str, bool], int] = OrderedDict()

    def came(self, site: str, key: str, *, plain: bool = False) -> None:
        """A picture of this event or camera came; `plain`: with nothing drawn into it."""
        with self._lock:
            self._came[site, key, plain] = self._came.pop((site, key, plain), 0) + 1
            if len(self._came) > _COUNTED_MAX:
                self._came.popitem(last=False)

    def snapshot(self, row: Row) -> str | None:
        """The picture of an event."""
        kept = row.event is not None and self._is_kept(row.event, "snapshot")
        return self._of_event(row, "snapshot") if row.has_snapshot or kept else None

    def plain(self, row: Row) -> str | None:
        """The picture of an event with nothing drawn into it."""
        kept = row.event is not None and self._is_kept(row.event, "plain")
        return self._of_event(row, "plain") if row.has_plain or kept else None

    def clip(self, row: Row) -> str | None:
        """The clip of an event."""
        kept = row.event is not None and self._is_kept(row.event, "clip")
        return self._of_event(row, "clip") if row.has_clip or kept else None

    def camera(self, row: CameraRow) -> str | None:
        """The last picture of a camera."""
        if row.picture_at is None:
            return None
        came = self._came.get((row.site, row.camera, False), 0)
        at = int(row.picture_at.timestamp() * 1000)
        place = f"{quote(row.site, safe='')}/{quote(row.camera, safe='')}"
        return f"/api/cameras/{place}/snapshot?v={at}.{came}"

    @staticmethod
    def view(row: CameraRow) -> str | None:
        """What a camera shows that cannot see."""
        if row.view_at is None:
            return None
        at = int(row.view_at.timestamp() * 1000)
        return f"/api/cameras/{quote(row.site, safe='')}/{quote(row.camera, safe='')}/view?v={at}"

    def _of_event(self, row: Row, what: str) -> str:
        seq = -1 if row.event is None else row.event.seq
        came = self._came.get((row.site, row.event_id, what == "plain"), 0)
        return f"/api/events/{quote(row.event_id, safe='')}/{what}?v={seq}.{came}"

    def _is_kept(self, event: Event, what: Literal["snapshot", "plain", "clip"]) -> bool:
        file: EvidenceFile | None = getattr(event.evidence, what)
        return self._folder is not None and self._folder.has(file)


def event_view(row: Row, addresses: Addresses) -> Fields:
    """One event. What only an alert tells is null while no alert of it came."""
    event, state = row.event, row.state
    return {
        "event_id": row.event_id,
        "site": row.site,
        "camera": row.camera,
        "zone": row.zone,
        "label": row.label,
        "ongoing": row.ongoing,
        "standing": row.standing,
        "by": None if state is None else state.by,
        "note": "" if state is None else state.note,
        "step": 0 if state is None else state.step,
        "state_at": None if state is None else moments.to_text(state.at),
        "desk_seen": state is not None,
        "opened_at": moments.to_text(row.opened_at),
        "updated_at": moments.to_text(_updated_at(row)),
        "closed_at": _text(row.closed_at),
        "received_at": moments.to_text(row.heard_at),
        "replayed": row.replayed,
        **(_NO_ALERT if event is None else _alert_view(event)),
        **({"score": state.score} if event is None and state is not None else {}),
        "snapshot_url": addresses.snapshot(row),
        "raw_snapshot_url": addresses.plain(row),
        "clip_url": addresses.clip(row),
    }


def _alert_view(event: Event) -> Fields:
    used = event.threshold
    promise = {
        "target_recall": used.target_recall,
        "confidence": used.confidence,
        "incidents": used.incidents,
    }
    return {
        "phase": event.phase,
        "seq": event.seq,
        "occurred_at": moments.to_text(event.occurred_at),
        "detected_at": moments.to_text(event.detected_at),
        "published_at": _text(event.published_at),
        "score": event.score,
        "threshold": used.value,
        "threshold_source": used.source,
        "promise": promise if used.target_recall is not None else None,
        "model": dict(vars(event.model)),
        "path": event.path,
        "box": list(event.box),
        "durable": event.durable,
        "drill": event.drill,
    }


_NO_ALERT: Mapping[str, object] = {
    "phase": None, "seq": None, "occurred_at": None, "detected_at": None, "published_at": None,
    "score": None, "threshold": None, "threshold_source": None, "promise": None, "model": None,
    "path": None, "box": None, "durable": True, "drill": False,
}  # fmt: skip


def waits(row: Row, now: datetime) -> bool:
    """Whether it is still somebody's business. Where no desk ever spoke nobody can end it, so what
    is long ago is over."""
    if row.state is not None:
        return row.standing in UNFINISHED
    return now - _updated_at(row) < timedelta(hours=UNSPOKEN_HOURS_MAX)


def story_view(story: Iterable[Event | EventState | Command | Page]) -> Fields:
    """What was said of an event: states and pages, and all of it in one line of time."""
    told = list(story)
    return {
        "states": [_state_view(one) for one in told if isinstance(one, EventState)],
        "pages": [_page_view(one) for one in told if isinstance(one, Page)],
        "timeline": [_line_view(one) for one in told],
    }


def _line_view(one: Event | EventState | Command | Page) -> Fields:
    if isinstance(one, Event):
        at = moments.to_text(one.detected_at)
        return {"at": at, "kind": one.phase, "score": one.score, "seq": one.seq}
    if isinstance(one, EventState):
        return {"kind": "state", **_state_view(one)}
    if isinstance(one, Page):
        return {"kind": "page", **_page_view(one)}
    return {
        "at": moments.to_text(one.at),
        "kind": "command",
        "action": one.action,
        "by": one.who,
        "note": one.note,
        "via": one.via,
    }


def _state_view(state: EventState) -> Fields:
    return {
        "at": moments.to_text(state.at),
        "standing": state.standing,
        "by": state.by,
        "note": state.note,
        "step": state.step,
        "version": state.version,
    }


def _page_view(page: Page) -> Fields:
    return {
        "at": moments.to_text(page.at),
        "recipient": page.recipient,
        "step": page.step,
        "subject": page.subject,
        "repeat": page.repeat,
    }


def camera_view(
    row: CameraRow,
    counts: Iterable[DayCount],
    today: str,
    url: str | None,
    view_url: str | None = None,
) -> Fields:
    """One camera; `counts` are of the last seven days, all cameras'."""
    mine = [one for one in counts if (one.site, one.camera) == (row.site, row.camera)]
    health = {
        "reason": row.reason,
        "since": _text(row.since),
        "ok": row.reason == "ok",
        "detail": row.detail,
    }
    last = row.last_event_id
    return {
        "site": row.site,
        "camera": row.camera,
        "health": None if row.reason is None else health,
        "last_event": last,
        "last_event_at": _text(opened_at(last)) if last else None,
        "snapshot_url": url,
        "view_url": view_url,
        "counts": {
            "today": sum(one.events for one in mine if one.day == today),
            "week": sum(one.events for one in mine),
            "false_alarms": sum(one.false_alarms for one in mine),
        },
    }


def site_view(row: SiteRow) -> Fields:
    """One site."""
    return {
        "site": row.site,
        "availability": row.availability,
        "since": _text(row.availability_since),
        "desk": row.desk,
        "desk_since": _text(row.desk_since),
        "status": None if row.status is None else dict(row.status),
    }


def count_view(one: DayCount) -> Fields:
    """One cell of the history."""
    return {
        "day": one.day,
        "site": one.site,
        "camera": one.camera,
        "label": one.label,
        "count": one.events,
        "false_alarms": one.false_alarms,
    }


def _updated_at(row: Row) -> datetime:
    told = [row.opened_at]
    told += [row.event.detected_at] if row.event is not None else []
    told += [row.state.at] if row.state is not None else []
    return max(told)


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moments.to_text(moment)
