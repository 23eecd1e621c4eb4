"""Two desks on one folder: one acts, the other takes over. One that hangs: the campaign's row
`desk-hung`, and `tests/alerts/desk/test_lease.py`."""

from __future__ import annotations

import json
import threading
from collections import Counter
from pathlib import Path

import pytest

from alerts import moments
from alerts.desk.namesake import Namesake
from alerts.errors import UserError
from alerts.mqtt import MqttSink
from alerts.ports import Message
from alerts.status import DeskStatus
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
            all_three = {(an_event(one).event_id, False) for one in (1, 2, 3)}
            until(lambda: set(told(receiver)) >= all_three, "by the other desk")
            assert second.stop() == 0
    # Killed before it noted that the receiver had taken it, a page comes again: once, and marked.
    firsts = Counter(one for one in told(receiver) if not one[1])
    assert firsts == Counter(all_three)
    repeats = Counter(one for one in told(receiver) if one[1])
    assert set(repeats.values()) <= {1}
    assert an_event(3).event_id not in {event_id for event_id, _ in repeats}
    assert heard.on("desk/availability")[-2:] == [b"online", b"offline"]


def test_of_two_desks_of_one_name_on_folders_of_their_own_one_ends_and_says_why(
    broker: Mosquitto, tmp_path: Path
) -> None:
    with Receiver() as receiver:
        more = {"recipients": {"floor": {"webhook": {"url": receiver.url}}}}
        files = [desk_file(tmp_path / at / "one.yaml", broker.port, **more) for at in ("a", "b")]
        with DeskProcess(files[0]) as one, DeskProcess(files[1]) as two:
            # Of two that are new the one goes that is thrown out more often.
            until(lambda: not (one.running and two.running), "one ends", 60)
            gone, there = (one, two) if two.running else (two, one)
            assert gone.wait() == 2
            assert "another desk named one is at broker" in gone.log
            assert (gone.file.parent / "state" / "namesake").read_text() == "one"
            say(broker, 1)
            until(lambda: (an_event(1).event_id, False) in told(receiver), "the other tells")
            assert there.stop() == 0


@pytest.mark.parametrize("there", [True, False])
def test_who_was_sent_away_listens_first_whether_the_other_is_still_there(
    broker: Mosquitto, tmp_path: Path, there: bool
) -> None:
    settings = broker.settings("floorwatch-desk-one")
    namesake = Namesake(settings, "one", FILTERS, tmp_path)
    stop = threading.Event()
    namesake.look_first(stop)  # nothing is known of another: nothing is waited for
    (tmp_path / "namesake").write_text("one")
    status = DeskStatus("site", "one" if there else "two", moments.now(), {}, {}).to_json()
    failed: list[UserError] = []

    def look() -> None:
        try:
            namesake.look_first(stop)
        except UserError as error:
            failed.append(error)

    looking = threading.Thread(target=look)
    looking.start()
    with MqttSink(broker.settings("other")) as sink:
        sink.send(Message(TOPICS.desk_status, status.encode(), retain=True))
        until(lambda: sink.send(Message(TOPICS.desk_status, status.encode())).matched, "it listens")
        if not there:
            stop.set()
        looking.join(30)
    assert not looking.is_alive()
    assert [str(one).startswith("another desk named one") for one in failed] == [True] * there
    assert (tmp_path / "namesake").exists() == there
