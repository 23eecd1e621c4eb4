"""The desk's turn of the wheel, by the one that acts: decide, look after cameras, ask for what was
missed, tidy up, say how it is going."""

from __future__ import annotations

import logging
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from alerts import moments
from alerts.answers import Command
from alerts.desk import book, inputs, once, telling, wiring, wording
from alerts.desk import going as ways
from alerts.desk.deadman import Blind, DeadMan, Unit, troubles
from alerts.desk.deciding import Decider
from alerts.desk.deeds import Bell, Deeds, Pulse
from alerts.desk.intake import Intake
from alerts.desk.lease import Lease, LeaseLost
from alerts.desk.record import EventLife, Moment, Seen, Subject
from alerts.desk.schema import DeskConfig
from alerts.desk.sender import give_up
from alerts.desk.voice import NotSaid
from alerts.desk.voices import Voices
from alerts.errors import DiskRefused
from alerts.ledger import Ledger
from alerts.ports import Message
from alerts.resyncing import Resync
from alerts.standing import EventState
from alerts.status import DeskStatus
from alerts.topics import Topics

_IDLE_S = 0.2
_LOOK_S = 1.0
_STATUS_S = 30.0
_TIDY_S = 60.0
_CLEAR_BATCH = 100
_DISK_AGAIN_S = 1.0
_OVERLAP = timedelta(seconds=60)  # what the device may have decided just before what we know
_BROKER = "(broker)"  # no site of anybody's is called so

_log = logging.getLogger(__name__)


