"""Setting aside what the rules cannot handle: a row that cannot be read, a bug of ours.

A desk that ended at it would find it again at its next start, and call nobody any more for anything
else. So it is set aside, counted and logged with its traceback, and people are told plainly that
nobody looks after it; `floorwatch desk --check` fails until somebody has looked.
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3

from alerts.addressed import Address, addressed
from alerts.desk import book, inputs, wiring
from alerts.desk.book import PlannedPage
from alerts.desk.deeds import Deeds
from alerts.desk.inputs import Heard
from alerts.desk.record import Moment
from alerts.desk.schema import DeskConfig
from alerts.paging import Page

_log = logging.getLogger(__name__)


class Quarantine:
    """Where it goes. All methods are called inside a transaction of the holder."""

    def __init__(self, config: DeskConfig, deeds: Deeds) -> None:
        self._config = config
        self._deeds = deeds

    def message(self, db: sqlite3.Connection, heard: Heard, bug: Exception, now: Moment) -> None:
        """A message that could not be acted on."""
        address = addressed(self._config.broker.prefix, heard.topic)
        inputs.set_aside(db, heard)
        self._tell(db, heard.event_id or heard.key, address, bug, now)

    def life(self, db: sqlite3.Connection, event_id: str, bug: Exception, now: Moment) -> None:
        """An event for which nothing can be done any more when its time comes."""
        site, camera, label = book.set_aside(db, event_id)
        address = Address("state", site, camera=camera or "", label=label or "", event_id=event_id)
        self._tell(db, event_id, address, bug, now)

    def _tell(
        self,
        db: sqlite3.Connection,
        what: str,
        address: Address | None,
        bug: Exception,
        now: Moment,
    ) -> None:
        self._deeds.add("set_aside")
        _log.error("%.200s could not be handled and is set aside", what, exc_info=bug)
        site = address.site if address is not None else "site"
        camera = address.camera if address is not None else ""
        where = " / ".join(part for part in (site, camera) if part)
        # What it is called may be what is wrong with it.
        name = f"aside-{hashlib.sha256(what.encode('utf-8', 'replace')).hexdigest()[:16]}"
        recipients = dict.fromkeys(
            to for step in wiring.dead_man_plan(self._config).steps for to in step.to
        )
        pages = [
            Page(
                page_id=f"{name}-{number}",
                event_id=name,
                step=0,
                recipient=recipient,
                subject=f"COULD NOT BE HANDLED, {where}"[:200],
                text="The desk has a fault, and could not handle an event. Nobody is called for it "
                f"any more: look there yourself.\nWhere: {where}\nWhat: {what[:200]}",
                at=now.at,
                site=site,
                camera=camera or None,
                label=None,
                zone=None,
            )
            for number, recipient in enumerate(recipients, 1)
        ]
        book.plan_pages(db, [PlannedPage(page, 1, "step") for page in pages], now.s)
