"""The picture with nothing drawn into it: after all that matters more, and gone before it."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from alerts import schema
from alerts.event import Event, Evidence, EvidenceFile
from alerts.inbox import Received
from alerts.kept import ROW_BYTES, Kept, Kind
from alerts.ledger import Ledger, LedgerLimits, Row
from alerts.memory import MemoryQueue
from alerts.outbox import Outbox
from alerts.ports import Message
from alerts.recall import Recall
from alerts.schema import NotByContract
from alerts.topics import Topics
from tests.alerts.samples import BEGAN, SHA, an_event
from tests.alerts.telling import JPEG, pictured, told
from tests.alerts.test_publisher import a_publisher
from tests.support.list_sink import ListBroker
from tests.support.posting import posting
from tests.support.until import until

TOPICS = Topics("floorwatch", "site")
PHASES: tuple[Kind, ...] = ("plain", "snapshot", "opened", "plain", "closed", "snapshot")
IN_ORDER = ["opened", "closed", "snapshot", "snapshot", "plain", "plain"]
SNAPSHOT, PLAIN = EvidenceFile("a.jpg", SHA), EvidenceFile("a-plain.jpg", SHA)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outbox.sqlite3"


def put(outbox: Outbox, phase: Kind, size: int = 100) -> int:
    return outbox.put(Message(f"t/{phase}", b"x" * size), "e1", 0, phase)


def test_it_waits_for_alerts_and_for_every_snapshot(path: Path) -> None:
    memory = MemoryQueue(100, 10**6)
    with Outbox(path) as outbox:
        for number, phase in enumerate(PHASES):
            put(outbox, phase)
            memory.add(Kept(number, Message("t", b"x"), "e1", 0, phase))
        assert [kept.phase for kept in outbox.next(10)] == IN_ORDER
        assert [kept.phase for kept in outbox.next(5)] == IN_ORDER[:5]
    assert [kept.phase for kept in memory.next(10, [])] == IN_ORDER


def test_it_is_given_up_first_and_counted_as_the_snapshot_it_belongs_to(path: Path) -> None:
    memory = MemoryQueue(4, 10**6)
    with Outbox(path, bytes_max=4 * (ROW_BYTES + 100)) as outbox:
        for number, phase in enumerate(PHASES):
            put(outbox, phase)
            memory.add(Kept(number, Message("t", b"x"), "e1", 0, phase))
        assert [kept.phase for kept in outbox.next(10)] == IN_ORDER[:4]
        assert [kept.phase for kept in memory.next(10, [])] == IN_ORDER[:4]
        nothing = {"updated": 0, "closed": 0, "opened": 0}
        assert outbox.dropped() == memory.dropped == {"snapshot": 2} | nothing


def test_it_is_no_phase_to_tell_again_nor_kept_as_a_dead_letter(path: Path) -> None:
    with Outbox(path) as outbox:
        outbox.refused(put(outbox, "plain"), "too large")
        assert [letter.message.payload for letter in outbox.dead_letters()] == [b""]
        with Recall(path) as recall:
            assert recall.after(0, 10**6, 10) == []
    with Outbox(path) as outbox:
        assert outbox.close_orphans() == []


def test_those_that_wait_go_alone_or_with_the_snapshots(path: Path) -> None:
    with Outbox(path) as outbox:
        for phase in PHASES:
            put(outbox, phase)
        outbox.forget_pictures("plain")
        assert [kept.phase for kept in outbox.next(10)] == IN_ORDER[:4]
        outbox.forget_pictures()
        assert [kept.phase for kept in outbox.next(10)] == IN_ORDER[:2]


def test_it_is_published_as_it_is_and_nobody_keeps_it(path: Path) -> None:
    broker = ListBroker(subscribed=False)
    publisher = a_publisher(path, broker)
    publisher.post_plain("id", b"plain")
    publisher.post_snapshot("id", "hall", b"drawn")
    publisher.post(an_event())
    with posting(publisher):
        until(lambda: publisher.counters().depth == 0, "all sent")
    sent = [one for one in broker.arrived if "/events/" in one.topic]
    assert sent == [
        Message(TOPICS.event_snapshot("id"), b"drawn", retain=False),
        Message(TOPICS.event_plain("id"), b"plain", retain=False),
    ]
    assert publisher.counters().unmatched == 1  # of the alert, which matters


def test_an_event_names_it_and_one_of_an_older_device_need_not() -> None:
    event = an_event(evidence=Evidence(SNAPSHOT, None, PLAIN))
    fields = schema.check("event", event.to_json())
    assert fields["evidence"]["plain"] == {"name": "a-plain.jpg", "sha256": SHA}
    assert Event.from_json(event.to_json()) == event
    older = an_event(evidence=Evidence(SNAPSHOT))
    assert list(schema.check("event", older.to_json())["evidence"]) == ["snapshot", "clip"]
    assert Event.from_json(older.to_json()) == older
    fields["evidence"]["plain"] = None  # as others may write it
    assert Event.from_json(json.dumps(fields)) == older
    fields["evidence"]["plain"] = {"name": "a-plain.jpg"}
    with pytest.raises(NotByContract, match="evidence/plain"):
        Event.from_json(json.dumps(fields))


def test_a_ledger_keeps_it_beside_the_snapshot_and_forgets_it_with_its_event(
    tmp_path: Path,
) -> None:
    event = an_event()
    topic = TOPICS.event_plain(event.event_id)
    limits = LedgerLimits(keep_days=1, picture_bytes_max=1000)
    with Ledger.open(tmp_path / "ledger.sqlite3", limits, clock=lambda: BEGAN) as ledger:
        ledger.take(told(event))
        ledger.take(pictured())
        assert not _row(ledger).has_plain
        [change] = ledger.take(Received(topic, JPEG + b"plain", retain=False))
        assert (change.kind, change.key, change.new) == ("plain", event.event_id, True)
        snapshot, plain = ledger.snapshot(event.event_id), ledger.plain(event.event_id, "site")
        assert snapshot is not None
        assert plain is not None
        assert (snapshot.read_bytes(), plain.read_bytes()) == (JPEG, JPEG + b"plain")
        assert _row(ledger).has_plain
        assert ledger.take(Received(topic, JPEG + bytes(1000), retain=False)) == ()
        assert ledger.take(Received(TOPICS.event_plain("x"), JPEG, retain=False)) == ()
        assert ledger.dropped == {"plain_too_large": 1, "plain_of_no_event": 1}
        ledger.sweep(BEGAN + timedelta(days=2))
        assert not plain.exists()
        assert ledger.plain(event.event_id) is None


def _row(ledger: Ledger) -> Row:
    (row,) = ledger.events()
    return row
