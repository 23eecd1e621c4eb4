"""A desk whose book is gone, or a new one in its place: what people answered stays answered."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from alerts import moments
from alerts.answers import Action, Command
from alerts.event import Event, event_id
from alerts.mqtt import MqttSink
from alerts.paging import Page
from alerts.ports import Message
from alerts.standing import EventState
from alerts.topics import Filters, Topics
from tests.alerts.samples import an_event
from tests.support.desks import DeskProcess, desk_file
from tests.support.inboxes import Kept, keeping
from tests.support.mosquitto import Mosquitto
from tests.support.until import until

TOPICS = Topics("floorwatch", "site")


def young(ordinal: int) -> Event:
    now = moments.now()
    made = event_id("site", "hall", "collapse", "floor", ordinal, now)
    return an_event(event_id=made, occurred_at=now, detected_at=now)


def say(broker: Mosquitto, *events: Event) -> None:
    with MqttSink(broker.settings("device")) as sink:
        for event in events:
            topic = TOPICS.alert(event.camera, event.label)
            sink.send(Message(topic, event.to_json().encode()))


def answer(broker: Mosquitto, event: Event, action: Action) -> None:
    command = Command(f"c-{action}", action, "kim", moments.now())
    with MqttSink(broker.settings("person")) as sink:
        sink.send(Message(TOPICS.event_command(event.event_id), command.to_json().encode()))


def states(heard: Kept, event: Event) -> list[EventState]:
    told = heard.on(TOPICS.event_state(event.event_id))
    return [EventState.from_json(one) for one in told if one]


def stands(heard: Kept, event: Event, standing: str) -> bool:
    return [one.standing for one in states(heard, event)][-1:] == [standing]


def repeats(heard: Kept, event: Event) -> list[bool]:
    pages = [Page.from_json(payload) for payload in heard.on("/pages/floor")]
    return [page.repeat for page in pages if page.event_id == event.event_id]


@pytest.mark.parametrize("lost", ["the book", "book and ledger"])
def test_it_goes_on_from_what_was_told(broker: Mosquitto, tmp_path: Path, lost: str) -> None:
    taken, waiting = young(0), young(1)
    file = desk_file(tmp_path / "one.yaml", broker.port)
    with (
        keeping(broker.settings("heard"), Filters("floorwatch").everything) as heard,
        DeskProcess(file) as desk,
    ):
        desk.said("listening")
        say(broker, taken, waiting)
        until(lambda: stands(heard, waiting, "open"), "both are told")
        answer(broker, taken, "acknowledge")
        until(lambda: stands(heard, taken, "acknowledged"), "one is answered")
        before = {one: states(heard, one)[-1].version for one in (taken, waiting)}
        assert desk.stop() == 0
        if lost == "the book":
            for part in (tmp_path / "state").glob("desk.sqlite3*"):
                part.unlink()
        else:
            shutil.rmtree(tmp_path / "state")
        desk.start()
        desk.said("listening", 2)
        say(broker, *(replace(one, replayed=True) for one in (taken, waiting)))
        until(lambda: len(repeats(heard, waiting)) == 2, "who was not helped is told of again")
        assert repeats(heard, waiting) == [False, True]
        answer(broker, taken, "resolve")
        until(lambda: stands(heard, taken, "resolved"), "the next answer is taken")
        assert repeats(heard, taken) == [False]
        for one in (taken, waiting):
            versions = [state.version for state in states(heard, one)]
            assert versions == sorted(versions)
            assert versions[-1] > before[one]
