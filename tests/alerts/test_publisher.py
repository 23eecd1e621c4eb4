"""The publisher's own rules, over a list (which is held to the suite of the real sink)."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import pytest

from alerts.backoff import Backoff
from alerts.errors import DiskRefused
from alerts.event import Event
from alerts.kept import Kind
from alerts.outbox import Outbox
from alerts.ports import Message
from alerts.publisher import Publisher
from alerts.topics import Topics
from tests.alerts.full_disk import full_disk
from tests.alerts.samples import BEGAN, an_event
from tests.support.list_sink import ListBroker, ListSink
from tests.support.posting import posting
from tests.support.until import until

TOPICS = Topics("floorwatch", "site")
ALERT = TOPICS.alert("hall", "collapse")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outbox.sqlite3"


def a_publisher(path: Path, broker: ListBroker, **settings: int) -> Publisher:
    quick = Backoff(first_s=0.01, cap_s=0.05)
    return Publisher(
        lambda: Outbox(path),
        TOPICS,
        broker.sink,
        backoff=quick,
        now=lambda: BEGAN,
        flush_s=5.0,
        **settings,
    )


def events(broker: ListBroker) -> list[tuple[str, int]]:
    found = [Event.from_json(payload) for payload in broker.payloads("/alerts/")]
    return [(event.event_id, event.seq) for event in found]


def test_an_event_is_on_disk_before_anybody_runs_and_is_stamped_when_sent(path: Path) -> None:
    broker = ListBroker()
    publisher = a_publisher(path, broker)
    event = an_event()
    publisher.post(event)
    assert publisher.counters().depth == publisher.counters().depth == 1
    with posting(publisher):
        until(lambda: publisher.counters().sent == 2, "online and the event")
    assert publisher.counters().depth == 0
    (payload,) = broker.payloads("/alerts/")
    sent = Event.from_json(payload)
    assert sent.published_at == BEGAN
    assert sent.durable
    assert sent == an_event(published_at=BEGAN)


def test_online_first_and_offline_last(path: Path) -> None:
    broker = ListBroker()
    publisher = a_publisher(path, broker)
    publisher.post(an_event())
    publisher.announce(Message(TOPICS.status, b"{}", retain=True))
    with posting(publisher):
        pass  # stopped at once: it flushes all the same
    assert broker.arrived[0] == Message(TOPICS.availability, b"online", retain=True)
    assert broker.arrived[-1] == Message(TOPICS.availability, b"offline", retain=True)
    assert {message.topic for message in broker.arrived[1:-1]} == {ALERT, TOPICS.status}


def test_latest_values_are_said_again_after_each_reconnect_and_only_the_last(
    path: Path,
) -> None:
    broker = ListBroker()
    publisher = a_publisher(path, broker)
    with posting(publisher):
        publisher.announce(Message(TOPICS.status, b"1", retain=True))
        until(lambda: broker.payloads("/status") == [b"1"], "said")
        broker.away.set()
        until(
            lambda: not publisher.counters().connected, "the loss is noticed with nothing to send"
        )
        publisher.announce(Message(TOPICS.status, b"2", retain=True))
        publisher.announce(Message(TOPICS.health("hall"), b"h", retain=True))
        publisher.announce(Message(TOPICS.status, b"3", retain=True))
        broker.away.clear()
        until(lambda: broker.payloads("/health") == [b"h"], "said")
        broker.away.set()
        until(lambda: not publisher.counters().connected, "lost again")
        broker.away.clear()
        until(lambda: broker.payloads("/health") == [b"h", b"h"], "said again")
    assert broker.payloads("/status") == [b"1", b"3", b"3"]
    assert broker.payloads("/availability") == [b"online"] * 3 + [b"offline"]
    assert publisher.counters().lost == 2


def test_a_refusal_becomes_a_dead_letter_and_blocks_nothing(path: Path) -> None:
    broker = ListBroker(forbidden={TOPICS.alert("cellar", "collapse"), TOPICS.status})
    publisher = a_publisher(path, broker)
    publisher.announce(Message(TOPICS.status, b"{}", retain=True))
    publisher.post(an_event(camera="cellar"))
    publisher.post(an_event(1))
    with posting(publisher):
        until(lambda: publisher.counters().refused == 2, "both refused")
        until(lambda: len(events(broker)) == 1, "the other went through")
    with Outbox(path) as outbox:
        letters = outbox.dead_letters()
    assert [letter.message.topic for letter in letters] == [TOPICS.alert("cellar", "collapse")]
    assert publisher.counters().dead == 1
    assert publisher.counters().lost == 0


def test_what_nobody_subscribes_to_is_counted(path: Path) -> None:
    broker = ListBroker(subscribed=False)
    publisher = a_publisher(path, broker)
    publisher.post(an_event())
    publisher.post_snapshot("id", "hall", b"jpeg")
    with posting(publisher):
        until(lambda: broker.payloads("/events/id/snapshot"), "sent")
    assert publisher.counters().unmatched == 1


def test_snapshots_go_after_all_events_and_to_the_camera_retained(path: Path) -> None:
    broker = ListBroker()
    publisher = a_publisher(path, broker)
    publisher.post_snapshot("id", "hall", b"jpeg")
    publisher.post(an_event(0))
    publisher.post(an_event(1))
    with posting(publisher):
        until(lambda: publisher.counters().depth == 0, "all sent")
    of_event, of_camera = TOPICS.event_snapshot("id"), TOPICS.camera_snapshot("hall")
    sent = [message.topic for message in broker.arrived if message.topic != TOPICS.availability]
    assert [topic for topic in sent if topic != of_camera] == [ALERT, ALERT, of_event]
    assert Message(of_event, b"jpeg", retain=False) in broker.arrived
    assert Message(of_camera, b"jpeg", retain=True) in broker.arrived


def test_a_message_that_breaks_the_connection_rests_and_its_event_keeps_its_order(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broker = ListBroker(fatal={TOPICS.alert("cellar", "collapse")})
    publisher = a_publisher(path, broker)
    publisher.post(an_event(0, camera="cellar"))
    publisher.post(an_event(0, 1, camera="cellar"))
    publisher.post(an_event(1))
    with posting(publisher):
        until(lambda: events(broker) == [(an_event(1).event_id, 0)], "the rest went on")
    with Outbox(path) as outbox:
        assert [kept.seq for kept in outbox.next(9)] == [0, 1]  # kept, for another time
    assert publisher.counters().lost >= 4
    assert caplog.text.count("others go first for a minute") == 1


def test_who_rests_with_nobody_behind_goes_out_as_soon_as_it_can(path: Path) -> None:
    cellar, attic = (TOPICS.alert(camera, "collapse") for camera in ("cellar", "attic"))
    broker = ListBroker(fatal={cellar, attic})
    publisher = a_publisher(path, broker)
    publisher.post(an_event(0, camera="cellar"))
    publisher.post(an_event(1, camera="attic"))
    with posting(publisher):
        until(lambda: publisher.counters().lost > 9, "both rest")
        broker.fatal.remove(attic)  # the other still breaks each connection
        until(lambda: events(broker) == [(an_event(1).event_id, 0)], "long before a minute")
        broker.fatal.remove(cellar)
        until(lambda: publisher.counters().depth == 0, "neither rests any longer")


def test_when_the_disk_refuses_memory_carries_it_and_says_so(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broker = ListBroker()
    broker.away.set()
    publisher = a_publisher(path, broker)
    publisher.post(an_event(0))
    with posting(publisher):
        with full_disk(path):
            publisher.post(an_event(0, 1))
            counters = publisher.counters()
            assert (counters.depth, counters.memory_depth, counters.durable) == (1, 1, False)
            broker.away.clear()
            until(lambda: len(events(broker)) == 2, "sent from disk, then from memory")
        sent = [Event.from_json(payload) for payload in broker.payloads("/alerts/")]
        assert [(event.seq, event.durable) for event in sent] == [(0, True), (1, False)]
        until(
            lambda: publisher.counters().depth == 0,
            "the receipt of the first was noted once it could be",
        )
        until(lambda: publisher.counters().durable, "and the alarm ended")
        publisher.post(an_event(0, 2))
        until(lambda: len(events(broker)) == 3, "no copies")
    assert publisher.counters().not_durable == 1
    assert "the disk refuses alerts" in caplog.text
    assert "the disk takes alerts again" in caplog.text


def test_what_waits_in_memory_moves_to_the_disk_in_order(path: Path) -> None:
    broker = ListBroker()
    broker.away.set()
    publisher = a_publisher(path, broker)
    publisher.post(an_event(0))
    with full_disk(path):
        publisher.post(an_event(0, 1))
    publisher.post(an_event(1))  # refused a moment ago, the disk is not tried at each message
    assert publisher.counters().memory_depth == 2
    with posting(publisher):
        publisher.post(an_event(1, 1))
        until(lambda: publisher.counters().depth == 4, "all moved to the disk by itself")
        until(lambda: publisher.counters().durable, "and the alarm ended")
        assert publisher.counters().memory_depth == 0
        broker.away.clear()
        until(lambda: publisher.counters().depth == 0, "all sent")
    assert events(broker) == [
        (an_event(0).event_id, 0), (an_event(0).event_id, 1),
        (an_event(1).event_id, 0), (an_event(1).event_id, 1),
    ]  # fmt: skip


def no_disk() -> Outbox:
    raise DiskRefused("no disk at all")


def test_without_any_disk_memory_is_bounded_and_gives_up_the_same_way() -> None:
    broker = ListBroker()
    publisher = Publisher(no_disk, TOPICS, broker.sink, memory_count_max=3)
    publisher.post(an_event(0, 0))
    publisher.post(an_event(0, 1))
    publisher.post_snapshot("id", "hall", b"jpeg")
    publisher.post(an_event(1, 0))
    publisher.post(an_event(2, 0))
    counters = publisher.counters()
    assert (counters.durable, counters.memory_depth, counters.not_durable) == (False, 3, 5)
    assert counters.dropped == {"snapshot": 1, "updated": 1, "closed": 0, "opened": 0}
    with posting(publisher):
        until(lambda: publisher.counters().memory_depth == 0, "sent")
    assert events(broker) == [(an_event(i).event_id, 0) for i in range(3)]
    assert not Event.from_json(broker.payloads("/alerts/")[0]).durable


def test_many_threads_may_post(path: Path) -> None:
    broker = ListBroker()
    publisher = a_publisher(path, broker)

    def post(ordinal: int) -> None:
        for seq in range(20):
            publisher.post(an_event(ordinal, seq))

    with posting(publisher):
        threads = [threading.Thread(target=post, args=(ordinal,)) for ordinal in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        until(lambda: len(events(broker)) == 80, "all sent")
    for ordinal in range(4):
        name = an_event(ordinal).event_id
        assert [seq for event, seq in events(broker) if event == name] == list(range(20))


def test_the_same_trouble_is_told_once(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    broker = ListBroker()
    broker.away.set()
    publisher = a_publisher(path, broker)
    with posting(publisher):
        until(lambda: publisher.counters().failed > 5, "several attempts")
    assert [record.getMessage() for record in caplog.records] == ["the list is away"]


def test_a_row_an_older_version_wrote_goes_out_too(path: Path) -> None:
    broker = ListBroker()
    with Outbox(path) as outbox:
        outbox.put(Message(ALERT, b'{"schema_version": 0, "what": "a fall"}'), "e", 0, "opened")
    publisher = a_publisher(path, broker)
    with posting(publisher):
        until(lambda: broker.payloads("/alerts/"), "sent")
    assert b'"what": "a fall"' in broker.payloads("/alerts/")[0]


@pytest.mark.parametrize("spoiled", [b"", b"\xff", b"7", b"[1]"])
def test_a_row_that_is_spoiled_becomes_a_dead_letter_and_stops_nobody(
    path: Path, spoiled: bytes
) -> None:
    broker = ListBroker()
    with Outbox(path) as outbox:
        outbox.put(Message(ALERT, spoiled), "e", 0, "opened")
    publisher = a_publisher(path, broker)
    publisher.post(an_event())
    with posting(publisher):
        until(lambda: len(events(broker)) == 1, "what follows is sent")
    assert (publisher.counters().dead, publisher.counters().refused) == (1, 1)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_bug_comes_out_of_run(path: Path) -> None:
    def connect() -> ListSink:
        raise ZeroDivisionError

    publisher = Publisher(lambda: Outbox(path), TOPICS, connect)
    with pytest.raises(ZeroDivisionError):
        publisher.run(threading.Event())


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_bug_in_what_the_disk_does_comes_out_of_run_too(path: Path) -> None:
    class Buggy(Outbox):
        def probe(self) -> None:
            raise ZeroDivisionError

        def put(self, message: Message, event_id: str, seq: int, phase: Kind) -> int:
            raise DiskRefused("so that it is probed")

    publisher = Publisher(lambda: Buggy(path), TOPICS, ListBroker().sink)
    publisher.post(an_event())
    with pytest.raises(ZeroDivisionError):
        publisher.run(threading.Event())


def test_backoff_grows_to_its_cap_and_begins_anew() -> None:
    backoff = Backoff()
    first = [backoff.next_s() for _ in range(20)]
    assert first[0] <= 0.5
    assert max(first) <= 2.5
    assert min(first[5:]) >= 1.25
    assert len(set(first)) == 20
    backoff.reset()
    assert backoff.next_s() <= 0.5
