"""Discovery by Home Assistant's own rules, written down anew from its source.

As of Home Assistant 2024.12.5, `homeassistant/components/mqtt/`: what its schemas ask of a device's
payload and of each platform that we use. The same payloads were run once through those schemas.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from typing import Any

import pytest

from alerts.answers import ACTIONS
from alerts.homeassistant import OFF, ON, Announcer, WatchedCamera
from alerts.ports import Message
from alerts.topics import Topics

BOTH = WatchedCamera("hall", ("collapse", "spill"))
ONE = WatchedCamera('출입구 "2" & <b>', ("collapse",))
NONE = WatchedCamera("a" * 64, ())
ALL = WatchedCamera("yard", ("collapse", "spill", "camera", "unusual"))
CAMERAS = [BOTH, ONE, NONE]
PREFIXES = {"floorwatch": "homeassistant", "acme/floor watch/3": "acme/ha"}
ANNOUNCERS = [
    Announcer(Topics(prefix, site), ha, "0.1.0", pictures=pictures)
    for prefix, ha in PREFIXES.items()
    for site in ("lab", "클리닉 서쪽", "x" * 64)
    for pictures in (True, False)
]
MESSAGES = [
    pytest.param(message, announcer, id=f"{announcer.topics.root}-{number}-{announcer.pictures}")
    for announcer in ANNOUNCERS
    for number, message in enumerate(announcer.all(CAMERAS))
]
each_message = pytest.mark.parametrize(("message", "announcer"), MESSAGES)

# schemas.py, MQTT_ENTITY_COMMON_SCHEMA and _MQTT_AVAILABILITY_SCHEMA; config.py, SCHEMA_BASE.
COMMON = {
    "availability", "device", "enabled_by_default", "entity_category", "entity_picture", "icon",
    "json_attributes_template", "json_attributes_topic", "name", "object_id", "origin", "qos",
    "unique_id", "encoding", "platform",
}  # fmt: skip
# binary_sensor.py, sensor.py, image.py, button.py: PLATFORM_SCHEMA_MODERN of each.
KEYS = {
    "binary_sensor": {
        "state_topic", "value_template", "device_class", "expire_after", "force_update",
        "off_delay", "payload_off", "payload_on",
    },
    "sensor": {
        "state_topic", "value_template", "device_class", "expire_after", "force_update", "options",
        "suggested_display_precision", "state_class", "unit_of_measurement",
        "last_reset_value_template",
    },
    "image": {"content_type", "url_topic", "image_topic", "image_encoding", "url_template"},
    "button": {"command_template", "command_topic", "device_class", "payload_press", "retain"},
}  # fmt: skip
NEEDED = {
    "binary_sensor": {"state_topic"},
    "sensor": {"state_topic"},
    "image": {"image_topic"},
    "button": {"command_topic"},
}
# components/binary_sensor/__init__.py and components/sensor/const.py, as far as we use them.
CLASSES = {"binary_sensor": {"safety", "moisture", "problem", "connectivity"}, "sensor": {"enum"}}
# schemas.py, MQTT_ENTITY_DEVICE_INFO_SCHEMA.
DEVICE = {
    "identifiers", "connections", "manufacturer", "model", "model_id", "name", "hw_version",
    "serial_number", "sw_version", "via_device", "suggested_area", "configuration_url",
}  # fmt: skip


def payload(message: Message) -> dict[str, Any]:
    return dict(json.loads(message.payload))


def is_topic(text: str) -> bool:
    """util.py, valid_topic and valid_publish_topic."""
    bad = any(unicodedata.category(character) in {"Cc", "Cn"} for character in text)
    return 0 < len(text.encode()) <= 65535 and not bad and not set(text) & {"+", "#"}


@each_message
def test_its_topic_is_one_that_home_assistant_matches(
    message: Message, announcer: Announcer
) -> None:
    """discovery.py, TOPIC_MATCHER, after the prefix; the component `device`."""
    rest = message.topic.removeprefix(announcer.prefix + "/")
    assert re.fullmatch(r"device/[a-zA-Z0-9_-]+/config", rest)
    assert message.retain


@each_message
def test_the_device_says_who_it_is(message: Message, announcer: Announcer) -> None:
    """schemas.py, DEVICE_DISCOVERY_SCHEMA: device, origin and components are required."""
    found = payload(message)
    assert found.keys() == {"device", "origin", "components"}
    assert found["device"].keys() <= DEVICE
    assert found["device"]["identifiers"]
    texts = [value for key, value in found["device"].items() if key != "identifiers"]
    assert all(isinstance(text, str) and text for text in texts)
    assert found["origin"] == {"name": "floorwatch", "sw_version": announcer.version}


@each_message
def test_each_component_keeps_the_rules_of_its_platform(
    message: Message, announcer: Announcer
) -> None:
    """schemas.py, _COMPONENT_CONFIG_SCHEMA and check_unique_id; the schema of each platform."""
    del announcer
    for name, one in payload(message)["components"].items():
        platform = one["platform"]
        if one.keys() == {"platform"}:
            continue  # taken back
        assert one.keys() <= COMMON | KEYS[platform], name
        assert one.keys() >= NEEDED[platform] | {"unique_id", "name"}, name
        assert one["qos"] in {0, 1, 2}
        if "device_class" in one:
            assert one["device_class"] in CLASSES[platform]
        topics = [value for key, value in one.items() if key.endswith("topic")]
        topics += [where["topic"] for where in one.get("availability", [])]
        assert topics
        assert all(map(is_topic, topics)), topics
        # helpers/config_validation.py, icon.
        assert ":" in one.get("icon", "mdi:x")
        assert one.get("entity_category", "diagnostic") in {"config", "diagnostic"}


@each_message
def test_options_stand_only_where_they_may(message: Message, announcer: Announcer) -> None:
    """sensor.py, validate_sensor_state_and_device_class_config."""
    del announcer
    for one in payload(message)["components"].values():
        if "options" in one:
            assert one["device_class"] == "enum"
            assert one["options"]
            assert not one.keys() & {"state_class", "unit_of_measurement"}


@pytest.mark.parametrize("announcer", ANNOUNCERS)
def test_ids_are_unique_and_cameras_hang_on_their_site(announcer: Announcer) -> None:
    found = [payload(message) for message in announcer.all(CAMERAS)]
    ids = [one["device"]["identifiers"][0] for one in found]
    assert len(set(ids)) == len(ids)
    assert [one["device"].get("via_device") for one in found] == [None, *[ids[0]] * 3]
    unique = [c["unique_id"] for one in found for c in one["components"].values() if len(c) > 1]
    assert len(set(unique)) == len(unique)


def test_names_that_look_alike_are_told_apart_and_the_same_name_stays_the_same() -> None:
    topics: Callable[[str], Topics] = lambda site: Topics("floorwatch", site)  # noqa: E731
    looks = ["a b", "a_b", "a-b", "A B", "文", "字"]
    ids = {Announcer(topics(site), "homeassistant", "1").site().topic for site in looks}
    assert len(ids) == len(looks)
    once, again = (Announcer(topics("lab"), "homeassistant", v).camera(BOTH) for v in ("1", "2"))
    assert once.topic == again.topic


def test_a_camera_s_device_reads_and_writes_the_contract_s_topics() -> None:
    topics = Topics("floorwatch", "lab")
    found = payload(Announcer(topics, "homeassistant", "1").camera(BOTH))["components"]
    assert found["collapse"]["state_topic"] == topics.camera_label("hall", "collapse")
    assert found["spill"]["json_attributes_topic"] == topics.alert("hall", "spill")
    assert found["picture"]["image_topic"] == topics.camera_snapshot("hall")
    assert {found[action]["payload_press"] for action in ACTIONS} == set(ACTIONS)
    assert {found[a]["command_topic"] for a in ACTIONS} == {topics.camera_command("hall")}
    assert found["acknowledge"]["availability"] == [{"topic": topics.desk_availability}]
    assert found["collapse"]["availability"] == [{"topic": topics.availability}]
    assert [found[label]["device_class"] for label in ("collapse", "spill")] == [
        "safety", "moisture",
    ]  # fmt: skip


def test_what_is_not_watched_or_not_sent_is_taken_back() -> None:
    announcer = Announcer(Topics("floorwatch", "lab"), "homeassistant", "1", pictures=False)
    found = payload(announcer.camera(ONE))["components"]
    assert found["spill"] == {"platform": "binary_sensor"}
    assert found["picture"] == {"platform": "image"}


def test_states_are_the_words_that_a_binary_sensor_knows_by_itself() -> None:
    """binary_sensor.py, DEFAULT_PAYLOAD_ON and DEFAULT_PAYLOAD_OFF."""
    announcer = ANNOUNCERS[0]
    states = [announcer.state("hall", "spill", is_open=one) for one in (True, False)]
    assert [state.payload for state in states] == [ON, OFF] == [b"ON", b"OFF"]
    assert all(state.retain for state in states)


def test_a_camera_that_cannot_see_is_a_problem_and_what_is_unusual_is_of_no_class() -> None:
    announcer = Announcer(Topics("floorwatch", "lab"), "homeassistant", "0.1.0")
    found = payload(announcer.camera(ALL))["components"]
    assert found["camera"]["device_class"] == "problem"
    assert found["camera"]["state_topic"] == "floorwatch/lab/cameras/yard/camera"
    assert found["camera"]["json_attributes_topic"] == "floorwatch/lab/alerts/yard/camera"
    assert "device_class" not in found["unusual"]
    taken_back = payload(announcer.camera(BOTH))["components"]
    assert taken_back["camera"] == taken_back["unusual"] == {"platform": "binary_sensor"}
