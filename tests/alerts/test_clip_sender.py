"""Clips go out on a line of their own, one after the other, and none holds up anything."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from alerts.backoff import Backoff
from alerts.clip_sender import ClipCounts, ClipSender
from alerts.noted import Noted
from alerts.topics import Topics
from tests.alerts.samples import an_event
from tests.support.list_sink import ListBroker
from tests.support.until import until

TOPICS = Topics("floorwatch", "site")
IDS = [an_event(ordinal).event_id for ordinal in range(50)]


@dataclass
class Box:
    """A folder of evidence and who sends it."""

    folder: Path
    broker: ListBroker = field(default_factory=ListBroker)
    bytes_max: int = 1000

    def __post_init__(self) -> None:
        self.sender = ClipSender(
            self.folder,
            TOPICS,
            self.broker.sink,
            Noted(self.folder / "clips.json"),
            bytes_max=self.bytes_max,
            backoff=Backoff(0.01, 0.02),
        )

    def clip(self, event_id: str, size: int = 10) -> None:
        (self.folder / f"{event_id}.mp4").write_bytes(event_id.encode() * size)
        self.sender.hand_in(event_id, len(event_id) * size)

    def sent(self) -> list[str]:
        return [message.topic.split("/")[3] for message in list(self.broker.arrived)]

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        stop = threading.Event()
        thread = threading.Thread(target=self.sender.run, args=(stop,))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(5)
            assert not thread.is_alive()


def test_each_is_sent_once_in_order_whole_and_not_retained(tmp_path: Path) -> None:
    box = Box(tmp_path)
    with box.running():
        for event_id in IDS[:3]:
            box.clip(event_id)
        until(lambda: box.sender.counts() == ClipCounts(sent=3), "all are sent")
    assert box.sent() == IDS[:3]
    message = box.broker.arrived[0]
    assert (message.topic, message.retain, message.qos) == (TOPICS.event_clip(IDS[0]), False, 1)
    assert message.payload == IDS[0].encode() * 10
    assert box.broker.connections == 3


def test_one_too_large_stays_and_one_that_is_gone_is_passed_over(tmp_path: Path) -> None:
    box = Box(tmp_path)
    box.clip(IDS[0], size=1000)
    box.clip(IDS[1])
    (tmp_path / f"{IDS[1]}.mp4").unlink()
    box.clip(IDS[2])
    (tmp_path / f"{IDS[2]}.mp4").write_bytes(bytes(2000))  # grew meanwhile
    box.clip(IDS[3])
    with box.running():
        until(lambda: box.sender.counts().waiting == 0, "none waits")
    assert box.sender.counts() == ClipCounts(sent=1, too_large=2, gone=1)
    assert box.sent() == [IDS[3]]


def test_it_waits_for_the_broker_and_goes_on_after_a_restart(tmp_path: Path) -> None:
    box = Box(tmp_path)
    box.broker.away.set()
    with box.running():
        box.clip(IDS[0])
        box.clip(IDS[1])
    assert box.sent() == []
    again = Box(tmp_path)
    with again.running():
        until(lambda: again.sender.counts() == ClipCounts(sent=2), "both are sent")
    assert again.sent() == IDS[:2]
    assert Box(tmp_path).sender.counts() == ClipCounts()


def test_a_line_that_hangs_does_not_hold_up_the_stop_and_the_clip_is_sent_later(
    tmp_path: Path,
) -> None:
    box = Box(tmp_path)
    hung = TOPICS.event_clip(IDS[0])
    box.broker.hangs_on.add(hung)
    box.clip(IDS[0])
    with box.running():
        until(lambda: box.broker.waiting, "it hangs")
    box.broker.hangs_on.clear()
    assert Box(tmp_path).sender.counts().waiting == 1


def test_one_that_is_refused_is_given_up(tmp_path: Path) -> None:
    box = Box(tmp_path)
    box.broker.forbidden.add(TOPICS.event_clip(IDS[0]))
    box.clip(IDS[0])
    box.clip(IDS[1])
    with box.running():
        until(lambda: box.sender.counts().waiting == 0, "none waits")
    assert box.sender.counts() == ClipCounts(sent=1, refused=1)


def test_one_that_breaks_the_line_each_time_is_given_up_after_a_while(tmp_path: Path) -> None:
    box = Box(tmp_path)
    box.broker.fatal.add(TOPICS.event_clip(IDS[0]))
    box.clip(IDS[0])
    box.clip(IDS[1])
    with box.running():
        until(lambda: box.sender.counts().waiting == 0, "none waits")
    assert box.sender.counts() == ClipCounts(sent=1, dropped=1)
    assert box.broker.connections == 21


def test_of_too_many_the_oldest_are_given_up(tmp_path: Path) -> None:
    box = Box(tmp_path)
    for event_id in IDS:
        box.clip(event_id)
    assert box.sender.counts() == ClipCounts(dropped=18, waiting=32)
    with box.running():
        until(lambda: box.sender.counts().waiting == 0, "none waits")
    assert box.sent() == [IDS[0], *IDS[19:]]


def test_notes_cannot_name_a_file_elsewhere(tmp_path: Path) -> None:
    Noted(tmp_path / "clips.json").write({"waiting": ["../../etc/passwd", 7, "", IDS[0]]})
    assert Box(tmp_path).sender.counts().waiting == 1
