"""A desk, or two, as the campaign troubles them: a broker, somebody to tell, events to tell of."""

from __future__ import annotations

import json
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from alerts import moments
from alerts.carrying import CarryingThread
from alerts.errors import SinkLost
from alerts.event import Event, event_id
from alerts.inbox import MqttInbox
from alerts.mqtt import MqttSink
from alerts.ports import Message
from alerts.topics import Topics
from tests.alerts.samples import an_event
from tests.campaign.row import Findings, Lab
from tests.support.desks import DeskProcess, desk_file
from tests.support.mosquitto import Mosquitto, free_port
from tests.support.receiver import Receiver
from tests.support.until import until

SHIPPED = Path(__file__).parents[2] / "configs" / "mosquitto.conf"
TOPICS = Topics("floorwatch", "site")
_KEEP = "autosave_on_changes true\nautosave_interval 1\nmax_queued_messages 0\n"


@dataclass
class Dispatch:
    """What a row works with. `said` are the ordinals of the events that the broker took."""

    broker: Mosquitto
    receiver: Receiver
    desks: list[DeskProcess]
    findings: Findings = field(default_factory=Findings)
    said: list[int] = field(default_factory=list)
    began: datetime = field(default_factory=moments.now)

    def event(self, ordinal: int) -> Event:
        """The event of that ordinal; all began as the row did."""
        made = event_id("site", "hall", "collapse", "floor", ordinal, self.began)
        return an_event(event_id=made, occurred_at=self.began, detected_at=self.began)

    def say(self, count: int) -> None:
        """So many new events, each until the broker has it."""
        for ordinal in range(len(self.said), len(self.said) + count):
            message = message_of(self.event(ordinal))
            until(partial(self._sent, message), "the broker takes an event", 60)
            self.said.append(ordinal)

    def _sent(self, message: Message) -> bool:
        try:
            with MqttSink(self.broker.settings("device")) as sink:
                sink.send(message)
        except SinkLost:
            time.sleep(0.1)
            return False
        return True

    def told(self) -> list[tuple[str, bool]]:
        """(page_id, marked as a repeat) in the order in which they came."""
        found = [json.loads(one.body)["data"] for one in list(self.receiver.taken)]
        return [(page["page_id"], page["repeat"]) for page in found]

    def all_told(self, steps: int = 1) -> bool:
        """Whether somebody was told of every event, in every step."""
        wanted = {
            f"{self.event(one).event_id}-s{step}-1"
            for one in self.said
            for step in range(1, steps + 1)
        }
        return wanted <= {page_id for page_id, _ in self.told()}

    def balance(self, steps: int = 1) -> None:
        """The goals of every row: nobody untold, every repeat marked."""
        until(lambda: self.all_told(steps), "every event is told", 120)
        told = self.told()
        unmarked = Counter(page_id for page_id, repeat in told if not repeat)
        unknown = sum(count - 1 for count in unmarked.values())
        marked = sum(repeat for _, repeat in told)
        pages = len({page_id for page_id, _ in told})
        self.findings.goal("events told", f"{len(self.said)}, {pages} pages", True)
        self.findings.goal("repeats that are not marked", str(unknown), unknown == 0)
        self.findings.notes.append(f"{marked} repeats, all of them marked")


def message_of(event: Event) -> Message:
    """As a device publishes it."""
    return Message(TOPICS.alert(event.camera, event.label), event.to_json().encode())


@contextmanager
def answering(at: Dispatch) -> Iterator[None]:
    """As long as this lasts the device tells again what it told, whenever a desk asks: a broker
    that is killed in the moment between its receipt and its disk forgets what it took."""
    stop = threading.Event()
    thread = CarryingThread(lambda: _answer(at, stop), "device")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(20)
    thread.raise_error()


def _answer(at: Dispatch, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            settings = at.broker.settings("device-ear")
            with MqttInbox(settings, [TOPICS.resync], forget=False) as inbox:
                while not stop.is_set():
                    if inbox.get(0.2) is not None:
                        _tell_again(at)
        except SinkLost:
            stop.wait(0.2)


def _tell_again(at: Dispatch) -> None:
    with MqttSink(at.broker.settings("device-again")) as sink:
        for ordinal in list(at.said):
            sink.send(message_of(replace(at.event(ordinal), replayed=True)))


def shipped(folder: Path) -> Mosquitto:
    """A broker with configs/mosquitto.conf, but for where it is and who may come in."""
    port, text = free_port(), SHIPPED.read_text("utf-8")
    for pattern, value in {
        r"^listener 8883\n.*\n.*$": f"listener {port} 127.0.0.1\nuser root",
        r"^persistence_location .*$": f"persistence_location {folder}/",
        r"^allow_anonymous false$": "allow_anonymous true",
        r"^password_file .*$": "",
        r"^acl_file .*$": "",
    }.items():
        text, count = re.subn(pattern, value, text, flags=re.MULTILINE)
        assert count == 1, pattern
    return Mosquitto(folder, config=text, port=port)


@contextmanager
def dispatch(
    lab: Lab,
    *names: str,
    environment: dict[str, str] | None = None,
    broker: Mosquitto | None = None,
    webhook: dict[str, object] | None = None,
    others: dict[str, object] | None = None,
    **more: Any,
) -> Iterator[Dispatch]:
    """Desks of these names on one folder, who tell a webhook; listening when this begins. `webhook`
    are more keys of it, `others` more recipients, `more` more keys of the desks' files."""
    with ExitStack() as stack:
        broker = broker or Mosquitto(lab.folder / "broker", persistence=True, more=_KEEP)
        stack.enter_context(broker)
        receiver = stack.enter_context(Receiver())
        floor = {"webhook": {"url": receiver.url, **(webhook or {})}}
        told = {"recipients": {"floor": floor, **(others or {})}}
        desks = []
        for name in names:
            file = desk_file(lab.folder / f"{name}.yaml", broker.port, **(told | more))
            desks.append(stack.enter_context(DeskProcess(file, environment or {})))
            desks[-1].said("listening")
        yield Dispatch(broker, receiver, desks)
