"""A device and its broker that end in one power cut: nobody ever says `offline` for the device."""

from __future__ import annotations

import threading
from pathlib import Path

from alerts.desk.deeds import Bell, Deeds
from alerts.desk.desk_file import DeskFile
from alerts.desk.intake import Intake
from alerts.ledger import Ledger
from alerts.mqtt import MqttSink
from alerts.ports import Message
from alerts.topics import Topics
from tests.alerts.samples import an_event
from tests.support.mosquitto import Mosquitto
from tests.support.until import until

TOPICS = Topics("floorwatch", "site")


def test_a_device_that_says_nothing_is_silent(broker: Mosquitto, tmp_path: Path) -> None:
    now_s, stop, deeds = 1000.0, threading.Event(), Deeds()
    with (
        DeskFile(tmp_path / "desk.sqlite3") as file,
        Ledger.open(tmp_path / "ledger.sqlite3") as ledger,
        MqttSink(broker.settings("device")) as device,
    ):
        intake = Intake(
            broker.settings("desk"),
            "floorwatch",
            (),
            ledger=ledger,
            file=file,
            name="d",
            decided=Bell(),
            contradicted=lambda _one: None,
            deeds=deeds,
            ticks=lambda: now_s,
        )
        assert not intake.silent("site")  # while nothing can be heard nobody is silent
        thread = threading.Thread(target=intake.run, args=(stop,))
        thread.start()
        try:
            until(lambda: intake.connection > 0, "listening")
            assert not intake.silent("site")
            now_s += 200
            assert intake.silent("site")
            event = an_event()
            topic = TOPICS.alert(event.camera, event.label)
            device.send(Message(topic, event.to_json().encode()))
            until(lambda: deeds.counts().get("taken_in") == 1, "heard")
            assert not intake.silent("site")
            device.send(Message(TOPICS.event_command(event.event_id), b"acknowledge"))
            now_s += 200
            until(lambda: deeds.counts().get("taken_in") == 2, "the answer is heard")
            assert intake.silent("site")  # people are no device
        finally:
            stop.set()
            thread.join(20)
