"""The desk as a process, against a real mosquitto: told, escalated, answered, told again."""

from __future__ import annotations

import json
import random
import re
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from alerts import schema
from alerts.answers import Action, Command
from alerts.event import Event
from alerts.mqtt import MqttSink
from alerts.paging import Page
from alerts.ports import Message
from alerts.standing import EventState
from alerts.status import Health
from alerts.topics import Filters, Topics
from tests.alerts.samples import BEGAN, an_event
from tests.support.desks import DeskProcess, desk_file
from tests.support.inboxes import Kept, keeping
from tests.support.mosquitto import Mosquitto
from tests.support.receiver import Receiver
from tests.support.until import until

TOPICS = Topics("floorwatch", "site")
EVERYTHING = Filters("floorwatch").everything


@pytest.fixture
def heard(broker: Mosquitto) -> Iterator[Kept]:
    with keeping(broker.settings("heard"), EVERYTHING) as kept:
        yield kept
        for received in kept.received:
            kind = {"state": "state", "pages": "page"}.get(_kind(received.topic))
            if kind is not None and received.payload:
                schema.check(kind, received.payload)  # type: ignore[arg-type]  # two of its kinds


def _kind(topic: str) -> str:
    levels = topic.split("/")
    return levels[-2] if levels[-2] == "pages" else levels[-1]


def say(broker: Mosquitto, *events: Event) -> None:
    with MqttSink(broker.settings("device")) as sink:
        for event in events:
            topic = TOPICS.alert(event.camera, event.label)
            sink.send(Message(topic, event.to_json().encode()))


def answer(broker: Mosquitto, event: Event, action: Action) -> None:
    command = Command(f"c-{action}", action, "kim", BEGAN)
    with MqttSink(broker.settings("person")) as sink:
        sink.send(Message(TOPICS.event_command(event.event_id), command.to_json().encode()))


def pages(heard: Kept, recipient: str = "floor") -> list[Page]:
    return [Page.from_json(payload) for payload in heard.on(f"/pages/{recipient}")]


def standing(heard: Kept, event: Event) -> str | None:
    told = [one for one in heard.on(TOPICS.event_state(event.event_id)) if one]
    return EventState.from_json(told[-1]).standing if told else None


def test_told_escalated_answered(broker: Mosquitto, heard: Kept, tmp_path: Path) -> None:
    steps = [{"after_s": 0, "to": ["floor"]}, {"after_s": 1, "to": ["supervisor"]}]
    steps.append({"after_s": 600, "to": ["outside"]})
    file = desk_file(tmp_path / "one.yaml", broker.port, otherwise={"steps": steps})
    with DeskProcess(file) as desk:
        desk.said("listening")
        event = an_event()
        say(broker, event, event)
        until(lambda: standing(heard, event) == "escalated", "escalated")
        answer(broker, event, "acknowledge")
        until(lambda: standing(heard, event) == "acknowledged", "acknowledged")
        answer(broker, event, "resolve")
        until(lambda: standing(heard, event) == "resolved", "resolved")
        assert [page.step for page in pages(heard)] == [1]
        assert [page.step for page in pages(heard, "supervisor")] == [2]
        assert heard.on("/resync")  # it asked for what it missed
        assert desk.stop() == 0
    until(lambda: heard.on("/desk/availability")[-1] == b"offline", "it says that it left")
    assert heard.on("/desk/availability") == [b"online", b"offline"]


def test_a_desk_that_knows_is_not_told_all_states_again_before_what_is_new(
    broker: Mosquitto, heard: Kept, tmp_path: Path
) -> None:
    events = [an_event(ordinal) for ordinal in range(5)]
    given_again = re.compile(r"Sending PUBLISH to floorwatch-desk-one \([^(]*, r1, [^(]*/state'")
    with DeskProcess(desk_file(tmp_path / "one.yaml", broker.port)) as desk:
        desk.said("listening")
        say(broker, *events)
        until(lambda: all(standing(heard, one) == "open" for one in events), "all are open")
        assert desk.stop() == 0
        desk.start()
        desk.said("listening", 2)
        say(broker, an_event(5))
        until(lambda: standing(heard, an_event(5)) == "open", "a new one is heard")
        assert not given_again.findall(broker.log)
        assert desk.stop() == 0
        shutil.rmtree(tmp_path / "state")
        desk.start()
        desk.said("listening", 3)
        until(lambda: len(given_again.findall(broker.log)) >= 6, "who knows nothing is told all")


