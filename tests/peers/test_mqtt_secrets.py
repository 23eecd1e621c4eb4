"""No credential is ever logged, at no level, whatever goes wrong with the broker."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from alerts.errors import SinkLost
from alerts.log import KeyValueFormatter
from alerts.mqtt import MqttInbox, connector
from alerts.outbox import Outbox
from alerts.publisher import Publisher
from alerts.topics import Topics
from tests.alerts.samples import an_event
from tests.support.mosquitto import Mosquitto
from tests.support.posting import posting
from tests.support.until import until

SECRET = "s3cr3t-0f-the-broker"
WRONG = "wr0ng-0f-the-broker"


@pytest.mark.parametrize("password", [SECRET, WRONG])
def test_neither_the_right_password_nor_a_wrong_one_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, password: str
) -> None:
    caplog.set_level(logging.DEBUG)
    told: list[str] = []
    with Mosquitto(tmp_path / "broker", users={"device": SECRET}) as broker:
        settings = replace(broker.settings("device"), username="device", password=password)
        told.append(repr(settings))
        device = connector(settings, None)
        publisher = Publisher(
            lambda: Outbox(tmp_path / "outbox.sqlite3"), Topics("f", "site"), device
        )
        with posting(publisher):
            publisher.post(an_event())
            until(lambda: publisher.counters().sent or publisher.counters().failed, "tried")
            broker.kill()
            broker.start()
            until(lambda: publisher.counters().lost or publisher.counters().failed, "again")
        if password == WRONG:
            with pytest.raises(SinkLost) as lost, MqttInbox(settings, ["f/#"]):
                pass
            told.append(str(lost.value))
    formatter = KeyValueFormatter()
    told += [formatter.format(record) for record in caplog.records]
    text = "\n".join(told)
    # Something was told, and what went wrong with it.
    assert ("does not accept user 'device'" in text) is (password == WRONG)
    assert "connection lost" in text or password == WRONG
    assert password not in text
    assert SECRET not in text
