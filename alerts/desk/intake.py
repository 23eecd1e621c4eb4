"""Intake: what arrives from the broker, on disk before the broker is told that we have it.

Every desk takes everything in, whether it acts or stands by. The ledger remembers what was told;
phases and answers are written down once more, for the rules to act on.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from alerts import moments
from alerts.addressed import Address, addressed
from alerts.answers import Command
from alerts.backoff import Backoff
from alerts.broker import BrokerSettings
from alerts.desk import inputs, telling
from alerts.desk.deeds import Bell, Deeds, Pulse
from alerts.desk.desk_file import DeskFile
from alerts.desk.namesake import Namesake
from alerts.errors import DiskRefused, SinkLost, UserError
from alerts.event import Event
from alerts.inbox import MqttInbox, Received
from alerts.ledger import Ledger
from alerts.schema import NotByContract
from alerts.standing import EventState
from alerts.talker import OFFLINE
from alerts.topics import Filters

RECALL_TOPIC = "desk/recall"  # a state of ours, of a book that was lost
_WAIT_S = 0.2
# Messages that have arrived are written to the disk in one go. No more are under way at a time: a
# broker that saves all it has at each receipt reads ours one by one, and a ping waits behind them.
_TOGETHER = 20
_DISK_AGAIN_S = 1.0
_REFUSED_AGAIN_S = 60.0
_LEDGER_WAITS_S = 10.0  # that an alert waits for a ledger that cannot be written
_SILENT_S = 180.0  # a device tells its status every 30 s
_TOLD_MAX = 1000  # sites
_OF_DEVICES = frozenset({"availability", "status", "health", "alert", "snapshot", "clip"})

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Contradiction:
    """Somebody said what only the desk may say: that no desk is there (no `event_id`), or how an
    event stands."""

    site: str
    event_id: str | None


@dataclass(frozen=True)
class _Put:
    """To be acted on."""

    key: str
    event_id: str | None
    topic: str
    payload: bytes


def topics(prefix: str, sites: Sequence[str]) -> list[str]:
    """What a desk for these sites (none: for all) subscribes to."""
    found: list[str] = []
    for site in sites or ("+",):
        every = Filters(prefix, site)
        found += [
            every.availability, every.status, every.health, every.desk_availability, every.states,
            every.snapshots, every.plains, every.clips, every.commands, every.camera_commands,
            every.alerts,
        ]  # fmt: skip
    return found


class Intake:
    """Takes in what arrives; `run` is the body of its thread. `decided` is rung for the rules,
    `contradicted` is told what others said in the desk's name."""

    def __init__(
        self,
        settings: BrokerSettings,
        prefix: str,
        sites: Sequence[str],
        *,
        ledger: Ledger,
        file: DeskFile,
        name: str,
        decided: Bell,
        contradicted: Callable[[Contradiction], None],
        deeds: Deeds,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = replace(settings, receive_maximum=_TOGETHER)
        self._prefix = prefix
        self._sites = sites
        self._topics = topics(prefix, sites)
        self._ledger = ledger
        self._file = file
        self._name = name
        self._decided = decided
        self._contradicted = contradicted
        self._deeds = deeds
        self._ticks = ticks
        self.pulse = Pulse()
        self._ledger_refused_s: float | None = None  # since when
        self._ledger_again_s = 0.0
        self._began = False
        filters = Filters(prefix, "+")
        self._namesake = Namesake(settings, name, filters, file.path.parent, ticks)
        self._connected_s = 0.0
        self._told_s: dict[str, float] = {}  # site → when its device last said anything
        self.connection = 0  # the number of this connection; 0 while there is none
        self.known: dict[str, str] = {}  # site → its newest event before this connection

    def run(self, stop: threading.Event) -> None:
        """Until `stop`; connects again by itself. Raises `UserError` where the broker forbids to
        read, at the first time, and where another desk of this name is there."""
        backoff = Backoff()
        number = 0
        self._namesake.look_first(stop)
        while not stop.is_set():
            self.pulse.beat()
            try:
                self._look_back()
                with self._inbox() as inbox:
                    number += 1
                    self._connected_s = self._ticks()
                    self.connection, self._began = number, True
                    backoff.reset()
                    _log.info("listening at %s", self._settings.address)
                    while not stop.is_set():
                        self.pulse.beat()
                        received = inbox.get_many(_TOGETHER, _WAIT_S)
                        if received:
                            self._take_in(received, stop)
            except SinkLost as lost:
                self._namesake.lost(self._ticks() - self._connected_s if self.connection else 0.0)
                self._deeds.add("intake_lost")
                self._deeds.tell(f"nothing is heard: {lost}")
                self.connection = 0
                stop.wait(backoff.next_s())
            except UserError as refused:
                if not self._began:
                    raise
                self._deeds.tell(f"nothing is heard: {refused}")
                self.connection = 0
                stop.wait(_REFUSED_AGAIN_S)

    def silent(self, site: str) -> bool:
        """Whether its device has said nothing for much longer than it should, while we listened.
        A broker that ends in the same power cut as a device never says `offline` for it."""
        since_s = max(self._connected_s, self._told_s.get(site, 0.0))
        return bool(self.connection) and self._ticks() - since_s > _SILENT_S

    def _inbox(self) -> MqttInbox:
        """The states of all events stand at the broker: asked for again at each connection, a new
        alert would wait behind them. A ledger that knows nothing needs them."""
        try:
            knows = bool(self._ledger.sites())
        except DiskRefused:
            knows = False
        states = [Filters(self._prefix, site).states for site in self._sites or ("+",)]
        once = states if knows else ()
        return MqttInbox(self._settings, self._topics, forget=False, once=once)

    def _look_back(self) -> None:
        """What was known before anything new arrives: after that a gap would be hidden by it."""
        try:
            self.known = dict(
                self._file.rows(
                    "SELECT site, max(opened_at) FROM life WHERE label IS NOT NULL GROUP BY site"
                )
            )
        except DiskRefused as refused:
            self._deeds.tell(str(refused))

    def _take_in(self, received: Sequence[Received], stop: threading.Event) -> None:
        """On disk when it returns. Where the disk refuses the broker has to wait."""
        while True:
            self.pulse.beat()
            try:
                self.take(received)
            except DiskRefused as refused:
                self._deeds.add("disk_refused")
                self._deeds.tell(
                    f"the disk refuses what arrives, it waits at the broker: {refused}"
                )
                if stop.wait(_DISK_AGAIN_S):
                    raise SinkLost("stopped while the disk refused") from refused
            else:
                return

    def take(self, received: Sequence[Received]) -> None:
        """Some messages, whatever they are. Raises `DiskRefused`: then all are to be taken again.
        What is to be acted on comes first, how events stand waits for nothing."""
        inputs_in = [one for message in received for one in self._read(message)]
        self._put(inputs_in)
        self._tell_ledger(received)

    def _tell_ledger(self, received: Sequence[Received]) -> None:
        """It remembers what alerts do not hang on: where it alone refuses, as when another program
        keeps it locked, the next alert does not wait for that."""
        now_s = self._ticks()
        if now_s >= self._ledger_again_s:
            try:
                self._ledger.take_many(received)
            except DiskRefused as refused:
                since_s = now_s if self._ledger_refused_s is None else self._ledger_refused_s
                self._ledger_refused_s = since_s
                if now_s - since_s < _LEDGER_WAITS_S:
                    raise
                self._ledger_again_s = now_s + _LEDGER_WAITS_S
                self._deeds.tell(f"alerts go on without the ledger: {refused}")
            else:
                self._ledger_refused_s = None
                return
        self._deeds.add("ledger_left_out", len(received))

    def _read(self, received: Received) -> list[_Put]:
        """What of it the rules have to act on: one thing or nothing."""
        address = addressed(self._prefix, received.topic)
        if address is None:
            return []
        known = address.site in self._told_s or len(self._told_s) < _TOLD_MAX
        if known and address.place in _OF_DEVICES:
            self._told_s[address.site] = self._ticks()
        try:
            return self._read_by_place(address, received)
        except NotByContract:
            self._deeds.add("not_by_contract")  # the ledger has told it
            return []

    def _read_by_place(self, address: Address, received: Received) -> list[_Put]:
        payload, found = received.payload, list[_Put]()
        if address.place == "alert":
            event = Event.from_json(payload)
            key = f"event:{address.site}/{event.event_id}/{event.seq}"
            found.append(_Put(key, event.event_id, received.topic, payload))
        elif address.place in {"command", "camera_command"}:
            command = Command.from_payload(received.topic, payload, moments.now())
            key, text = command_key(address, command), command.to_json()
            found.append(_Put(key, address.event_id or None, received.topic, text.encode()))
        elif address.place == "state" and payload:
            return self._hear_state(address, payload)
        elif address.place == "desk" and payload == OFFLINE:
            self._contradicted(Contradiction(address.site, None))
        if found and received.retain:
            # Who comes late must not call anybody for what is long over.
            self._deeds.add("retained_ignored")
            return []
        return found

    def _put(self, several: Sequence[_Put]) -> None:
        if not several:
            return
        with self._file.writing() as db:
            put_at = time.time()
            new = sum(
                inputs.put(db, one.key, one.event_id, one.topic, one.payload, put_at=put_at)
                for one in several
            )
        self._deeds.add("taken_in", new)
        self._deeds.add("copies", len(several) - new)
        if new:
            self._decided.ring()

    def _hear_state(self, address: Address, payload: bytes) -> list[_Put]:
        """Our own come back to us: most of what is heard, and known by its bytes."""
        if telling.is_ours(self._file, address.event_id, payload):
            return []
        state = EventState.from_json(payload)
        if telling.is_former(self._file, state, self._name):
            key = f"recall:{address.site}/{state.event_id}/{state.version}"
            return [_Put(key, state.event_id, RECALL_TOPIC, payload)]
        if telling.is_foreign(self._file, state, self._name):
            self._contradicted(Contradiction(address.site, state.event_id))
        return []


def command_key(address: Address, command: Command) -> str:
    """The same for every copy of an answer: topics may hold whatever an id does not."""
    place = f"{address.site}/{address.event_id}/{address.camera}"
    digest = hashlib.sha256(place.encode()).hexdigest()[:16]
    return f"command:{digest}:{command.command_id}"
