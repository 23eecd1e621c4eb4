"""Files that go bad while a desk works with them: it does not stand there and call nobody."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from alerts.broker import BrokerSettings
from alerts.desk.deeds import Bell, Deeds
from alerts.desk.desk_file import DeskFile
from alerts.desk.intake import Intake
from alerts.errors import DiskRefused
from alerts.inbox import Received
from alerts.ledger import Ledger
from alerts.mqtt import MqttSink
from alerts.ports import Message
from alerts.topics import Filters, Topics
from tests.alerts.samples import an_event
from tests.support.desks import DeskProcess, desk_file
from tests.support.inboxes import keeping
from tests.support.mosquitto import Mosquitto
from tests.support.until import until

TOPICS = Topics("floorwatch", "site")


def _garble(path: Path) -> None:
    for part in (path, path.with_name(path.name + "-wal")):
        part.write_bytes(b"\xa5" * part.stat().st_size)


def test_a_desk_whose_book_went_bad_ends_and_the_next_start_goes_on(
    broker: Mosquitto, tmp_path: Path
) -> None:
    file = desk_file(tmp_path / "one.yaml", broker.port)
    with (
        keeping(broker.settings("heard"), Filters("floorwatch").pages) as heard,
        DeskProcess(file) as desk,
    ):
        desk.said("listening")
        _garble(tmp_path / "state" / "desk.sqlite3")
        assert desk.wait() == 1
        assert "is damaged" in desk.log
        desk.start()
        desk.said("listening", 2)
        event = an_event()
        with MqttSink(broker.settings("device")) as sink:
            payload = event.to_json().encode()
            sink.send(Message(TOPICS.alert(event.camera, event.label), payload))
        until(lambda: len(heard.on("/pages/floor")) == 1, "somebody is told")


def test_alerts_do_not_wait_for_a_ledger_that_is_locked(tmp_path: Path) -> None:
    now_s = 0.0
    path = tmp_path / "ledger.sqlite3"
    with DeskFile(tmp_path / "desk.sqlite3") as file, Ledger.open(path) as ledger:
        intake = Intake(
            BrokerSettings("127.0.0.1", "d"),
            "floorwatch",
            (),
            ledger=ledger,
            file=file,
            name="d",
            decided=Bell(),
            contradicted=lambda _one: None,
            deeds=Deeds(),
            ticks=lambda: now_s,
        )
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")  # as an administrator's tool does
        with pytest.raises(DiskRefused):
            intake.take([_received(0)])
        now_s = 11.0
        intake.take([_received(0)])
        intake.take([_received(1)])
        assert file.rows("SELECT count(*) FROM input WHERE state = 'new'") == [(2,)]
        other.execute("ROLLBACK")
        other.close()
        now_s = 22.0
        intake.take([_received(2)])
        assert ledger.event(an_event().event_id) is not None


def _received(seq: int) -> Received:
    event = an_event(seq=seq)
    payload = event.to_json().encode()
    return Received(TOPICS.alert(event.camera, event.label), payload, retain=False)
