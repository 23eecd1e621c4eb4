"""That somebody was told stands in the course of an event, also on the dashboard; the words and the
link of a page are their recipient's alone."""

from __future__ import annotations

from pathlib import Path

from alerts.mqtt import MqttSink
from alerts.paging import Page
from alerts.ports import Message
from alerts.topics import Filters, Topics
from tests.alerts.samples import an_event
from tests.support.dashboard import Served
from tests.support.desks import DeskProcess, desk_file
from tests.support.inboxes import keeping
from tests.support.mosquitto import Mosquitto
from tests.support.receiver import Receiver
from tests.support.until import until

TOPICS = Topics("floorwatch", "site")


def test_who_was_told_is_said_without_what_and_how_to_answer(
    broker: Mosquitto, tmp_path: Path
) -> None:
    event = an_event()
    with Receiver() as receiver:
        file = desk_file(
            tmp_path / "one.yaml",
            broker.port,
            recipients={"floor": {"webhook": {"url": receiver.url}}},
            answers={"enabled": True, "port": 0, "url": "https://desk.example"},
        )
        with (
            keeping(broker.settings("heard"), Filters("floorwatch").everything) as heard,
            Served(tmp_path / "dashboard", broker.settings("web")) as served,
            DeskProcess(file) as desk,
        ):
            desk.said("listening")
            with MqttSink(broker.settings("device")) as sink:
                topic = TOPICS.alert(event.camera, event.label)
                sink.send(Message(topic, event.to_json().encode()))
            until(lambda: bool(heard.on(TOPICS.event_page(event.event_id))), "it is said")
            (payload,) = heard.on(TOPICS.event_page(event.event_id))
            page = Page.from_json(payload)
            assert (page.recipient, page.step, page.link, page.text) == ("floor", 1, None, "")
            assert b"/answer/" in receiver.taken[0].body
            with served.visitor() as visitor:

                def told() -> list[str]:
                    course = visitor.json(f"/api/events/{event.event_id}")["timeline"]
                    return [one["recipient"] for one in course if one["kind"] == "page"]

                until(lambda: told() == ["floor"], "the dashboard shows it")
