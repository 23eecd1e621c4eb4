"""One voice a site, made when the site is first heard of: each has a last will of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from alerts.broker import BrokerSettings
from alerts.carrying import CarryingThread
from alerts.desk import wiring
from alerts.desk.deeds import Bell, Deeds
from alerts.desk.lease import Lease
from alerts.desk.voice import NotSaid, Voice
from alerts.mqtt import connector
from alerts.paging import Page
from alerts.ports import Message
from alerts.shapes import EVENT_ID, matches
from alerts.talker import OFFLINE
from alerts.topics import Topics

SITES_MAX = 64


class Voices:
    """Of all sites. They speak until `stop`."""

    def __init__(
        self,
        settings: BrokerSettings,
        prefix: str,
        lease: Lease,
        deeds: Deeds,
        stop: threading.Event,
        *,
        started: Callable[[CarryingThread], None],
    ) -> None:
        self._settings = settings
        self._prefix = prefix
        self._lease = lease
        self._deeds = deeds
        self._stop = stop
        self._started = started
        self._lock = threading.Lock()
        self._voices: dict[str, Voice] = {}

    def of(self, site: str) -> Voice:
        """The voice for that site. Raises `NotSaid` where there are too many sites."""
        with self._lock:
            voice = self._voices.get(site)
            if voice is None:
                if len(self._voices) >= SITES_MAX:
                    raise NotSaid(f"more than {SITES_MAX} sites: name those to care for in `sites`",
                                  perhaps=False)  # fmt: skip
                voice = self._voices[site] = self._made(site)
            return voice

    def mention_told(self, page: Page) -> None:
        """Says that somebody was told of an event, for those who show its course. Not what they
        were told: the link in it is theirs alone."""
        if not matches(EVENT_ID, page.event_id):
            return
        plain = replace(page, text="", link=None)
        message = Message(
            Topics(self._prefix, page.site).event_page(page.event_id), plain.to_json().encode()
        )
        try:
            self.of(page.site).mention(message, page.page_id)
        except NotSaid as error:
            self._deeds.tell(str(error))

    def all(self) -> list[Voice]:
        """Those there are."""
        with self._lock:
            return list(self._voices.values())

    def _made(self, site: str) -> Voice:
        topics = Topics(self._prefix, site)
        will = Message(topics.desk_availability, OFFLINE, retain=True)
        connect = connector(wiring.speaking(self._settings, site), will)
        voice = Voice(topics, connect, self._lease, Bell(), self._deeds)
        thread = CarryingThread(lambda: voice.run(self._stop), f"say:{site}")
        thread.start()
        self._started(thread)
        return voice
