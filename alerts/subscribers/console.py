"""The console: alerts as lines, for a person or for a program, as they come from the broker."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable
from datetime import datetime

from rich.text import Text

from alerts.backoff import Backoff
from alerts.broker import BrokerSettings
from alerts.errors import SinkLost
from alerts.event import Event
from alerts.inbox import MqttInbox, Received
from alerts.schema import NotByContract, read
from alerts.standing import UNTAKEN, EventState
from alerts.subscribers.seen import Seen
from alerts.subscribers.unknown import UnknownAlert, unknown_alert, unknown_health
from alerts.topics import Filters

_WAIT_S = 0.5
_OVER = ("resolved", "false_alarm")
_COLOURS = {"opened": "bold red", "updated": "yellow", "closed": "green"}

_log = logging.getLogger(__name__)


def event_line(event: Event) -> Text:
    """One event for a person: local time, camera, label, phase, score, how long since it began."""
    line = Text(f"{clock(event.detected_at)}  ")
    if event.drill:
        line.append("DRILL  ", "magenta")
    where = event.camera if event.zone is None else f"{event.camera}, {event.zone}"
    line.append(f"{_plain(event.site)} / {_plain(where)}  ", "bold")
    line.append(f"{event.label} {event.phase}", _COLOURS[event.phase])
    line.append(f"  score {event.score:.2f}")
    after_s = (event.detected_at - event.occurred_at).total_seconds()
    line.append(f"  {after_s:.1f} s after it began")
    for flag, word in (
        (event.replayed, "sent again on request"),
        (not event.durable, "from memory: the device's disk refuses"),
    ):
        if flag:
            line.append(f"  ({word})", "yellow")
    line.append(f"  {event.event_id} #{event.seq}", "dim")
    return line


def state_line(state: EventState) -> Text:
    """How an event stands for a person: since when, where, who took it, what was said about it."""
    line = Text(f"{clock(state.at)}  ")
    where = state.camera if state.zone is None else f"{state.camera}, {state.zone}"
    line.append(f"{_plain(state.site)} / {_plain(where)}  ", "bold")
    standing = state.standing.replace("_", " ")
    line.append(f"{state.label} {standing}", "bold red" if state.standing in UNTAKEN else "green")
    if state.by is not None:
        line.append(f" by {_plain(state.by)}")
    if state.standing == "escalated":
        line.append(f", step {state.step}")
    if state.note:
        line.append(f"  {_plain(state.note)}")
    line.append(f"  {state.event_id} v{state.version}", "dim")
    return line


def _plain(text: str) -> str:
    """Without what would command the terminal: anybody on the broker may have written it."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def clock(moment: datetime) -> str:
    """Local time of day, as a person in the room would read it."""
    with contextlib.suppress(OverflowError):  # of the first or the last year there is
        moment = moment.astimezone()
    return moment.strftime("%H:%M:%S")


class Console:
    """Turns what arrives into lines. `write` gets a line for a person, `write_json` one of JSON.

    With `as_json` only events are given, and only as JSON; else also availability, health, and
    who took which event.
    """

    def __init__(
        self, write: Callable[[Text], None], write_json: Callable[[str], None], *, as_json: bool
    ) -> None:
        self._write = write
        self._write_json = write_json
        self._as_json = as_json
        self._seen = Seen()

    def topics(self, filters: Filters) -> list[str]:
        """What to subscribe to."""
        if self._as_json:
            return [filters.alerts]
        return [filters.availability, filters.health, filters.states, filters.alerts]

    def show(self, received: Received) -> None:
        """One line, unless it is a copy. What is no message of ours is said, never raised."""
        try:
            if "/alerts/" in received.topic:
                self._show_alert(received)
            elif received.topic.endswith("/health"):
                self._show_health(received)
            elif received.topic.endswith("/state"):
                self._show_state(received)
            elif received.topic.endswith("/availability"):
                self._show_availability(received)
        except NotByContract as error:
            _log.warning("not by the contract, on %s: %s", received.topic, error)

    def _show_alert(self, received: Received) -> None:
        try:
            event = Event.from_json(received.payload)
        except NotByContract as error:
            unknown = unknown_alert(received.topic, received.payload)
            if unknown is None:
                raise
            self._show_unknown(unknown, error)
        else:
            self._show_event(event)

    def _show_unknown(self, alert: UnknownAlert, error: NotByContract) -> None:
        """A newer device knows incidents and phases that we do not: somebody may need help."""
        if alert.key is not None and not self._seen.is_new_key(alert.key):
            return
        if self._as_json:
            self._write_json(alert.text)
            return
        line = Text("          ")
        line.append("ALERT of an unknown kind  ", "bold red")
        line.append(_plain(alert.words), "bold")
        line.append(f"  (update floorwatch; {_plain(str(error))})", "dim")
        self._write(line)

    def _show_event(self, event: Event) -> None:
        if not self._seen.is_new(event):
            return
        if self._as_json:
            self._write_json(event.to_json())
        else:
            self._write(event_line(event))

    def _show_health(self, received: Received) -> None:
        if not received.payload:
            return  # how a camera that is no longer watched is taken off the broker
        try:
            health = read("health", received.payload)
        except NotByContract:
            unknown = unknown_health(received.topic, received.payload)
            if unknown is None:
                raise
            self._write(Text(f"          {_plain(unknown)}", "red"))
            return
        line = Text(
            f"{health['since'][11:19]}Z {_plain(health['site'])} / {_plain(health['camera'])}  "
        )
        fine = health["reason"] == "ok"
        line.append(
            "sees" if fine else f"cannot see: {health['reason']}", "green" if fine else "red"
        )
        if health["detail"]:
            line.append(f"  {_plain(health['detail'])}")
        self._write(line)

    def _show_state(self, received: Received) -> None:
        if not received.payload:
            return  # how an old event is taken off the broker
        state = EventState.from_json(received.payload)
        if not (received.retain and state.standing in _OVER):  # at the start: what is still open
            self._write(state_line(state))

    def _show_availability(self, received: Received) -> None:
        site = _plain(received.topic.split("/")[-2])
        word = _plain(received.payload.decode("utf-8", "replace")[:20])
        self._write(Text(f"          {site} is {word}", "green" if word == "online" else "red"))


def watch(
    settings: BrokerSettings, filters: Filters, console: Console, stop: threading.Event
) -> None:
    """Shows what arrives until `stop`; connects again by itself, and tells on standard error.

    Raises `UserError` if the broker does not let us read the topics.
    """
    backoff = Backoff()
    told = ""
    while not stop.is_set():
        try:
            with MqttInbox(settings, console.topics(filters)) as inbox:
                _log.info("watching %s on %s", filters.alerts, settings.address)
                told = ""
                backoff.reset()
                while not stop.is_set():
                    received = inbox.get(_WAIT_S)
                    if received is not None:
                        console.show(received)
        except SinkLost as lost:
            if str(lost) != told:
                _log.warning("%s; trying again", lost)
                told = str(lost)
            stop.wait(backoff.next_s())
