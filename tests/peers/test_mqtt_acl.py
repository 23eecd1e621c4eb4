"""The shipped ACL file against a real mosquitto: what each role may and may not, by password and by
certificate."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from alerts.broker import BrokerSettings, TlsSettings
from alerts.errors import SinkLost, SinkRefused
from alerts.inbox import MqttInbox
from alerts.mqtt import MqttSink
from alerts.ports import Message
from alerts.topics import Filters, Topics
from tests.support.certificates import Authority
from tests.support.mosquitto import Mosquitto
from tests.support.until import until

ACL = (Path(__file__).parents[2] / "configs" / "mosquitto.acl").read_text("utf-8")
ROLES = ("clinic-west", "desk", "responder", "viewer", "homeassistant", "stranger")
OURS, OTHERS = Topics("floorwatch", "clinic-west"), Topics("floorwatch", "clinic-east")
EVENT = "20261120T174512345Z-1f2e3d4c5b"
SAID_BY_DEVICES = {
    name: [
        topics.availability,
        topics.status,
        topics.check,
        topics.alert("door", "collapse"),
        topics.alert("door", "spill"),
        topics.event_snapshot(EVENT),
        topics.event_plain(EVENT),
        topics.event_clip(EVENT),
        topics.health("door"),
        topics.camera_snapshot("door"),
        topics.view("door"),
        topics.camera_label("door", "collapse"),
        topics.camera_label("door", "spill"),
        topics.camera_label("door", "camera"),
        topics.camera_label("door", "unusual"),
    ]
    for name, topics in (("ours", OURS), ("others", OTHERS))
}
DISCOVERY = [OURS.discovery("floorwatch-clinic-west")]
STATES = [topics.event_state(EVENT) for topics in (OURS, OTHERS)]
CALLS = [OURS.page("floor"), OURS.desk_availability, OURS.desk_status, OURS.event_page(EVENT)]
ANSWERS = [OURS.event_command(EVENT), OTHERS.event_command(EVENT), OURS.camera_command("door")]
RESYNCS = [OURS.resync, OTHERS.resync]
BIRTH = ["homeassistant/status"]
EVERYTHING = [
    *SAID_BY_DEVICES["ours"],
    *SAID_BY_DEVICES["others"],
    *DISCOVERY,
    *STATES,
    *CALLS,
    *ANSWERS,
    *RESYNCS,
    *BIRTH,
    "floorwatch/clinic-west",
    "elsewhere",
]
MAY_WRITE = {
    "clinic-west": [*SAID_BY_DEVICES["ours"], *DISCOVERY],
    "desk": [*STATES, *CALLS, *RESYNCS],
    "responder": [*ANSWERS, *RESYNCS],
    "viewer": [],
    "homeassistant": [*ANSWERS, *DISCOVERY, *BIRTH],
    "stranger": [],
}
IN_FLOORWATCH = {topic for topic in EVERYTHING if topic.startswith("floorwatch/")}
MAY_READ = {
    "clinic-west": {OURS.resync, *BIRTH},
    "desk": IN_FLOORWATCH,
    "responder": IN_FLOORWATCH,
    "viewer": IN_FLOORWATCH,
    "homeassistant": {*IN_FLOORWATCH, *DISCOVERY, *BIRTH},
    "stranger": set[str](),
}
LAST = "open/last"
# Somebody who may say everything, and a topic that all may read, to know when all has come.
OPENER = f"\nuser root\ntopic readwrite #\npattern read {LAST}\n"


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    users = {name: name for name in (*ROLES, "root")}
    with Mosquitto(tmp_path_factory.mktemp("broker"), users=users, acl=ACL + OPENER) as running:
        yield running


def as_user(broker: Mosquitto, name: str) -> BrokerSettings:
    return replace(broker.settings(f"{name}-client"), username=name, password=name)


def written(settings: BrokerSettings) -> list[str]:
    """Those topics that the broker lets this one write."""
    taken = []
    with MqttSink(settings) as sink:
        for topic in EVERYTHING:
            try:
                sink.send(Message(topic, b"x"))
            except SinkRefused:
                continue
            taken.append(topic)
    return taken


@pytest.mark.parametrize("role", ROLES)
def test_what_each_may_write(broker: Mosquitto, role: str) -> None:
    assert set(written(as_user(broker, role))) == set(MAY_WRITE[role])


def test_what_each_may_read(broker: Mosquitto) -> None:
    heard: dict[str, set[str]] = {role: set() for role in ROLES}
    with ExitStack() as open_:
        inboxes = {
            role: open_.enter_context(MqttInbox(as_user(broker, role), ["#"])) for role in ROLES
        }
        sink = open_.enter_context(MqttSink(as_user(broker, "root")))
        for topic in [*EVERYTHING, LAST]:
            sink.send(Message(topic, b"x"))
        for role, inbox in inboxes.items():
            while (received := inbox.get(10.0)) is not None and received.topic != LAST:
                heard[role].add(received.topic)
            assert received is not None, f"{role}: the last message did not come"
    assert heard == MAY_READ


def test_each_subscription_of_ours_is_below_what_may_be_read(broker: Mosquitto) -> None:
    filters = Filters("floorwatch")
    topics = [
        getattr(filters, name) for name, one in vars(Filters).items() if isinstance(one, property)
    ]
    with MqttInbox(as_user(broker, "desk"), topics) as inbox:
        assert inbox.get(0.01) is None
    assert all(topic.startswith("floorwatch/+/") for topic in topics)


@pytest.mark.parametrize(
    ("role", "will", "good"),
    [
        ("clinic-west", OURS.availability, True),
        ("clinic-west", OTHERS.availability, False),
        ("clinic-west", OURS.event_state(EVENT), False),
        ("desk", OURS.desk_availability, True),
        ("responder", OURS.alert("door", "collapse"), False),
    ],
)
def test_no_last_will_goes_round_it(broker: Mosquitto, role: str, will: str, good: bool) -> None:
    root = as_user(broker, "root")
    hearing = replace(root, client_id="hearing")
    leaving = replace(as_user(broker, role), client_id=f"leaving {will}")
    with MqttInbox(hearing, ["floorwatch/#", LAST]) as inbox, MqttSink(root) as opener:
        with suppress(SinkLost), MqttSink(leaving, Message(will, b"offline")):
            raise SinkLost("the line is cut, so that the broker says the last will")
        until(lambda: f"{leaving.client_id} disconnected" in broker.log, "it has gone")
        opener.send(Message(LAST, b"x"))
        heard = []
        while (received := inbox.get(10.0)) is not None and received.topic != LAST:
            heard.append(received.topic)
    assert received is not None
    assert heard == ([will] if good else [])


def test_the_name_in_a_certificate_is_the_role_whatever_else_is_said(tmp_path: Path) -> None:
    authority = Authority.make(tmp_path / "certificates")
    here = authority.issue("broker", "IP:127.0.0.1")
    with Mosquitto(
        tmp_path / "broker",
        tls=here,
        wants_certificate=True,
        acl=ACL,
        more="use_identity_as_username true",
    ) as broker:
        for role in ("clinic-west", "responder"):
            tls = authority.issue(role)
            plain = replace(broker.settings(role), tls=tls)
            assert set(written(plain)) == set(MAY_WRITE[role])
            posing = replace(plain, username="desk", password="desk")
            assert set(written(posing)) == set(MAY_WRITE[role])
        nobody = replace(broker.settings("nobody"), tls=TlsSettings(here.ca_file))
        with pytest.raises(SinkLost), MqttSink(nobody) as sink:
            sink.check()


def test_the_file_names_every_topic_of_the_contract() -> None:
    """What is written by somebody in the contract can be written by somebody here."""
    assert {topic for topics in MAY_WRITE.values() for topic in topics} == set(EVERYTHING) - set(
        SAID_BY_DEVICES["others"]
    ) - {"floorwatch/clinic-west", "elsewhere"}
