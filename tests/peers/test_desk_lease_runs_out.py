"""A desk that cannot keep its lease calls nobody: the broker is told that no desk is there."""

from __future__ import annotations

import threading
from pathlib import Path

from alerts.desk.deeds import Bell, Deeds
from alerts.desk.desk_file import DeskFile
from alerts.desk.lease import TAKE_OVER_S, Lease
from alerts.desk.voice import Voice
from alerts.mqtt import connector
from alerts.ports import Message
from alerts.talker import OFFLINE
from alerts.topics import Filters, Topics
from tests.support.inboxes import keeping
from tests.support.mosquitto import Mosquitto
from tests.support.until import until

TOPICS = Topics("floorwatch", "site")
FILTERS = Filters("floorwatch")


def test_a_lease_that_runs_out_is_told(broker: Mosquitto, tmp_path: Path) -> None:
    passed_s = 0.0
    stop = threading.Event()
    will = Message(TOPICS.desk_availability, OFFLINE, retain=True)
    with (
        DeskFile(tmp_path / "desk.sqlite3") as file,
        keeping(broker.settings("heard"), FILTERS.desk_availability) as heard,
    ):
        lease = Lease(file, "d", ticks=lambda: passed_s)
        lease.keep()
        connect = connector(broker.settings("voice"), will)
        voice = Voice(TOPICS, connect, lease, Bell(), Deeds())
        thread = threading.Thread(target=voice.run, args=(stop,))
        thread.start()
        try:
            until(lambda: heard.on("desk/availability") == [b"online"], "it acts")
            passed_s = TAKE_OVER_S  # and all that time the disk refused
            until(lambda: heard.on("desk/availability")[-1] == b"offline", "it does not")
            lease.keep()
            until(lambda: heard.on("desk/availability")[-1] == b"online", "it does again")
        finally:
            stop.set()
            thread.join(20)
        lease.release()
