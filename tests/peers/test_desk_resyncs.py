"""What a desk asks for when it comes back: everything that somebody would still be called for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from alerts import moments
from alerts.mqtt import MqttSink
from alerts.ports import Message
from alerts.resyncing import Resync
from alerts.topics import Filters, Topics
from tests.alerts.samples import an_event
from tests.support.desks import DeskProcess, desk_file
from tests.support.inboxes import keeping
from tests.support.mosquitto import Mosquitto
from tests.support.until import until

TOPICS = Topics("floorwatch", "site")


def test_who_ended_before_it_was_answered_asks_for_as_much_again(
    broker: Mosquitto, tmp_path: Path
) -> None:
    now = moments.now()
    event = replace(an_event(), event_id=f"{now:%Y%m%dT%H%M%S}000Z-0de25090db")
    file = desk_file(tmp_path / "one.yaml", broker.port)
    with (
        keeping(broker.settings("heard"), Filters("floorwatch").everything) as heard,
        DeskProcess(file) as desk,
    ):
        desk.said("listening")
        with MqttSink(broker.settings("device")) as sink:
            payload = event.to_json().encode()
            sink.send(Message(TOPICS.alert(event.camera, event.label), payload))
        until(lambda: len(heard.on("/pages/floor")) == 1, "this one is known")
        until(lambda: len(heard.on("/resync")) == 1, "asked")
        desk.kill()  # and what was before it has not been told yet
        desk.start()
        until(lambda: len(heard.on("/resync")) == 2, "asked again")
    asked = [Resync.from_json(payload).since for payload in heard.on("/resync")]
    assert asked[1] <= now - timedelta(seconds=3000)
