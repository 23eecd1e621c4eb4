"""The demo's judgement, and its own broker."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import edge
from alerts.broker import BrokerSettings
from alerts.mqtt import MqttInbox, MqttSink
from alerts.ports import Message
from edge.demo.broker import EmbeddedBroker
from edge.demo.show import Incident, Shown, Watch, expected, folder
from edge.replay import camera_names
from tests.support.until import until

FALL: Incident = ("collapse", "collapse")
SPILL: Incident = ("spill", "spill")
BOTH = frozenset({FALL, SPILL})


def test_only_each_incident_once_and_nothing_else_is_as_expected() -> None:
    assert Shown(Counter([FALL, SPILL]), BOTH).as_expected
    assert not Shown(Counter([FALL]), BOTH).as_expected
    assert not Shown(Counter([FALL, SPILL, SPILL]), BOTH).as_expected
    assert not Shown(Counter([FALL, SPILL, ("spill", "collapse")]), BOTH).as_expected
    assert not Shown(Counter(), BOTH).as_expected


def test_of_a_clip_of_ones_own_everything_is_as_expected() -> None:
    assert Shown(Counter([FALL, FALL, SPILL]), None).as_expected
    assert Shown(Counter(), None).as_expected


def test_the_truth_that_ships_is_about_the_clips_that_ship() -> None:
    clips = sorted((folder() / "demo").glob("*.mp4"))
    assert {camera for camera, _ in expected()} <= set(camera_names(clips))
    assert {label for _, label in expected()} == {"collapse", "spill"}


def test_the_demo_plays_what_is_in_this_checkout_and_no_older_copy() -> None:
    ask = "from edge.demo.show import folder; print(folder())"
    # As a process of its own, away from here: else the current folder comes first.
    asked = subprocess.run(
        [sys.executable, "-c", ask], cwd="/", capture_output=True, text=True, check=True, timeout=60
    )
    assert Path(asked.stdout.strip()) == Path(edge.__file__).parents[1] / "configs"


def test_its_broker_carries_messages_and_leaves_nothing_behind() -> None:
    before = threading.active_count()
    with EmbeddedBroker() as broker:
        settings = BrokerSettings("127.0.0.1", "reader", port=broker.port, protocol="3.1.1")
        sender = BrokerSettings("127.0.0.1", "sender", port=broker.port, protocol="3.1.1")
        with MqttInbox(settings, ["a/#"]) as inbox, MqttSink(sender) as sink:
            sink.send(Message("a/b", b"said"))
            received = inbox.get(20)
            assert received is not None
            assert (received.topic, received.payload) == ("a/b", b"said")
    until(lambda: threading.active_count() <= before, "its threads to end")


def test_what_it_takes_to_start_is_not_taken_from_the_clips() -> None:
    ticks, started, end, stop = (
        list[float](),
        threading.Event(),
        threading.Event(),
        threading.Event(),
    )
    with EmbeddedBroker() as broker:
        settings = BrokerSettings("127.0.0.1", "watch", port=broker.port, protocol="3.1.1")
        with MqttInbox(settings, ["a/#"]) as inbox:
            watch = Watch(inbox, 0.3, lambda _event: None, ticks.append, started=started, end=end)
            thread = threading.Thread(target=watch.run, args=(stop,))
            thread.start()
            until(lambda: len(ticks) >= 5, "it looks, for longer than the clips shall play")
            assert set(ticks) == {0.0}
            assert not end.is_set()
            started.set()
            until(end.is_set, "its time is over")
            assert max(ticks) == 0.3
            stop.set()
            thread.join(20)
            assert not thread.is_alive()
