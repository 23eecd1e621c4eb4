"""The published contract: the schemas are schemas, and the AsyncAPI document names our topics."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files
from typing import Any, get_args

import pytest
import yaml
from jsonschema import Draft202012Validator

from alerts import schema
from alerts.event import ModelUsed
from alerts.schema import KINDS, Kind, NotByContract
from alerts.status import CameraStatus, Health, OutboxStatus, State, Status
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


def test_asyncapi_names_the_topics_that_are_built() -> None:
    document: dict[str, Any] = yaml.safe_load(
        files("alerts").joinpath("contract").joinpath("asyncapi.yaml").read_text("utf-8")
    )
    assert document["asyncapi"] == "3.0.0"
    topics = Topics("floorwatch", "{site}")
    built = {
        "availability": topics.availability,
        "status": topics.status,
        "health": topics.health("{camera}"),
        "check": topics.check,
        "alert": topics.alert("{camera}", "{label}"),
        "eventSnapshot": topics.event_snapshot("{event_id}"),
        "cameraSnapshot": topics.camera_snapshot("{camera}"),
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