class Wheel:
    """Turned by one thread, `run`. `ring` is called when there may be something to send."""

    def __init__(
        self,
        config: DeskConfig,
        lease: Lease,
        ledger: Ledger,
        voices: Voices,
        deeds: Deeds,
        *,
        bell: Bell,
        ring: Callable[[], None],
        intake: Intake,
    ) -> None:
        self._config = config
        self._lease = lease
        self._ledger = ledger
        self._voices = voices
        self._deeds = deeds
        self._bell = bell
        self._ring = ring
        self._intake = intake
        self._troubled: set[str] = set()  # sites in trouble as a whole
        self._decider = Decider(
            config, deeds, recall=self._recall, troubled=lambda site: site in self._troubled
        )
        self._dead_man = DeadMan(config.dead_man)
        self._plan = wiring.dead_man_plan(config)
        self.pulse = Pulse()
        self._acting = False
        self._asked: tuple[int, set[str]] = (0, set())
        self._next_s = dict.fromkeys(("look", "status", "tidy"), 0.0)

    def run(self, stop: threading.Event) -> None:
        """Until `stop`, whenever this desk acts."""
        while not stop.is_set():
            self.pulse.beat()
            try:
                worked = self._turn() if self._lease.good() else self._stand_by()
            except LeaseLost:
                worked = self._stand_by()
            except DiskRefused as refused:
                self._deeds.tell(f"nothing can be decided: {refused}")
                stop.wait(_DISK_AGAIN_S)
                continue
            if not worked:
                self._bell.wait(_IDLE_S)

    def _stand_by(self) -> bool:
        self._acting = False
        return False

    def _turn(self) -> bool:
        if not self._acting:
            self._begin()
        worked = self._decide()
        if self._due("look", _LOOK_S):
            self._ask_for_what_was_missed()
            if self._config.dead_man.enabled:
                worked = self._look() or worked
        if self._due("tidy", _TIDY_S):
            self._tidy()
        if self._due("status", _STATUS_S):
            self._say_how_it_goes()
        if worked:
            self._speak_up()
            self._ring()
        return worked

    def _speak_up(self) -> None:
        """A voice for every site of which something is to be told."""
        for (site,) in self._lease.file.rows("SELECT DISTINCT site FROM state WHERE told = 0"):
            try:
                self._voices.of(site)
            except NotSaid as error:
                self._deeds.tell(str(error))

    def _due(self, what: str, every_s: float) -> bool:
        now_s = time.monotonic()
        if now_s < self._next_s[what]:
            return False
        self._next_s[what] = now_s + every_s
        return True

    def _begin(self) -> None:
        with self._lease.writing() as db:
            blind = [(life.subject.site, life.subject.camera) for life in book.blind(db)]
        self._dead_man.remember(blind)
        self._asked = (0, set())
        self._next_s = dict.fromkeys(self._next_s, 0.0)
        self._speak_up()
        self._acting = True

    def _recall(self, event_id: str, site: str) -> tuple[EventState | None, list[str]]:
        """What the ledger remembers of an event; nothing where it cannot be read: an alert does
        not wait for that."""
        try:
            row = self._ledger.event(event_id, site)
            if row is None or row.state is None or row.cleared:
                return None, []
            said = self._ledger.story(row)
        except DiskRefused as refused:
            self._deeds.tell(str(refused))
            return None, []
        return row.state, [one.command_id for one in said if isinstance(one, Command)]

    def _decide(self) -> bool:
        now_s = self._lease.clock.now_s()
        # Asked without writing first: it is asked often.
        if not self._lease.file.rows(
            "SELECT 1 FROM input WHERE state = 'new' UNION ALL"
            " SELECT 1 FROM life WHERE due_s <= ? LIMIT 1", now_s,
        ):  # fmt: skip
            return False
        with self._lease.writing() as db:
            return self._decider.act(db, now_s) > 0

    def _look(self) -> bool:
        """After cameras and devices, while we can hear of them at all; and after the broker."""
        found: dict[Unit, str] = {}
        found[_BROKER, None] = "" if self._intake.connection else "the broker cannot be reached"
        if self._intake.connection:
            config = self._config
            sites = [one for one in self._ledger.sites() if _wanted(one.site, config.sites)]
            cameras = [one for one in self._ledger.cameras() if _wanted(one.site, config.sites)]
            found |= troubles(config.dead_man, sites, cameras, config.sites, self._intake.silent)
            self._troubled = {site for (site, camera), why in found.items() if why and not camera}
            found = once.left(self._lease.file, found)
        done = self._dead_man.look(found, self._lease.clock.now_s())
        if not done:
            return False
        with self._lease.writing() as db:
            now = Moment(self._lease.clock.now_s(), moments.now())
            lives = {(one.subject.site, one.subject.camera): one for one in book.blind(db)}
            for one in done:
                life = lives.get(one.unit)
                if isinstance(one, Blind) and life is None:
                    self._decider.apply(db, self._blind(one, now), Seen(0, "opened", 0.0), now)
                elif not isinstance(one, Blind) and life is not None:
                    self._decider.apply(db, life, Seen(life.seq + 1, "closed", 0.0), now)
        return True

    def _blind(self, blind: Blind, now: Moment) -> EventLife:
        site, camera = blind.unit
        event_id = wording.blind_id(site, camera, now.at)
        _log.warning("site=%s camera=%s blind: %s", site, camera or "-", blind.words)
        self._deeds.add("blind")
        subject = Subject(event_id, site, camera, None, None, now.at, words=blind.words)
        return EventLife(subject, self._plan)

    def _ask_for_what_was_missed(self) -> None:
        number = self._intake.connection
        if not number or not self._config.resync.enabled:
            return
        if self._asked[0] != number:
            self._asked = (number, set())
        for site in self._sites() - self._asked[1]:
            self._asked[1].add(site)
            request = Resync(secrets.token_hex(8), self._since(site), self._config.desk)
            topic = Topics(self._config.broker.prefix, site).resync
            self._mention(site, Message(topic, request.to_json().encode()))
            self._deeds.add("resyncs_asked")

    def _sites(self) -> set[str]:
        known = {one.site for one in self._ledger.sites()} | set(self._config.sites)
        known |= set(self._intake.known)
        return {site for site in known if _wanted(site, self._config.sites)}

    def _since(self, site: str) -> datetime:
        earliest = moments.now() - timedelta(hours=self._config.resync.hours_max)
        known = self._intake.known.get(site)
        # All that somebody would still be called for is asked for, whatever is known of later: who
        # ended before a resync was answered has heard of later events, and not of those.
        young = moments.now() - timedelta(seconds=self._config.pages.max_age_s)
        newest = earliest if known is None else min(moments.from_text(known) - _OVERLAP, young)
        return max(newest, earliest)

    def _tidy(self) -> None:
        before_s = self._lease.clock.now_s() - self._config.state.states_days * 86_400.0
        with self._lease.writing() as db:
            lost = inputs.forget(db, time.time())
            book.clear_old(db, before_s, _CLEAR_BATCH)
            self._give_up_strangers(db)
        self._deeds.add("answers_to_nothing", lost)
        self._ledger.sweep(moments.now())

    def _give_up_strangers(self, db: sqlite3.Connection) -> None:
        """Pages for recipients that are no longer in the file."""
        rows = db.execute("SELECT DISTINCT recipient FROM page WHERE state = 'planned'").fetchall()
        for (name,) in rows:
            while name not in self._config.recipients:
                going = ways.claim(db, name, float("inf"))
                if going is None:
                    break
                give_up(db, going, "no longer in the desk's file")
                self._deeds.add("pages_failed")

    def _say_how_it_goes(self) -> None:
        with self._lease.writing() as db:
            pages = ways.counts(db)
        counters = self._deeds.counts() | self._dropped()
        for site in self._sites():
            told = DeskStatus(site, self._config.desk, moments.now(), pages, counters)
            topic = Topics(self._config.broker.prefix, site).desk_status
            self._mention(site, Message(topic, told.to_json().encode(), retain=True))

    def _dropped(self) -> dict[str, int]:
        return {f"dropped_{reason}": count for reason, count in self._ledger.dropped.items()}

    def _mention(self, site: str, message: Message) -> None:
        try:
            self._voices.of(site).mention(message)
        except NotSaid as error:
            self._deeds.tell(str(error))


def taken(db: sqlite3.Connection) -> None:
    """For a desk that begins to act, within the transaction in which it takes the lease."""
    again = ways.begin_again(db)
    telling.tell_again(db)
    if again:
        _log.warning("%d pages were going out when the desk before ended: sent again", again)


def _wanted(site: str, sites: Collection[str]) -> bool:
    return not sites or site in sites
