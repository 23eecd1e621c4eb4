"""`floorwatch webhook`: a real mosquitto on one side, a real receiver on the other."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from alerts import signing
from alerts.backoff import Backoff
from alerts.broker import BrokerSettings
from alerts.errors import UserError
from alerts.event import Event
from alerts.main import main
from alerts.mqtt import MqttSink
from alerts.ports import Message
from alerts.poster import Endpoint
from alerts.subscribers.webhook import Forwarder, State
from alerts.topics import Filters, Topics
from tests.alerts.samples import an_event
from tests.support.mosquitto import Mosquitto
from tests.support.receiver import Receiver
from tests.support.until import until

KEY = bytes(range(32))
SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
TOPICS, FILTERS = Topics("floorwatch", "site"), Filters("floorwatch")
EVENTS = [an_event(ordinal, seq) for ordinal in (0, 1) for seq in (0, 1, 2)]


def say(broker: Mosquitto, *events: Event) -> None:
    with MqttSink(broker.settings("device")) as sink:
        for event in events:
            payload = event.to_json().encode()
            sink.send(Message(TOPICS.alert(event.camera, event.label), payload))


def idents(receiver: Receiver) -> list[str]:
    return [one.headers[signing.ID] for one in receiver.taken]


def names(events: list[Event]) -> list[str]:
    return [f"{event.event_id}-{event.seq}" for event in events]


@contextlib.contextmanager
def forwarding(
    broker: Mosquitto, receiver: Receiver, folder: Path, give_up_s: float = 3600.0
) -> Iterator[Forwarder]:
    stop = threading.Event()
    with State(folder) as state:
        endpoint = Endpoint(receiver.url, KEY, timeout_s=2.0)
        forwarder = Forwarder(endpoint, state, give_up_s, backoff=lambda: Backoff(0.02, 0.05))
        args = (session(broker, state), FILTERS, stop)
        thread = threading.Thread(target=forwarder.run, args=args, name="webhook")
        thread.start()
        try:
            until(
                lambda: broker.log.count("Received SUBSCRIBE") or not thread.is_alive(), "it reads"
            )
            yield forwarder
        finally:
            stop.set()
            thread.join(20)
            assert not thread.is_alive()


def session(broker: Mosquitto, state: State) -> BrokerSettings:
    return replace(broker.settings(f"webhook-{state.client_id}"), session_expiry_s=3600)


def test_every_phase_is_posted_in_order_signed_and_as_it_came(
    broker: Mosquitto, tmp_path: Path
) -> None:
    with Receiver() as receiver, forwarding(broker, receiver, tmp_path / "state") as forwarder:
        say(broker, *EVENTS, EVENTS[0])
        until(lambda: len(receiver.taken) == len(EVENTS), "all is posted")
        say(broker, an_event(2))
        until(lambda: len(receiver.taken) == len(EVENTS) + 1, "the next is too")
    assert idents(receiver) == names([*EVENTS, an_event(2)])  # the copy is left out
    first = receiver.taken[0]
    signing.verified([KEY], first.headers, first.body, time.time())
    whole = json.loads(first.body)
    assert whole["type"] == "alert.opened"
    assert Event.from_json(json.dumps(whole["data"])) == EVENTS[0]
    assert forwarder.posted == len(EVENTS) + 1
    assert not any("x-floorwatch-repeat" in one.headers for one in receiver.taken)


def test_a_receiver_that_is_down_misses_nothing_and_repeats_are_marked(
    broker: Mosquitto, tmp_path: Path
) -> None:
    folder = tmp_path / "state"
    with Receiver(status=503) as receiver, forwarding(broker, receiver, folder) as forwarder:
        say(broker, *EVENTS)
        until(lambda: forwarder.tried_again > 2, "it tries again")
        receiver.manner, receiver.status = "cut", 200
        tried = forwarder.tried_again
        until(lambda: forwarder.tried_again > tried + 2, "it is hung up on")
        receiver.manner = "well"
        until(lambda: len(receiver.taken) == len(EVENTS), "all is posted")
    assert idents(receiver) == names(EVENTS)
    marked = ["x-floorwatch-repeat" in one.headers for one in receiver.taken]
    assert marked == [True] + [False] * (len(EVENTS) - 1)
    assert not (tmp_path / "state" / "dead.jsonl").exists()


def test_what_is_refused_for_good_is_buried_and_the_next_goes_on(
    broker: Mosquitto, tmp_path: Path
) -> None:
    with (
        Receiver(status=400) as receiver,
        forwarding(broker, receiver, tmp_path / "s") as forwarder,
    ):
        say(broker, EVENTS[0], EVENTS[1])
        until(lambda: forwarder.buried == 2, "both are buried")
        receiver.status = 200
        say(broker, EVENTS[2])
        until(lambda: forwarder.posted == 1, "the next is posted")
    buried = [json.loads(line) for line in (tmp_path / "s" / "dead.jsonl").read_text().splitlines()]
    assert [one["id"] for one in buried] == names(EVENTS[:2])
    assert "400" in buried[0]["why"]
    assert Event.from_json(json.dumps(buried[0]["body"]["data"])) == EVENTS[0]


def test_after_long_enough_each_is_tried_once_more_and_buried(
    broker: Mosquitto, tmp_path: Path
) -> None:
    with Receiver() as receiver:
        pass  # nobody is there any more
    with forwarding(broker, receiver, tmp_path / "state", give_up_s=0.2) as forwarder:
        say(broker, *EVENTS)
        until(lambda: forwarder.buried == len(EVENTS), "all are buried")
    assert forwarder.posted == 0


def test_stopped_in_the_middle_it_goes_on_with_the_same_after_it_starts_again(
    broker: Mosquitto, tmp_path: Path
) -> None:
    with Receiver(manner="cut") as receiver:
        with forwarding(broker, receiver, tmp_path / "state") as forwarder:
            say(broker, *EVENTS)
            until(lambda: forwarder.tried_again, "it tries again")
        say(broker, an_event(7))  # while it is down
        receiver.manner = "well"
        with forwarding(broker, receiver, tmp_path / "state"):
            until(lambda: len(receiver.taken) == len(EVENTS) + 1, "all is posted")
    assert idents(receiver) == names([*EVENTS, an_event(7)])
    assert receiver.taken[0].headers["x-floorwatch-repeat"] == "true"


def test_an_outage_of_the_broker_and_rubbish_on_it(broker: Mosquitto, tmp_path: Path) -> None:
    with Receiver() as receiver, forwarding(broker, receiver, tmp_path / "state") as forwarder:
        say(broker, EVENTS[0])
        until(lambda: len(receiver.taken) == 1, "one is posted")
        broker.stop()
        broker.start()
        with MqttSink(broker.settings("stranger")) as sink:
            for rubbish in (b"\xff", b"[" * 90_000, b"[]", b"x" * 300_000, b""):
                sink.send(Message(TOPICS.alert("hall", "collapse"), rubbish))
            newer = json.loads(EVENTS[1].to_json()) | {
                "phase": "paused",
                "new": "\ud83d",
                "n": float("nan"),
            }
            sink.send(Message(TOPICS.alert("hall", "collapse"), json.dumps(newer).encode()))
        say(broker, EVENTS[2])
        until(lambda: len(receiver.taken) == 3, "what is after it is posted")
    kinds = [json.loads(one.body)["type"] for one in receiver.taken]
    assert kinds == ["alert.opened", "alert.unknown", "alert.closed"]
    assert b"NaN," not in receiver.taken[1].body.replace(b'"NaN"', b"")
    assert forwarder.dropped == 5


def test_killed_while_it_posts_the_command_loses_nothing(broker: Mosquitto, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    with Receiver(manner="hang") as receiver:
        to = tmp_path / "to"
        to.write_text(receiver.url)
        url = f"mqtt://127.0.0.1:{broker.port}"
        command = [
            sys.executable, "-m", "alerts.main", "webhook", "--url", url, "--to-file", str(to),
            "--secret-file", str(secret), "--state", str(tmp_path / "state"), "--timeout-s", "60",
        ]  # fmt: skip
        with subprocess.Popen(command, stderr=subprocess.PIPE) as running:
            until(lambda: "Received SUBSCRIBE" in broker.log, "it reads")
            say(broker, *EVENTS)
            until(lambda: receiver.seen, "it posts")
            listed = Path(f"/proc/{running.pid}/cmdline").read_bytes()
            running.send_signal(signal.SIGKILL)
            told = running.communicate()[1]
        receiver.manner = "well"
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as running:
            until(lambda: len(receiver.taken) >= len(EVENTS), "all is posted")
            running.send_signal(signal.SIGINT)
    assert idents(receiver) == names(EVENTS)
    assert receiver.taken[0].headers["x-floorwatch-repeat"] == "true"
    for text in (listed, told):
        assert b"hidden" not in text
        assert SECRET.encode() not in text


def test_one_folder_is_for_one_process(tmp_path: Path) -> None:
    with State(tmp_path / "state") as state:
        with (
            pytest.raises(UserError, match="another floorwatch webhook"),
            State(tmp_path / "state"),
        ):
            pass
        known = state.client_id
    with State(tmp_path / "state") as state:
        assert state.client_id == known
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot be used"), State(tmp_path / "file"):
        pass


def test_the_graves_are_bounded(tmp_path: Path) -> None:
    with State(tmp_path) as state:
        for number in range(60):
            state.bury({"id": str(number), "body": "x" * 2**20})
    sizes = [path.stat().st_size for path in tmp_path.glob("dead*.jsonl")]
    assert len(sizes) == 2
    assert max(sizes) <= 50 * 2**20
    last = (tmp_path / "dead.jsonl").read_bytes().splitlines()[-1]
    assert json.loads(last)["id"] == "59"


def test_a_test_message_tells_whether_all_is_set_right(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLOORWATCH_WEBHOOK_SECRET", SECRET)
    with Receiver() as receiver:
        assert main(["webhook", "--to", receiver.url, "--check"]) == 0
        assert "took a test message" in capfd.readouterr().out
        receiver.status = 401
        assert main(["webhook", "--to", receiver.url, "--check"]) == 2
    signing.verified([KEY], receiver.taken[0].headers, receiver.taken[0].body, time.time())
    assert "answered 401" in capfd.readouterr().err
    assert main(["webhook"]) == 2
    assert "--to" in capfd.readouterr().err
    monkeypatch.setenv("FLOORWATCH_WEBHOOK_SECRET", "hunter2")
    assert main(["webhook", "--to", receiver.url, "--check"]) == 2
    assert "hunter2" not in capfd.readouterr().err
