"""Two desks on one folder: one acts, the other takes over; one that wakes again calls nobody."""

from __future__ import annotations

import json
import signal
import time
from collections import Counter
from pathlib import Path

from alerts.mqtt import MqttSink
from alerts.ports import Message
from alerts.standing import EventState
from alerts.topics import Filters, Topics
from tests.alerts.samples import an_event
from tests.support.desks import ACTS, DeskProcess, desk_file
from tests.support.inboxes import keeping
from tests.support.mosquitto import Mosquitto
from tests.support.receiver import Receiver
from tests.support.until import until

TOPICS = Topics("floorwatch", "site")
FILTERS = Filters("floorwatch")


def say(broker: Mosquitto, *ordinals: int) -> None:
    with MqttSink(broker.settings("device")) as sink:
        for event in map(an_event, ordinals):
            topic = TOPICS.alert(event.camera, event.label)
            sink.send(Message(topic, event.to_json().encode()))


def told(receiver: Receiver) -> list[tuple[str, bool]]:
    found = [json.loads(one.body)["data"] for one in receiver.taken]
    return [(page["event_id"], page["repeat"]) for page in found]


def pair(broker: Mosquitto, receiver: Receiver, folder: Path) -> tuple[DeskProcess, DeskProcess]:
    more = {"recipients": {"floor": {"webhook": {"url": receiver.url}}}}
    one, two = (desk_file(folder / f"{name}.yaml", broker.port, **more) for name in ("one", "two"))
    return DeskProcess(one), DeskProcess(two)


def test_one_acts_and_the_other_takes_over_when_it_is_killed(
    broker: Mosquitto, tmp_path: Path
) -> None:
    with Receiver() as receiver, keeping(broker.settings("k"), FILTERS.desk_availability) as heard:
        one, two = pair(broker, receiver, tmp_path)
        with one, two:
            one.said("listening")
            two.said("listening")
            first, second = (one, two) if ACTS in one.log else (two, one)
            say(broker, 1, 2)
            until(lambda: len(told(receiver)) == 2, "both are told")
            first.kill()
            say(broker, 3)
            second.said(ACTS)
            until(lambda: len(told(receiver)) == 3, "by the other desk")
            assert second.stop() == 0
    assert Counter(told(receiver)) == Counter((an_event(one).event_id, False) for one in (1, 2, 3))
    assert heard.on("desk/availability")[-2:] == [b"online", b"offline"]


def test_one_that_hung_and_wakes_calls_nobody_and_says_nothing(
    broker: Mosquitto, tmp_path: Path
) -> None:
    with Receiver() as receiver, keeping(broker.settings("k"), FILTERS.everything) as heard:
        one, two = pair(broker, receiver, tmp_path)
        with one:
            one.said(ACTS)
            with two:
                two.said("listening")
                say(broker, 1)
                until(lambda: len(told(receiver)) == 1, "told")
                until(lambda: heard.on("/state"), "its state too")
                time.sleep(0.5)  # it writes nothing now
                for proof in (tmp_path / "state").glob("*.holder-*"):
                    proof.unlink()  # as in another container: it cannot be seen, nor ended
                one.signal(signal.SIGSTOP)
                frozen_s = time.monotonic()
                say(broker, 2)
                two.said(ACTS, timeout_s=30)
                until(lambda: len(told(receiver)) == 2, "by the other desk")
                took_s = time.monotonic() - frozen_s
                one.signal(signal.SIGCONT)
                one.said("this one stands by")
                say(broker, 3)
                until(lambda: len(told(receiver)) == 3, "by one of them alone")
                assert one.stop() == 0
                until(lambda: heard.on("desk/availability")[-1] == b"online", "the other is there")
    assert took_s < 20 + 10  # the machine may be busy
    assert set(Counter(one for one, _ in told(receiver)).values()) == {1}
    states = [EventState.from_json(payload) for payload in heard.on("/state") if payload]
    last = {state.event_id: state.desk for state in states}
    assert last[an_event(2).event_id] == last[an_event(3).event_id] == "two"
