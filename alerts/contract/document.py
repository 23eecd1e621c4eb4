"""The AsyncAPI 3.0 document (https://www.asyncapi.com/docs/reference/specification/v3.0.0)."""

from __future__ import annotations

import re
from typing import Any, get_args

import yaml

from alerts.answers import ACTIONS
from alerts.contract.channels import CHANNELS, Channel
from alerts.contract.schemas import MESSAGES
from alerts.event import Label

_PARAMETER = re.compile(r"{(\w+)}")
_ANY_NAME = "one level, none of / + #."
_PARAMETERS: dict[str, dict[str, Any]] = {
    "site": {"description": f"The site's name: {_ANY_NAME}"},
    "camera": {"description": f"The camera's name: {_ANY_NAME}"},
    "label": {"description": "What is seen.", "enum": list(get_args(Label))},
    "event_id": {"description": "The incident, as in its alerts."},
    "recipient": {"description": f"Who is told, as the desk's file names them: {_ANY_NAME}"},
    "device_id": {"description": "A camera or a site, as Home Assistant knows it."},
}
_ABOUT = (
    "What floorwatch says over MQTT: alerts when a person collapses or liquid is spilled, whether "
    "it can see, and who takes care; and what it is told. Messages are sent at least once (QoS 1): "
    "consumers de-duplicate alerts on event_id and seq, states on event_id and version, answers on "
    "command_id, pages on page_id, and leave out fields they do not know: a newer device may send "
    "more, under the same schema_version, than the strict schemas here name. The first level, "
    "`floorwatch`, can be configured."
)


def document() -> str:
    """The document, as YAML."""
    whole = {
        "asyncapi": "3.0.0",
        "info": {
            "title": "floorwatch",
            "version": "1.1.0",
            "description": _ABOUT,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {"site": _server()},
        "channels": {channel.name: _channel(channel) for channel in CHANNELS},
        "operations": {channel.operation: _operation(channel) for channel in CHANNELS},
        "components": {"parameters": _PARAMETERS, "messages": _messages()},
    }
    text: str = yaml.safe_dump(whole, sort_keys=False, allow_unicode=True, width=100)
    return text


def _server() -> dict[str, str]:
    return {
        "host": "broker.example:1883",
        "protocol": "mqtt",
        "protocolVersion": "5.0",
        "description": "The site's own broker. MQTT 5; under 3.1.1 a message that the broker "
        "refuses looks delivered.",
    }


def _channel(channel: Channel) -> dict[str, Any]:
    names = _PARAMETER.findall(channel.address)
    parameters = {name: {"$ref": f"#/components/parameters/{name}"} for name in names}
    return {
        "address": channel.address,
        "description": channel.says,
        **({"parameters": parameters} if parameters else {}),
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in channel.messages},
    }


def _operation(channel: Channel) -> dict[str, Any]:
    return {
        "action": channel.action,
        "channel": {"$ref": f"#/channels/{channel.name}"},
        "tags": [{"name": channel.writer, "description": "Who writes there."}],
        "bindings": {"mqtt": {"qos": 1, "retain": channel.retained, "bindingVersion": "0.2.0"}},
    }


def _messages() -> dict[str, Any]:
    by_schema: dict[str, Any] = {
        kind: {
            "payload": {
                "schemaFormat": "application/schema+json;version=draft-2020-12",
                "schema": {"$ref": f"./{kind}.schema.json"},
            }
        }
        for kind in MESSAGES
    }
    return {
        **by_schema,
        "availability": _words("online", "offline"),
        "switch": _words("ON", "OFF"),
        "word": _words(*ACTIONS)
        | {"description": "An answer from a client that can only send fixed words."},
        "check": {"contentType": "text/plain", "payload": {"type": "string"}},
        "snapshot": _binary("image/jpeg"),
        "clip": _binary("video/mp4"),
        "discovery": {"payload": {"type": "object"}},
    }


def _words(*words: str) -> dict[str, Any]:
    return {"contentType": "text/plain", "payload": {"type": "string", "enum": list(words)}}


def _binary(content: str) -> dict[str, Any]:
    return {"contentType": content, "payload": {"type": "string", "format": "binary"}}
