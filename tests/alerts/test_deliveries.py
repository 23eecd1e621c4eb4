"""What arrived, for whom, and how long it took: over a list that stands for the broker."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from alerts.outbox import Outbox
from alerts.publisher import Publisher
from alerts.topics import Topics
from tests.alerts.samples import an_event
from tests.support.list_sink import ListBroker
from tests.support.posting import posting
from tests.support.until import until

TOPICS = Topics("floorwatch", "site")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outbox.sqlite3"


def test_the_time_is_taken_from_the_picture_to_the_receipt(path: Path) -> None:
    publisher = Publisher(lambda: Outbox(path), TOPICS, ListBroker().sink)
    seen_at_s = time.monotonic() - 7.0
    publisher.post(an_event(0), seen_at_s)
    assert publisher.counters().publish_s.count == 0
    with posting(publisher):
        until(lambda: publisher.counters().publish_s.count == 1, "the receipt")
        publisher.post(an_event(0, 1))  # nobody knows when that was seen
        publisher.post_snapshot(an_event(0).event_id, "hall", b"jpeg")
        until(lambda: publisher.counters().depth == 0, "all sent")
    times = publisher.counters().publish_s
    assert times.count == 1
    assert 7.0 <= times.sum_s <= time.monotonic() - seen_at_s
    assert times.buckets[times.bounds_s.index(5.0)] == 0
    first, second = publisher.deliveries(an_event(0).event_id)
    assert (first.seq, first.matched, first.durable) == (0, True, True)
    assert first.after_s == times.sum_s
    assert (second.seq, second.after_s) == (1, None)


def test_a_delivery_says_that_nobody_subscribes(path: Path) -> None:
    publisher = Publisher(lambda: Outbox(path), TOPICS, ListBroker(subscribed=False).sink)
    publisher.post(an_event())
    with posting(publisher):
        until(lambda: publisher.deliveries(an_event().event_id), "the receipt")
    (delivery,) = publisher.deliveries(an_event().event_id)
    assert not delivery.matched


def test_only_the_last_256_are_remembered(path: Path) -> None:
    publisher = Publisher(lambda: Outbox(path), TOPICS, ListBroker().sink)
    for ordinal in range(257):
        publisher.post(an_event(ordinal))
    with posting(publisher):
        until(lambda: publisher.counters().depth == 0, "all sent", timeout_s=60)
    assert publisher.deliveries(an_event(0).event_id) == ()
    assert all(publisher.deliveries(an_event(ordinal).event_id) for ordinal in range(1, 257))
