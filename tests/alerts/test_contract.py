"""The published contract: the schemas are schemas, and the AsyncAPI document names our topics."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from importlib.resources import files
from typing import Any, get_args

import pytest
import yaml
from jsonschema import Draft202012Validator

from alerts import schema
from alerts.contract.made import contract_files
from alerts.event import ModelUsed
from alerts.schema import KINDS, Kind, NotByContract
from alerts.status import CameraStatus, DeskStatus, Health, OutboxStatus, State, Status
from alerts.topics import Topics
from tests.alerts.samples import BEGAN, SHA

NOTHING_DROPPED = {"snapshot": 0, "updated": 0, "closed": 0, "opened": 0}
STATUS = Status(
    site="site",
    at=BEGAN,
    started_at=BEGAN,
    state="running",
    version="0.1.0",
    model=ModelUsed("first", SHA),
    cameras=(CameraStatus("hall", "ok", {"frames": 12, "analysed_per_s": 4.9}),),
    counters={"sent": 3},
    outbox=OutboxStatus(depth=0, memory_depth=0, durable=True, dead=0, dropped=NOTHING_DROPPED),
)


@pytest.mark.parametrize("kind", KINDS)
def test_each_schema_is_one_and_is_strict(kind: Kind) -> None:
    fields = json.loads(schema.text(kind))
    Draft202012Validator.check_schema(fields)
    assert fields["additionalProperties"] is False
    assert set(fields["required"]) == set(fields["properties"])


def test_the_states_of_the_contract_are_those_that_can_be_sent() -> None:
    named = json.loads(schema.text("status"))["properties"]["state"]["enum"]
    assert tuple(named) == get_args(State)


def test_status_and_health_keep_the_contract() -> None:
    assert schema.check("status", STATUS.to_json())["cameras"][0]["name"] == "hall"
    health = Health("site", "hall", "frozen", BEGAN, "the picture has not changed for 20 s")
    assert schema.check("health", health.to_json())["reason"] == "frozen"


def test_the_status_of_a_desk_keeps_the_contract() -> None:
    told = DeskStatus("site", "desk-1", BEGAN, {"sent": 3, "taken_back": 1}, {"pages_failed": 0})
    assert schema.check("desk_status", told.to_json())["pages"] == {"sent": 3, "taken_back": 1}
    with pytest.raises(NotByContract, match="Sent it"):
        replace(told, pages={"Sent it": 3}).to_json()


def test_a_status_that_breaks_it_is_told() -> None:
    bad = replace(STATUS, counters={"Sent": 1})
    with pytest.raises(NotByContract, match="Sent"):
        schema.check("status", bad.to_json())


def test_who_reads_a_status_leaves_out_what_he_does_not_know_but_no_counter() -> None:
    fields = json.loads(STATUS.to_json())
    fields["cameras"][0] |= {"lens": "dirty"}
    fields["outbox"]["dropped"] |= {"spare": 1}
    read = schema.read("status", json.dumps(fields | {"weather": None}))
    assert read == schema.check("status", STATUS.to_json())
    assert read["cameras"][0]["counters"] == {"frames": 12, "analysed_per_s": 4.9}
    with pytest.raises(NotByContract, match="cameras"):
        schema.read("status", json.dumps(fields | {"cameras": {"weather": None}}))


def asyncapi() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(shipped("asyncapi.yaml"))
    return document


def shipped(name: str) -> str:
    return files("alerts").joinpath("contract").joinpath(name).read_text("utf-8")


def test_the_files_are_what_the_types_say() -> None:
    made = contract_files()
    old = [name for name, text in made.items() if shipped(name) != text]
    assert not old, "the types have changed: run `python -m alerts.contract --write`"
    folder = files("alerts").joinpath("contract")
    there = {one.name for one in folder.iterdir() if one.name.endswith((".json", ".yaml"))}
    assert there == set(made)


def test_asyncapi_keeps_the_rules_of_its_specification() -> None:
    document = asyncapi()
    operated = [one["channel"]["$ref"] for one in document["operations"].values()]
    assert sorted(operated) == sorted(f"#/channels/{name}" for name in document["channels"])
    assert {one["action"] for one in document["operations"].values()} == {"send", "receive"}
    for name, channel in document["channels"].items():
        named = set(re.findall(r"{(\w+)}", channel["address"]))
        assert named == set(channel.get("parameters", {})), name
        assert channel["messages"], name
    for message in document["components"]["messages"].values():
        assert set(message) <= {"contentType", "payload", "description"}
    keys = re.compile(r"^[a-zA-Z0-9._-]+$")  # of components, channels and operations
    named = {*document["channels"], *document["operations"], *document["components"]["messages"]}
    assert all(keys.match(name) for name in named)


def test_what_floorwatch_writes_is_sent_and_what_others_write_is_received() -> None:
    operations = asyncapi()["operations"].values()
    received = {one["channel"]["$ref"] for one in operations if one["action"] == "receive"}
    assert received == {
        "#/channels/command",
        "#/channels/cameraCommand",
        "#/channels/resync",
        "#/channels/homeAssistantStatus",
    }
    retained = {
        one["channel"]["$ref"].split("/")[-1]
        for one in operations
        if one["bindings"]["mqtt"]["retain"]
    }
    passing = {"alert", "command", "cameraCommand", "page", "resync", "eventSnapshot", "eventPlain"}
    passing.add("eventPage")
    assert not retained & passing
    assert retained >= {"availability", "status", "health", "state", "deskAvailability"}


def test_asyncapi_names_the_topics_that_are_built() -> None:
    document = asyncapi()
    assert document["asyncapi"] == "3.0.0"
    topics = Topics("floorwatch", "{site}")
    built = {
        "availability": topics.availability,
        "status": topics.status,
        "health": topics.health("{camera}"),
        "check": topics.check,
        "alert": topics.alert("{camera}", "{label}"),
        "eventSnapshot": topics.event_snapshot("{event_id}"),
        "eventPlain": topics.event_plain("{event_id}"),
        "view": topics.view("{camera}"),
        "cameraSnapshot": topics.camera_snapshot("{camera}"),
        "eventClip": topics.event_clip("{event_id}"),
        "cameraLabel": topics.camera_label("{camera}", "{label}"),
        "discovery": topics.discovery("{device_id}"),
        "state": topics.event_state("{event_id}"),
        "page": topics.page("{recipient}"),
        "eventPage": topics.event_page("{event_id}"),
        "deskAvailability": topics.desk_availability,
        "deskStatus": topics.desk_status,
        "command": topics.event_command("{event_id}"),
        "cameraCommand": topics.camera_command("{camera}"),
        "resync": topics.resync,
        "homeAssistantStatus": "homeassistant/status",
    }
    assert {name: one["address"] for name, one in document["channels"].items()} == built
    for reference in _references(document):
        if reference.startswith("#/"):
            found: Any = document
            for step in reference[2:].split("/"):
                found = found[step]
        else:
            assert files("alerts").joinpath("contract").joinpath(reference[2:]).is_file()


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if "$ref" in node else []
        return own + [found for value in node.values() for found in _references(value)]
    if isinstance(node, list):
        return [found for value in node for found in _references(value)]
    return []
