"""Answering from a console: one command to the desk, and what the desk made of it."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field, replace

from alerts import moments
from alerts.answers import Action, Command
from alerts.broker import BrokerSettings
from alerts.errors import SinkLost, UserError
from alerts.inbox import MqttInbox, Received
from alerts.mqtt import MqttSink
from alerts.ports import Message
from alerts.schema import NotByContract
from alerts.standing import UNTAKEN, EventState, Standing
from alerts.topics import Filters, Topics

LATEST = "latest"
_QUIET_S = 0.5  # without a word: all that the broker had kept is here
_GATHER_S_MAX = 10.0
_LISTED_MAX = 10
_WANTED: dict[Action, Standing] = {
    "acknowledge": "acknowledged",
    "resolve": "resolved",
    "false_alarm": "false_alarm",
}


@dataclass(frozen=True)
class Asked:
    """What is to be said: of which event (its id, or `latest`), and who says it."""

    event: str
    action: Action
    who: str
    note: str = ""


@dataclass
class _Known:
    """What the broker keeps: how events stand, and at which sites a desk is online."""

    states: dict[str, EventState] = field(default_factory=dict)
    online: set[str] = field(default_factory=set)

    def take(self, received: Received) -> None:
        """One message more; what is none of ours is left out."""
        *_, site, place, ident, _ = ["", "", "", "", *received.topic.split("/")]
        if received.topic.endswith("/desk/availability"):
            site = received.topic.split("/")[-3]
            (self.online.add if received.payload == b"online" else self.online.discard)(site)
        elif place == "events" and not received.payload:
            self.states.pop(ident, None)
        elif place == "events":
            try:
                state = EventState.from_json(received.payload)
            except NotByContract:
                return
            known = self.states.get(state.event_id)
            if state.site == site and (known is None or known.version < state.version):
                self.states[state.event_id] = state


def answer(
    settings: BrokerSettings, filters: Filters, asked: Asked, timeout_s: float = 10.0
) -> EventState:
    """How the event stands once the desk has heard it; at once if it stands so already.

    Raises `UserError` in one line or a few: no desk, no such event, several of them, no answer
    within `timeout_s`, a broker that is away or refuses.
    """
    try:
        with MqttInbox(settings, [filters.states, filters.desk_availability]) as inbox:
            known = _gathered(inbox)
            state = _chosen(known, asked)
            if state.site not in known.online:
                raise UserError(
                    f"no desk is online at site {state.site}: start `floorwatch desk` there, "
                    "then answer again"
                )
            if state.standing == _WANTED[asked.action]:
                return state
            _send(settings, filters.prefix, state, asked)
            return _answered(inbox, known, state, asked, timeout_s)
    except SinkLost as lost:
        raise UserError(str(lost)) from lost


def _gathered(inbox: MqttInbox) -> _Known:
    known, until_s = _Known(), time.monotonic() + _GATHER_S_MAX
    while time.monotonic() < until_s:
        received = inbox.get(_QUIET_S)
        if received is None:
            break
        known.take(received)
    return known


def _chosen(known: _Known, asked: Asked) -> EventState:
    if not known.online:
        raise UserError("no desk is online: start `floorwatch desk`, then answer again")
    if asked.event != LATEST:
        state = known.states.get(asked.event)
        if state is None:
            raise UserError(
                f"no desk keeps an event {asked.event[:80]!r}: `floorwatch watch` shows the ids, "
                "and `latest` is the one that is open"
            )
        return state
    wanted = UNTAKEN if asked.action == "acknowledge" else (*UNTAKEN, "acknowledged")
    found = [state for state in known.states.values() if state.standing in wanted]
    if not found:
        raise UserError("no event waits for that answer")
    if len(found) > 1:
        found.sort(key=lambda state: state.opened_at, reverse=True)
        lines = [f"{len(found)} events wait: name one of them instead of {LATEST}"]
        lines += [
            f"{one.event_id}  {one.label} {one.standing}, {one.site} / {one.camera}, "
            f"since {moments.to_text(one.opened_at)}"
            for one in found[:_LISTED_MAX]
        ]
        raise UserError("\n".join(lines))
    return found[0]


def _send(settings: BrokerSettings, prefix: str, state: EventState, asked: Asked) -> None:
    command = Command(
        secrets.token_hex(16), asked.action, asked.who, moments.now(), asked.note, "console"
    )
    try:
        payload = command.to_json().encode()
    except NotByContract as error:
        raise UserError(f"the answer cannot be sent: {error}") from error
    sender = replace(settings, client_id=f"{settings.client_id}-send", session_expiry_s=0)
    topic = Topics(prefix, state.site).event_command(state.event_id)
    with MqttSink(sender) as sink:
        if not sink.send(Message(topic, payload)).matched:
            raise UserError(
                f"nobody listens to {topic}: the desk is away, or the broker's ACL does not let it"
            )


def _answered(
    inbox: MqttInbox, known: _Known, before: EventState, asked: Asked, timeout_s: float
) -> EventState:
    until_s = time.monotonic() + timeout_s
    while (left_s := until_s - time.monotonic()) > 0:
        received = inbox.get(left_s)
        if received is not None:
            known.take(received)
        now = known.states.get(before.event_id, before)
        if now.version > before.version and now.standing == _WANTED[asked.action]:
            return now
    now = known.states.get(before.event_id, before)
    by = f" by {now.by}" if now.by else ""
    raise UserError(
        f"the desk did not say so within {timeout_s:g} s: the event stands as {now.standing}{by}; "
        "look at the desk's log, and answer again"
    )
