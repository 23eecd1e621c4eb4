"""The feed: what comes from the broker goes into the ledger, and what changed to the pages."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alerts import moments
from alerts.backoff import Backoff
from alerts.broker import BrokerSettings
from alerts.errors import DiskRefused, SinkLost
from alerts.inbox import MqttInbox, Received
from alerts.ledger import Ledger, Query
from alerts.ports import Message
from alerts.resyncing import Resync
from alerts.topics import Filters, Topics
from alerts.web.news import News

_WAIT_S = 0.5
# Messages that have arrived are written to the disk in one go. No more are under way at a time: a
# broker that saves all it has at each receipt reads ours one by one, and a ping waits behind them.
_TOGETHER = 20
_SWEEP_S = 600.0
_BACK_S = 60.0  # a resync reaches so far behind what is known
_BACK_FIRST_DAYS = 14
_LOOK_THROUGH = 200  # events, for the newest that we heard of from its device

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Line:
    """The line to the broker: whether it is there, since when, and what is wrong if it is not."""

    connected: bool
    since: datetime
    trouble: str | None = None

    def view(self) -> dict[str, object]:
        """As pages are given it."""
        return {
            "connected": self.connected,
            "since": moments.to_text(self.since),
            "trouble": self.trouble,
        }


class Feed:
    """Reads with a session that the broker keeps while we are away; connects again by itself.
    `send` publishes: each site is asked once a connection for what we may have missed."""

    def __init__(
        self,
        settings: BrokerSettings,
        filters: Filters,
        ledger: Ledger,
        news: News,
        send: Callable[[Message], None],
    ) -> None:
        self.line = Line(connected=False, since=moments.now(), trouble="not connected yet")
        self.failed = 0
        self._settings = replace(settings, receive_maximum=_TOGETHER)
        self._filters = filters
        self._ledger = ledger
        self._news = news
        self._send = send
        self._asked: set[str] = set()
        self._swept_s = 0.0

    def topics(self) -> list[str]:
        """What is subscribed to. Not the desk's calls on `pages`: a screen that nobody looks at
        would count as somebody who was told, and the desk would wait for them."""
        of = self._filters
        # What counts most first: a broker sends what it kept in this order.
        return [
            of.states, of.alerts, of.availability, of.desk_availability, of.health, of.commands,
            of.event_pages, of.status, of.snapshots, of.camera_snapshots, of.views, of.plains,
            of.clips,
        ]  # fmt: skip

    def run(self, stop: threading.Event) -> None:
        """Until `stop`. Raises `UserError` if the broker does not let us read."""
        backoff = Backoff()
        while not stop.is_set():
            try:
                with self._inbox() as inbox:
                    self._say(Line(connected=True, since=moments.now()))
                    backoff.reset()
                    self._asked.clear()
                    self._ask_known()
                    while not stop.is_set():
                        self._take(inbox.get_many(_TOGETHER, _WAIT_S))
            except SinkLost as lost:
                self._say(Line(connected=False, since=moments.now(), trouble=str(lost)))
                stop.wait(backoff.next_s())

    def _inbox(self) -> MqttInbox:
        """How all events stand is retained: asked for again at each connection, what is new would
        wait behind it. A ledger that knows nothing needs it."""
        try:
            once = [self._filters.states] if self._ledger.events(Query(limit=1)) else []
        except DiskRefused:
            once = []
        return MqttInbox(self._settings, self.topics(), forget=False, once=once)

    def _take(self, received: Sequence[Received]) -> None:
        try:
            for change in self._ledger.take_many(received, with_rows=True):
                self._news.changed(change)
                if change.kind == "availability" and change.told == "online":
                    self._ask(change.site)
            self._news.cameras_due()
            if time.monotonic() - self._swept_s > _SWEEP_S:
                self._swept_s = time.monotonic()
                self._ledger.sweep(moments.now())
        except DiskRefused as error:
            # It is acknowledged all the same: the device's resync brings it again, a broker that
            # is made to wait would bring nothing at all.
            self.failed += 1
            _log.error("the ledger does not take what comes: %s", error)

    def _ask_known(self) -> None:
        for row in self._ledger.sites():
            if row.availability == "online":
                self._ask(row.site)

    def _ask(self, site: str) -> None:
        """Has a device tell again what it told since the last that we heard from it. How events
        stand the broker keeps: to know that is no sign that we were there."""
        if site in self._asked:
            return
        self._asked.add(site)
        since = moments.now() - timedelta(days=_BACK_FIRST_DAYS)
        for newest in self._ledger.events(Query(site=site, limit=_LOOK_THROUGH)):
            if newest.event is not None:
                since = max(since, newest.opened_at - timedelta(seconds=_BACK_S))
                break
        request = Resync(secrets.token_hex(8), since, by="dashboard")
        topic = Topics(self._filters.prefix, site).resync
        self._send(Message(topic, request.to_json().encode()))

    def _say(self, line: Line) -> None:
        if line.connected == self.line.connected and line.trouble == self.line.trouble:
            return
        if line.connected:
            _log.info("reading %s on %s", self._filters.alerts, self._settings.address)
        else:
            _log.warning("%s; trying again", line.trouble)
        since = line.since if line.connected != self.line.connected else self.line.since
        self.line = Line(line.connected, since, line.trouble)
        self._news.broker(self.line.view())
