"""`floorwatch answer` against a real mosquitto, and somebody who keeps the desk's side."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from alerts.answers import Action, Command
from alerts.errors import UserError
from alerts.main import main
from alerts.mqtt import MqttInbox, MqttSink
from alerts.ports import Message
from alerts.standing import EventState, Standing
from alerts.subscribers.answer import Asked, answer
from alerts.topics import Filters, Topics
from tests.alerts.samples import BEGAN, an_event
from tests.support.mosquitto import Mosquitto

TOPICS, FILTERS = Topics("floorwatch", "site"), Filters("floorwatch")
WANTED: dict[Action, Standing] = {
    "acknowledge": "acknowledged",
    "resolve": "resolved",
    "false_alarm": "false_alarm",
}


def a_state(ordinal: int = 0, standing: Standing = "open", version: int = 1) -> EventState:
    event = an_event(ordinal)
    return EventState(
        event.event_id, version, standing, None, BEGAN, "", 1, "site", "hall", "collapse", "floor",
        BEGAN, True, 0.87, "desk",
    )  # fmt: skip


@dataclass
class Desk:
    """Writes states as a desk does, and does what it is told; with `deaf` it only listens."""

    broker: Mosquitto
    deaf: bool = False
    states: dict[str, EventState] = field(default_factory=dict)
    heard: list[Command] = field(default_factory=list)

    @contextlib.contextmanager
    def online(self, *states: EventState) -> Iterator[None]:
        stop = threading.Event()
        with (
            MqttSink(self.broker.settings("desk-out")) as sink,
            MqttInbox(self.broker.settings("desk-in"), [FILTERS.commands]) as inbox,
        ):
            sink.send(Message(TOPICS.desk_availability, b"online", retain=True))
            for state in states:
                self._say(sink, state)
            thread = threading.Thread(target=self._run, args=(sink, inbox, stop), name="desk")
            thread.start()
            try:
                yield
            finally:
                stop.set()
                thread.join(20)
                sink.send(Message(TOPICS.desk_availability, b"offline", retain=True))

    def _run(self, sink: MqttSink, inbox: MqttInbox, stop: threading.Event) -> None:
        while not stop.is_set():
            received = inbox.get(0.05)
            if received is None:
                continue
            command = Command.from_json(received.payload)
            self.heard.append(command)
            state = self.states[received.topic.split("/")[-2]]
            if not self.deaf:
                standing, version = WANTED[command.action], state.version + 1
                self._say(sink, replace(state, version=version, standing="escalated"))
                self._say(
                    sink,
                    replace(state, version=version + 1, standing=standing, by=command.who,
                            note=command.note),
                )  # fmt: skip

    def _say(self, sink: MqttSink, state: EventState) -> None:
        self.states[state.event_id] = state
        topic = TOPICS.event_state(state.event_id)
        sink.send(Message(topic, state.to_json().encode(), retain=True))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Mosquitto(tmp_path / "broker") as broker:
        yield Desk(broker)


def asked(desk: Desk, event: str, action: Action, timeout_s: float = 10.0) -> EventState:
    said = Asked(event, action, "Kim", "on my way")
    return answer(desk.broker.settings("answer"), FILTERS, said, timeout_s)


@pytest.mark.parametrize("action", ["acknowledge", "resolve", "false_alarm"])
def test_the_latest_is_answered_and_the_desks_word_awaited(desk: Desk, action: Action) -> None:
    with desk.online(a_state(0), a_state(1, "resolved"), a_state(2, "false_alarm")):
        state = asked(desk, "latest", action)
    assert (state.event_id, state.standing, state.by) == (
        a_state(0).event_id,
        WANTED[action],
        "Kim",
    )
    (command,) = desk.heard
    assert (command.action, command.who, command.note) == (action, "Kim", "on my way")
    assert command.via == "console"


def test_of_several_that_wait_one_must_be_named(desk: Desk) -> None:
    with desk.online(a_state(0), a_state(1, "escalated"), a_state(2, "acknowledged")):
        with pytest.raises(UserError) as told:
            asked(desk, "latest", "acknowledge")
        lines = str(told.value).splitlines()
        assert lines[0].startswith("2 events wait")
        assert {line.split()[0] for line in lines[1:]} == {a_state(n).event_id for n in (0, 1)}
        assert asked(desk, a_state(1).event_id, "resolve").standing == "resolved"
        with pytest.raises(UserError, match="2 events wait"):  # the acknowledged one too
            asked(desk, "latest", "resolve")


def test_what_stands_so_already_is_not_said_again(desk: Desk) -> None:
    with desk.online(a_state(0, "acknowledged", 3)):
        assert asked(desk, a_state(0).event_id, "acknowledge").version == 3
        with pytest.raises(UserError, match="no event waits"):
            asked(desk, "latest", "acknowledge")
    assert desk.heard == []


def test_no_desk_no_event_and_no_answer_are_told(desk: Desk) -> None:
    with pytest.raises(UserError, match="no desk is online"):
        asked(desk, "latest", "acknowledge")
    desk.deaf = True
    with desk.online(a_state(0)):
        with pytest.raises(UserError, match="no desk keeps an event 'nonsense'"):
            asked(desk, "nonsense", "acknowledge")
        with pytest.raises(UserError, match=r"not say so within 0.5 s: the event stands as open"):
            asked(desk, "latest", "acknowledge", 0.5)
    with pytest.raises(UserError, match="no desk is online"):
        asked(desk, a_state(0).event_id, "acknowledge")


def test_a_broker_that_is_away_or_forbids_it_is_told(desk: Desk, tmp_path: Path) -> None:
    acl = "topic read floorwatch/#\ntopic write floorwatch/site/desk/#\n"
    acl += "topic write floorwatch/site/events/+/state\n"
    with Mosquitto(tmp_path / "other", acl=acl) as broker:
        forbidden = Desk(broker)
        with forbidden.online(a_state(0)), pytest.raises(UserError, match="not authorised"):
            asked(forbidden, "latest", "acknowledge")
    desk.broker.stop()
    with pytest.raises(UserError, match="nobody listens there"):
        asked(desk, "latest", "acknowledge")


def test_the_verb_prints_how_it_stands(desk: Desk, capfd: pytest.CaptureFixture[str]) -> None:
    url = f"mqtt://127.0.0.1:{desk.broker.port}"
    with desk.online(a_state(0)):
        assert main(["answer", "latest", "resolve", "--url", url, "--who", "Kim", "--json"]) == 0
        assert EventState.from_json(capfd.readouterr().out).standing == "resolved"
        ident = a_state(0).event_id
        assert main(["answer", ident, "resolve", "--url", url]) == 0
        assert "collapse resolved by Kim" in capfd.readouterr().out
        assert main(["answer", "latest", "acknowledge", "--url", url, "--note", "x" * 501]) == 2
    assert "no event waits" in capfd.readouterr().err
