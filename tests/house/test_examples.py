"""The examples for Home Assistant and Node-RED can be read, and name topics of the contract."""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from typing import Any

import yaml

from alerts.answers import ACTIONS, Command
from alerts.homeassistant import Announcer, WatchedCamera
from alerts.topics import Filters, Topics
from tests.alerts.samples import an_event
from tests.house.tree import ROOT

TOPICS = Topics("floorwatch", "clinic-west")
ALERTS = Filters("floorwatch", "clinic-west").alerts
NOW = datetime(2026, 11, 21, tzinfo=timezone.utc)
FLOW: list[dict[str, Any]] = json.loads((ROOT / "configs" / "node-red.json").read_text("utf-8"))
TELLS, HEARS = yaml.safe_load((ROOT / "configs" / "home-assistant.yaml").read_text("utf-8"))
NOTIFY = next(step for step in TELLS["actions"] if "action" in step)


def node(name: str) -> dict[str, Any]:
    return next(one for one in FLOW if one["id"] == name)


def filled_in(template: str, names: str) -> str:
    """A template with the fields of an event in the places that ask for them."""
    event = vars(an_event(site="clinic-west"))
    return re.sub(names, lambda found: str(event[found[1]]), template)


def test_home_assistant_hears_the_site_of_the_example_and_what_is_new() -> None:
    site = yaml.safe_load((ROOT / "configs" / "example.yaml").read_text("utf-8"))
    assert site["site"]["name"] == TOPICS.site
    assert TELLS["triggers"] == [{"trigger": "mqtt", "topic": ALERTS}]
    (condition,) = TELLS["conditions"]
    asked = set(re.findall(r"payload_json\.(\w+)", condition))
    assert asked == {"phase", "replayed"}
    said = json.dumps(NOTIFY, ensure_ascii=False)
    assert set(re.findall(r"alert\.(\w+)", said)) <= vars(an_event()).keys()


def test_what_the_phone_answers_is_a_command() -> None:
    variables = next(step["variables"] for step in TELLS["actions"] if "variables" in step)
    answer = filled_in(variables["answer"], r"\{\{ alert\.(\w+) \}\}")
    actions = [one["action"] for one in NOTIFY["data"]["data"]["actions"]]
    assert len(actions) == 2
    for action in actions:
        # As the second automation takes it apart.
        topic, _, word = action.replace("{{ answer }}", answer).rpartition("/")
        assert topic == TOPICS.event_command(an_event().event_id)
        assert Command.from_payload(topic, word.encode(), NOW).action in ACTIONS
    (publish,) = HEARS["actions"]
    assert publish["action"] == "mqtt.publish"
    assert "rsplit('/', 1) | first" in publish["data"]["topic"]
    assert "rsplit('/', 1) | last" in publish["data"]["payload"]


def test_the_picture_it_shows_is_the_one_that_is_announced() -> None:
    """Home Assistant makes the entity's name of the device's and the component's."""
    announced = Announcer(TOPICS, "homeassistant", "1").camera(WatchedCamera("hall", ()))
    found = json.loads(announced.payload)
    name = f"{found['device']['name']}_{found['components']['picture']['name']}".lower()
    image = NOTIFY["data"]["data"]["image"].replace("{{ alert.camera | slugify }}", "hall")
    assert image == f"/api/image_proxy/image.{name.replace(' ', '_')}"


def test_the_flow_is_whole() -> None:
    ids = [one["id"] for one in FLOW]
    assert len(set(ids)) == len(ids)
    for one in FLOW:
        assert one.get("z", "fw-tab") == "fw-tab"
        assert {end for wire in one.get("wires", []) for end in wire} <= set(ids)
        if one["type"].startswith("mqtt "):
            assert node(one["broker"])["type"] == "mqtt-broker"
    asked = [one["property"].removeprefix("payload.") for one in FLOW if one["type"] == "switch"]
    assert asked == ["phase", "replayed"]
    assert node("fw-alerts")["topic"] == ALERTS


def test_what_the_flow_answers_is_a_command() -> None:
    function = node("fw-newest")["func"]
    (template,) = re.findall(r"msg\.topic = `([^`]*)`", function)
    topic = filled_in(template, r"\$\{alert\.(\w+)\}")
    assert topic == TOPICS.event_command(an_event().event_id)
    payload = json.dumps({"action": node("fw-press")["payload"], "who": "Node-RED"})
    command = Command.from_payload(topic, payload.encode(), NOW)
    assert (command.action, command.who) == ("acknowledge", "Node-RED")
    text = node("fw-text")["func"]
    assert set(re.findall(r"alert\.(\w+)", text + function)) <= vars(an_event()).keys()
