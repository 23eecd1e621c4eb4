"""Answering a resync, over a list (which is held to the suite of the real sink)."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from alerts.backoff import Backoff
from alerts.event import Event
from alerts.noted import Noted
from alerts.outbox import Outbox
from alerts.ports import Message, Receipt
from alerts.publisher import Publisher
from alerts.resyncing import Resync
from alerts.retelling import Retelling
from alerts.topics import Topics
from tests.alerts.full_disk import full_disk
from tests.alerts.samples import BEGAN, an_event
from tests.support.list_sink import ListBroker, ListSink
from tests.support.posting import posting
from tests.support.until import until

TOPICS = Topics("floorwatch", "site")
LONG_AGO = datetime(2000, 1, 1, tzinfo=timezone.utc)
LATER = BEGAN + timedelta(days=1)


@dataclass
class Device:
    """A publisher and its retelling, on the files in `folder`."""

    folder: Path
    broker: ListBroker = field(default_factory=ListBroker)
    per_s: float = 1e6

    def __post_init__(self) -> None:
        self.publisher = Publisher(
            lambda: Outbox(self.outbox),
            TOPICS,
            self.broker.sink,
            backoff=Backoff(first_s=0.01, cap_s=0.05),
            now=lambda: LATER,
        )
        self.retelling = Retelling(
            self.outbox,
            Noted(self.folder / "resync.json"),
            self.publisher.replays,
            per_s=self.per_s,
            gap_s=0.0,
        )

    @property
    def outbox(self) -> Path:
        return self.folder / "outbox.sqlite3"

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        stop = threading.Event()
        thread = threading.Thread(target=self.retelling.run, args=(stop,), name="retell")
        with posting(self.publisher):
            thread.start()
            try:
                yield
            finally:
                stop.set()
                thread.join(20)
                assert not thread.is_alive()

    def arrived(self, *, replayed: bool) -> list[tuple[str, int]]:
        events = [Event.from_json(payload) for payload in self.broker.payloads("/alerts/")]
        return [(one.event_id, one.seq) for one in events if one.replayed is replayed]


def told(path: Path, count: int) -> list[tuple[str, int]]:
    """An outbox that told that many events, opened and closed, and has nothing left to send."""
    keys = []
    with Outbox(path) as outbox, outbox.together():
        for ordinal in range(count):
            for seq in (0, 2):
                event = an_event(ordinal, seq)
                message = Message(TOPICS.alert("hall", "collapse"), event.to_json().encode())
                outbox.delivered(outbox.put(message, event.event_id, seq, event.phase))
                keys.append((event.event_id, seq))
    return keys


def request(request_id: str = "one", since: datetime = LONG_AGO) -> bytes:
    return Resync(request_id, since, "the desk").to_json().encode()


def test_all_is_told_again_in_order_marked_and_otherwise_as_it_was(tmp_path: Path) -> None:
    device = Device(tmp_path)
    device.publisher.close()
    keys = told(device.outbox, 120)
    device = Device(tmp_path)
    device.retelling.hear(request())
    with device.running():
        until(lambda: device.retelling.counts().answered == 1, "answered")
    assert device.arrived(replayed=True) == keys
    assert device.arrived(replayed=False) == []
    first = Event.from_json(device.broker.payloads("/alerts/")[0])
    assert first == an_event(0, published_at=LATER, replayed=True)
    assert device.retelling.counts().sent == 240
    assert device.publisher.counters().depth == 0


def test_only_events_since_then_are_told(tmp_path: Path) -> None:
    told(tmp_path / "outbox.sqlite3", 3)
    device = Device(tmp_path)
    device.retelling.hear(request(since=datetime.now(timezone.utc) + timedelta(hours=1)))
    with device.running():
        until(lambda: device.retelling.counts().answered == 1, "answered")
    assert device.arrived(replayed=True) == []


def test_a_repeated_request_is_answered_once_also_after_a_restart(tmp_path: Path) -> None:
    keys = told(tmp_path / "outbox.sqlite3", 3)
    device = Device(tmp_path)
    with device.running():
        device.retelling.hear(request())
        until(lambda: device.retelling.counts().answered == 1, "answered")
        device.retelling.hear(request())
        device.retelling.hear(request("two"))
        until(lambda: device.retelling.counts().answered == 2, "the other is answered")
    assert device.arrived(replayed=True) == keys * 2
    assert device.retelling.counts().repeated == 1
    again = Device(tmp_path)
    with again.running():
        again.retelling.hear(request())
        again.retelling.hear(request("three"))
        until(lambda: again.retelling.counts().answered == 1, "answered")
    assert (again.arrived(replayed=True), again.retelling.counts().repeated) == (keys, 1)


def test_who_asks_meanwhile_is_answered_together_as_far_back_as_any_wants(tmp_path: Path) -> None:
    keys = told(tmp_path / "outbox.sqlite3", 20)
    device = Device(tmp_path)
    device.broker.away.set()
    soon = datetime.now(timezone.utc) + timedelta(hours=1)
    with device.running():
        device.retelling.hear(request("first"))
        until(lambda: device.retelling.counts().under_way, "the first is being answered")
        for name, since in (("a", soon), ("b", LONG_AGO), ("c", soon)):
            device.retelling.hear(request(name, since))
        device.broker.away.clear()
        until(lambda: device.retelling.counts().answered == 2, "both answers")
    assert device.arrived(replayed=True) == keys * 2
    counts = device.retelling.counts()
    assert (counts.heard, counts.joined, counts.under_way) == (4, 2, False)


@pytest.mark.parametrize(
    "payload", [b"", b"{}", b"all", b"[" * 3000, request().replace(b"2000", b"20000"), b"\xff"]
)
def test_what_is_no_request_is_counted_and_left_alone(tmp_path: Path, payload: bytes) -> None:
    device = Device(tmp_path)
    device.retelling.hear(payload)
    assert device.retelling.counts().refused == 1
    assert device.retelling.counts().heard == 0
    device.publisher.close()


class PostsAtReplay(ListSink):
    """Posts a live event from inside the sending of the tenth replay."""

    def __init__(self, device: Device) -> None:
        super().__init__(device.broker)
        self._device = device
        self._posted = False

    def send(self, message: Message) -> Receipt:
        receipt = super().send(message)
        if not self._posted and len(self._device.arrived(replayed=True)) == 10:
            self._posted = True
            self._device.publisher.post(an_event(9999))
        return receipt


def test_a_live_alert_waits_for_one_replay_at_most(tmp_path: Path) -> None:
    keys = told(tmp_path / "outbox.sqlite3", 200)
    device = Device(tmp_path)
    device.publisher.close()
    device.publisher = Publisher(
        lambda: Outbox(device.outbox), TOPICS, lambda: PostsAtReplay(device), now=lambda: LATER
    )
    device.retelling = Retelling(
        device.outbox, Noted(tmp_path / "resync.json"), device.publisher.replays, per_s=1e6
    )
    device.retelling.hear(request())
    with device.running():
        until(lambda: device.retelling.counts().answered == 1, "answered")
    live = (an_event(9999).event_id, 0)
    seen = [json.loads(payload) for payload in device.broker.payloads("/alerts/")]
    order = [(one["event_id"], one["seq"]) for one in seen]
    assert order == [*keys[:10], live, *keys[10:]]


def test_an_answer_goes_on_where_the_process_ended(tmp_path: Path) -> None:
    keys = told(tmp_path / "outbox.sqlite3", 100)
    device = Device(tmp_path, per_s=200)
    device.retelling.hear(request())
    with device.running():
        until(lambda: len(device.arrived(replayed=True)) >= 40, "some are told")
    before = device.arrived(replayed=True)
    assert len(before) < len(keys)
    again = Device(tmp_path)
    with again.running():
        until(lambda: again.retelling.counts().answered == 1, "answered")
    after = again.arrived(replayed=True)
    assert before == keys[: len(before)]
    assert after == keys[-len(after) :]
    assert len(before) + len(after) >= len(keys)


def test_an_answer_that_never_ends_is_given_up(tmp_path: Path) -> None:
    told(tmp_path / "outbox.sqlite3", 2)
    noted = Noted(tmp_path / "resync.json")
    noted.write({"under_way": {"since_s": 0, "at": 0, "until": 4, "tries": 3}})
    device = Device(tmp_path)
    with device.running():
        until(lambda: device.retelling.counts().given_up == 1, "given up")
    assert device.arrived(replayed=True) == []


@pytest.mark.parametrize("notes", ["", "[]", "{", '{"under_way": 7, "known": {"a": 1}}'])
def test_notes_that_cannot_be_read_count_as_none(tmp_path: Path, notes: str) -> None:
    (tmp_path / "resync.json").write_text(notes)
    keys = told(tmp_path / "outbox.sqlite3", 2)
    device = Device(tmp_path)
    device.retelling.hear(request())
    with device.running():
        until(lambda: device.retelling.counts().answered == 1, "answered")
    assert device.arrived(replayed=True) == keys


def test_a_replay_that_breaks_the_connection_is_left_out_after_three(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite3"
    keys = told(path, 2)
    with Outbox(path) as outbox:
        bad = an_event(50, 2, camera="cellar")
        message = Message(TOPICS.alert("cellar", "collapse"), bad.to_json().encode())
        outbox.delivered(outbox.put(message, bad.event_id, 2, "closed"))
        outbox.delivered(outbox.put(Message("floorwatch/site/alerts/x/y", b"{"), "e", 0, "closed"))
    keys += told(path, 1)
    device = Device(tmp_path)
    device.broker.fatal.add(TOPICS.alert("cellar", "collapse"))
    device.retelling.hear(request())
    with device.running():
        until(lambda: device.retelling.counts().answered == 1, "answered")
    assert device.arrived(replayed=True) == keys
    assert device.retelling.counts().skipped == 2
    assert device.broker.connections == 4


def test_what_memory_alone_carried_is_told_again_too(tmp_path: Path) -> None:
    device = Device(tmp_path)
    posted = [an_event(0, 0), an_event(0, 1), an_event(1, 0), an_event(0, 2)]
    with device.running():
        device.publisher.post(posted[0])
        with full_disk(device.outbox):
            for event in posted[1:3]:
                device.publisher.post(event)
            until(lambda: len(device.arrived(replayed=False)) == 3, "sent, no disk has two of them")
            assert device.publisher.counters().not_durable >= 1
        until(lambda: device.publisher.counters().durable, "the disk takes alerts again")
        device.publisher.post(posted[3])
        until(lambda: device.publisher.counters().depth == 0, "all is sent")
        device.retelling.hear(request())
        until(lambda: device.retelling.counts().answered == 1, "answered")
    assert device.arrived(replayed=True) == [(one.event_id, one.seq) for one in posted]
