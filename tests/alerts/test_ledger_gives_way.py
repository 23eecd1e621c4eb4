"""Pictures give way to alerts where the disk is full."""

from __future__ import annotations

import os
import time
from pathlib import Path

from alerts.inbox import Received
from alerts.ledger import Ledger
from alerts.ledger.pictures import Pictures
from alerts.topics import Topics

TOPICS = Topics("floorwatch", "site")
JPEG = b"\xff\xd8\xff" + bytes(50_000)


def test_the_oldest_pictures_go_until_there_is_room(tmp_path: Path) -> None:
    ids = [f"20261120T17451234{number}Z-0de25090db" for number in range(5)]
    with Ledger.open(tmp_path / "ledger.sqlite3") as ledger:
        for age, event_id in enumerate(ids):
            ledger.take(Received(TOPICS.event_snapshot(event_id), JPEG, retain=False))
            path = ledger.snapshot(event_id)
            assert path is not None
            when_s = time.time() - 1000 + age
            os.utime(path, (when_s, when_s))
        assert ledger.give_way(0) == 0
        assert ledger.give_way(10**15) == 5  # more than any disk has
        assert [ledger.snapshot(event_id) for event_id in ids] == [None] * 5
        ledger.take(Received(TOPICS.event_snapshot(ids[0]), JPEG, retain=False))
        assert ledger.snapshot(ids[0]) is not None  # once there is room it is kept again


def test_no_more_go_than_room_is_wanted_for(tmp_path: Path) -> None:
    pictures = Pictures(tmp_path)
    names = [Pictures.name("snapshot", "site", str(number)) for number in range(4)]
    for age, name in enumerate(names):
        pictures.write(name, JPEG)
        os.utime(tmp_path / name, (1000 + age, 1000 + age))
    (tmp_path / "notes.txt").write_text("of somebody else")
    assert pictures.give_way(60_000) == 2
    assert {path.name for path in tmp_path.iterdir()} == {*names[2:], "notes.txt"}
