"""A disk that is slow or hangs: nobody waits for it for long, and it is noticed when it is well."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from alerts.backoff import Backoff
from alerts.errors import DiskRefused, UserError
from alerts.event import Event
from alerts.outbox import Outbox
from alerts.ports import Message
from alerts.publisher import Publisher
from alerts.topics import Topics
from tests.alerts.disks import Disk, freezable_disk, frozen, read_only, small_disk
from tests.alerts.samples import an_event
from tests.support.list_sink import ListBroker
from tests.support.posting import posting
from tests.support.until import until

TOPICS = Topics("floorwatch", "site")
PATIENCE_S = 1.0


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    return Disk(tmp_path / "outbox.sqlite3")


def a_publisher(disk: Disk, broker: ListBroker, **settings: float) -> Publisher:
    quick = Backoff(first_s=0.01, cap_s=0.05)
    patience = {"disk_patience_s": PATIENCE_S} | settings
    return Publisher(disk.open, TOPICS, broker.sink, backoff=quick, **patience)  # type: ignore[arg-type]


def events(broker: ListBroker) -> list[tuple[str, int, bool]]:
    found = [Event.from_json(payload) for payload in broker.payloads("/alerts/")]
    return [(event.event_id, event.seq, event.durable) for event in found]


def name(ordinal: int) -> str:
    return an_event(ordinal).event_id


def test_while_it_hangs_alerts_go_out_from_memory_and_once_it_is_well_nothing_is_left(
    disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    broker = ListBroker()
    publisher = a_publisher(disk, broker)
    with posting(publisher):
        until(lambda: publisher.counters().connected, "connected")
        disk.hung.set()
        for seq in range(3):
            publisher.post(an_event(0, seq))
        until(lambda: len(events(broker)) == 3, "sent")
        counters = publisher.counters()
        assert (counters.durable, counters.not_durable) == (False, 3)
        disk.hung.clear()
        until(lambda: publisher.counters().durable, "it is well again")
        until(lambda: publisher.counters().depth == 0, "what it wrote late is deleted")
        publisher.post(an_event(1))
        until(lambda: len(events(broker)) == 4, "no copies")
    assert events(broker) == [(name(0), seq, False) for seq in range(3)] + [(name(1), 0, True)]
    assert caplog.text.count("the disk refuses alerts") == 1
    assert caplog.text.count("the disk takes alerts again") == 1
    with Outbox(disk.path) as outbox:
        assert outbox.depth() == 0


def test_nobody_waits_for_longer_than_the_patience(disk: Disk) -> None:
    publisher = a_publisher(disk, ListBroker())
    disk.hung.set()
    began = time.monotonic()
    publisher.post(an_event())
    assert PATIENCE_S <= time.monotonic() - began < 10 * PATIENCE_S
    began = time.monotonic()
    for seq in range(20):
        publisher.post(an_event(1, seq))
        assert not publisher.counters().durable
    assert time.monotonic() - began < 10 * PATIENCE_S  # and not twenty times
    publisher.close(0.1)
    assert time.monotonic() - began < 20 * PATIENCE_S
    disk.hung.clear()
    until(lambda: "disk" not in [thread.name for thread in threading.enumerate()], "it ends")


def test_a_stop_does_not_wait_for_it(disk: Disk) -> None:
    broker = ListBroker()
    publisher = a_publisher(disk, broker, flush_s=1.0)
    stop = threading.Event()
    running = threading.Thread(target=publisher.run, args=(stop,))
    running.start()
    until(lambda: publisher.counters().connected, "connected")
    disk.hung.set()
    publisher.post(an_event())
    until(lambda: events(broker), "sent")
    began = time.monotonic()
    stop.set()
    running.join(60)
    assert time.monotonic() - began < 1.0 + 0.5 + 3.0  # and a slow machine
    assert broker.payloads("/availability")[-1] == b"offline"
    disk.hung.clear()
    until(lambda: "disk" not in [thread.name for thread in threading.enumerate()], "it ends")


def test_what_waits_on_disk_goes_before_what_came_while_it_hung(disk: Disk) -> None:
    broker = ListBroker()
    broker.away.set()
    publisher = a_publisher(disk, broker)
    with posting(publisher):
        publisher.post(an_event(0, 0))
        disk.blind = True
        disk.hung.set()
        publisher.post(an_event(0, 1))
        broker.away.clear()
        until(lambda: len(events(broker)) == 2, "both go out, though it hangs")
        disk.hung.clear()
        until(lambda: publisher.counters().depth == 0, "nothing is left")
    assert events(broker) == [(name(0), 0, True), (name(0), 1, False)]


def test_with_more_on_disk_than_can_be_known_new_events_go_out_and_old_ones_keep_their_order(
    disk: Disk,
) -> None:
    with Outbox(disk.path) as outbox:
        for ordinal in range(300):
            event = an_event(ordinal)
            payload = event.to_json().encode()
            topic = TOPICS.alert("hall", "collapse")
            outbox.put(Message(topic, payload), event.event_id, 0, "closed")  # no orphan
    broker = ListBroker()
    broker.away.set()
    publisher = a_publisher(disk, broker)
    with posting(publisher):
        disk.blind = True
        disk.hung.set()
        publisher.post(an_event(0, 1))  # its beginning is on the disk
        publisher.post(an_event(500, 0))
        broker.away.clear()
        until(lambda: (name(500), 0, False) in events(broker), "the new one goes out")
        publisher.post(an_event(500, 1))
        until(lambda: (name(500), 1, False) in events(broker), "and what follows")
        assert (name(0), 1, False) not in events(broker)
        disk.hung.clear()
        until(lambda: publisher.counters().depth == 0, "all is sent", timeout_s=60)
        until(lambda: publisher.counters().durable, "and written")
    for ordinal, seqs in ((0, [0, 1]), (500, [0, 1]), (299, [0])):
        assert [seq for event, seq, _ in events(broker) if event == name(ordinal)] == seqs
    assert len(events(broker)) == 303


def test_what_was_written_late_goes_before_what_follows_it(disk: Disk) -> None:
    with Outbox(disk.path) as outbox:
        for ordinal in range(300):
            outbox.put(
                Message("f/alerts/a", an_event(ordinal).to_json().encode()), "e", 0, "opened"
            )
    broker = ListBroker()
    broker.away.set()
    publisher = a_publisher(disk, broker)
    with posting(publisher):
        disk.hung.set()
        publisher.post(an_event(500, 0))
        disk.slow_s = PATIENCE_S  # so that it is not trusted yet
        disk.hung.clear()
        until(lambda: publisher.counters().depth == 301, "it was written late")
        disk.blind = True
        disk.hung.set()
        publisher.post(an_event(500, 1))
        publisher.post(an_event(501, 0))
        broker.away.clear()
        until(lambda: (name(501), 0, False) in events(broker), "what began since goes out")
        disk.slow_s = 0.0
        disk.hung.clear()
        until(lambda: publisher.counters().depth == 0, "all is sent", timeout_s=60)
    assert [seq for event, seq, _ in events(broker) if event == name(500)] == [0, 1]


def test_more_than_memory_may_mirror_goes_out_in_order(disk: Disk) -> None:
    broker = ListBroker()
    broker.away.set()
    publisher = a_publisher(disk, broker)
    for ordinal in range(150):
        publisher.post(an_event(ordinal, 0))
    for ordinal in range(150):
        publisher.post(an_event(ordinal, 1))
    publisher.post_snapshot(name(0), "hall", b"jpeg")
    with posting(publisher):
        broker.away.clear()
        until(lambda: publisher.counters().depth == 0, "all is sent", timeout_s=60)
    assert events(broker) == [(name(i), 0, True) for i in range(150)] + [
        (name(i), 1, True) for i in range(150)
    ]
    topics = [message.topic for message in broker.arrived]
    assert topics.index(TOPICS.event_snapshot(name(0))) > topics.index(
        TOPICS.alert("hall", "collapse")
    )


def test_a_disk_that_stays_slow_is_not_trusted(disk: Disk) -> None:
    broker = ListBroker()
    publisher = a_publisher(disk, broker)
    with posting(publisher):
        disk.slow_s = 2 * PATIENCE_S
        publisher.post(an_event(0))
        until(lambda: events(broker), "sent all the same")
        began = time.monotonic()
        while time.monotonic() - began < 3 * disk.slow_s:
            assert not publisher.counters().durable
            time.sleep(0.05)
        disk.slow_s = 0.0
        until(lambda: publisher.counters().durable, "it is quick again")


def test_an_outbox_refused_at_the_start_is_opened_later_and_what_is_in_it_sent(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "outbox.sqlite3"
    with Outbox(path) as outbox:
        payload = an_event(7).to_json().encode()
        outbox.put(Message("f/alerts/a", payload), name(7), 0, "closed")  # no orphan
    refused = [True]

    def open_outbox() -> Outbox:
        if refused[0]:
            raise DiskRefused("read-only")
        return Outbox(path)

    broker = ListBroker()
    publisher = Publisher(open_outbox, TOPICS, broker.sink)
    assert not publisher.counters().durable
    with posting(publisher):
        publisher.post(an_event(0))
        until(lambda: events(broker) == [(name(0), 0, False)], "sent from memory")
        refused[0] = False
        until(lambda: publisher.counters().durable, "opened later")
        until(lambda: len(events(broker)) == 2, "what waited there goes out")
        publisher.post(an_event(1))
        until(lambda: len(events(broker)) == 3, "and what comes now")
    assert events(broker)[1:] == [(name(7), 0, True), (name(1), 0, True)]
    assert caplog.text.count("no outbox, it is tried again and again: read-only") == 1


def test_an_outbox_that_cannot_be_used_at_all_comes_out_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    path = tmp_path / "file" / "outbox.sqlite3"
    with pytest.raises(UserError, match="owner and rights"):
        Publisher(lambda: Outbox(path), TOPICS, ListBroker().sink)


def test_a_real_file_system_that_hangs_in_the_kernel(tmp_path: Path) -> None:
    with freezable_disk(tmp_path / "disk") as folder:
        broker = ListBroker()
        publisher = a_publisher(Disk(folder / "outbox.sqlite3"), broker)
        with posting(publisher):
            publisher.post(an_event(0))
            until(lambda: len(events(broker)) == 1, "sent")
            with frozen(folder):
                for seq in range(3):
                    publisher.post(an_event(1, seq))
                until(lambda: len(events(broker)) == 4, "sent while it hangs")
                assert not publisher.counters().durable
            until(lambda: publisher.counters().durable, "it is well again")
            until(lambda: publisher.counters().depth == 0, "nothing is left")
        assert events(broker)[1:] == [(name(1), seq, False) for seq in range(3)]


def test_a_real_disk_that_is_full_and_emptied_again(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as folder:
        broker = ListBroker()
        broker.away.set()
        publisher = a_publisher(Disk(folder / "outbox.sqlite3"), broker)
        with posting(publisher):
            publisher.post(an_event(0, 0))
            (folder / "rubbish").write_bytes(bytes(_free_bytes(folder)))
            for seq in range(1, 30):
                publisher.post(an_event(0, seq))
            assert not publisher.counters().durable
            (folder / "rubbish").unlink()
            until(lambda: publisher.counters().depth == 30, "all is moved to the disk")
            until(lambda: publisher.counters().durable, "and it is well again")
            broker.away.clear()
            until(lambda: publisher.counters().depth == 0, "all is sent")
        assert [seq for _, seq, _ in events(broker)] == list(range(30))


def _free_bytes(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def test_a_real_disk_that_is_read_only_at_the_start_and_mended_later(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as folder:
        read_only(folder, True)
        broker = ListBroker()
        publisher = a_publisher(Disk(folder / "state" / "outbox.sqlite3"), broker)
        with posting(publisher):
            publisher.post(an_event(0))
            until(lambda: events(broker) == [(name(0), 0, False)], "sent from memory")
            read_only(folder, False)
            until(lambda: publisher.counters().durable, "opened later")
            publisher.post(an_event(1))
            until(lambda: len(events(broker)) == 2, "sent")
        assert events(broker)[1] == (name(1), 0, True)