def test_a_camera_s_button_answers_its_newest_event(
    broker: Mosquitto, heard: Kept, tmp_path: Path
) -> None:
    with DeskProcess(desk_file(tmp_path / "one.yaml", broker.port)) as desk:
        desk.said("listening")
        event = an_event()
        say(broker, event)
        until(lambda: standing(heard, event) == "open", "open")
        with MqttSink(broker.settings("button")) as sink:
            sink.send(Message(TOPICS.camera_command("hall"), b"acknowledge"))
        until(lambda: standing(heard, event) == "acknowledged", "acknowledged")


def test_an_answer_that_comes_before_its_event_waits_for_it(
    broker: Mosquitto, heard: Kept, tmp_path: Path
) -> None:
    with DeskProcess(desk_file(tmp_path / "one.yaml", broker.port)) as desk:
        desk.said("listening")
        event = an_event()
        answer(broker, event, "resolve")
        say(broker, event)
        until(lambda: standing(heard, event) == "resolved", "resolved")


def test_what_others_say_in_its_name_is_said_right(
    broker: Mosquitto, heard: Kept, tmp_path: Path
) -> None:
    with DeskProcess(desk_file(tmp_path / "one.yaml", broker.port)) as desk:
        desk.said("listening")
        event = an_event()
        say(broker, event)
        until(lambda: standing(heard, event) == "open", "open")
        topic = TOPICS.event_state(event.event_id)
        wrong = json.loads(heard.on(topic)[-1]) | {"standing": "resolved", "desk": "other"}
        with MqttSink(broker.settings("liar")) as sink:
            sink.send(Message(topic, json.dumps(wrong).encode(), retain=True))
            sink.send(Message(TOPICS.desk_availability, b"offline", retain=True))
        until(lambda: standing(heard, event) == "open", "the right state again")
        until(lambda: heard.on("/desk/availability")[-1] == b"online", "it is there")


def test_an_outage_of_the_broker_delays_states_and_nobody_who_is_told_otherwise(
    broker: Mosquitto, tmp_path: Path
) -> None:
    with Receiver() as receiver:
        file = desk_file(
            tmp_path / "one.yaml",
            broker.port,
            recipients={"floor": {"publish": True}, "phone": {"webhook": {"url": receiver.url}}},
            otherwise={"steps": [{"after_s": 0, "to": ["floor"]}, {"after_s": 3, "to": ["phone"]}]},
        )
        event = an_event()
        with DeskProcess(file) as desk:
            desk.said("listening")
            say(broker, event)
            desk.said("standing=open")
            broker.kill()
            until(lambda: receiver.taken, "the phone rings all the same")
            broker.start()
            with keeping(broker.settings("late"), EVERYTHING) as heard:
                until(lambda: standing(heard, event) == "escalated", "the state comes after all")


def test_who_cannot_be_told_for_good_gives_way_at_once(broker: Mosquitto, tmp_path: Path) -> None:
    with Receiver() as dead, Receiver() as phone, Receiver() as slow:
        dead.status, slow.manner = 400, "hang"
        hook = {name: {"webhook": {"url": one.url, "timeout_s": 5}}
                for name, one in (("dead", dead), ("phone", phone), ("slow", slow))}  # fmt: skip
        steps = [{"after_s": 0, "to": ["dead"]}, {"after_s": 3600, "to": ["slow", "phone"]}]
        file = desk_file(
            tmp_path / "one.yaml", broker.port, recipients=hook, otherwise={"steps": steps}
        )
        with DeskProcess(file) as desk:
            desk.said("listening")
            say(broker, an_event())
            until(lambda: phone.taken, "the second step, an hour early, and slow delays nobody")
            assert "could not be reached" in json.loads(phone.taken[0].body)["data"]["text"]


def test_kill_9_at_any_moment_loses_nobody_and_marks_every_repeat(
    broker: Mosquitto, tmp_path: Path
) -> None:
    chance = random.Random(5)
    kills, each = 3, 6
    with Receiver() as receiver:
        file = desk_file(
            tmp_path / "one.yaml",
            broker.port,
            recipients={"floor": {"webhook": {"url": receiver.url}}},
        )
        with DeskProcess(file) as desk:
            desk.said("listening")
            for life in range(kills):
                say(broker, *(an_event(life * each + number) for number in range(each)))
                time.sleep(chance.uniform(0, 0.1))
                desk.kill()
                desk.start()
                desk.said("listening", 2 + life)
            until(
                lambda: len({one for one, _ in told(receiver)}) == kills * each,
                "everybody was told",
            )
    unmarked = Counter(page_id for page_id, repeat in told(receiver) if not repeat)
    assert max(unmarked.values()) == 1


def told(receiver: Receiver) -> list[tuple[str, bool]]:
    """(page_id, marked as a repeat) in the order in which they came."""
    found = [json.loads(one.body)["data"] for one in receiver.taken]
    return [(page["page_id"], page["repeat"]) for page in found]


def test_a_page_that_hung_when_the_desk_died_goes_out_again_marked(
    broker: Mosquitto, tmp_path: Path
) -> None:
    with Receiver() as receiver:
        receiver.manner = "hang"
        url = {"url": receiver.url, "timeout_s": 30}
        file = desk_file(tmp_path / "one.yaml", broker.port, recipients={"floor": {"webhook": url}})
        with DeskProcess(file) as desk:
            desk.said("listening")
            say(broker, an_event())
            desk.said("standing=open")
            until(lambda: receiver.seen, "it is being told")
            desk.kill()
            receiver.manner = "well"
            desk.start()
            until(lambda: told(receiver), "told again")
    assert told(receiver) == [(f"{an_event().event_id}-s1-1", True)]


def test_a_device_that_goes_offline_calls_somebody_and_is_told_when_it_is_back(
    broker: Mosquitto, heard: Kept, tmp_path: Path
) -> None:
    file = desk_file(tmp_path / "one.yaml", broker.port, dead_man={"after_s": 2, "clear_s": 1})
    with DeskProcess(file) as desk, MqttSink(broker.settings("device")) as sink:
        sink.send(Message(TOPICS.availability, b"offline", retain=True))
        for camera in ("hall", "ward"):
            health = Health("site", camera, "offline", BEGAN).to_json().encode()
            sink.send(Message(TOPICS.health(camera), health, retain=True))
        desk.said("listening")
        until(lambda: pages(heard), "somebody is called")
        for camera in ("hall", "ward"):
            health = Health("site", camera, "ok", BEGAN).to_json().encode()
            sink.send(Message(TOPICS.health(camera), health, retain=True))
        sink.send(Message(TOPICS.availability, b"online", retain=True))
        until(lambda: len(pages(heard)) == 2, "and told when it is over")
    subjects = [page.subject for page in pages(heard)]
    assert subjects == ["CANNOT SEE, site", "SEES AGAIN, site"]  # once, and not for each camera


def test_a_broker_that_is_gone_calls_somebody_by_another_way(
    broker: Mosquitto, tmp_path: Path
) -> None:
    with Receiver() as receiver:
        file = desk_file(
            tmp_path / "one.yaml",
            broker.port,
            recipients={"floor": {"webhook": {"url": receiver.url}}},
            dead_man={"after_s": 2, "clear_s": 1},
        )
        with DeskProcess(file) as desk:
            desk.said("listening")
            broker.kill()
            until(lambda: len(receiver.taken) == 1, "nobody would hear of a fall now")
            broker.start()
            until(lambda: len(receiver.taken) == 2, "and told when it is back")
    texts = [json.loads(one.body)["data"]["text"] for one in receiver.taken]
    assert "the broker cannot be reached" in texts[0]
    assert "sees again" in texts[1]
