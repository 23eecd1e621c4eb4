"""What people answer to an alert: a command, on `events/<event_id>/command`.

The contract is `contract/command.schema.json`. A client that can only send fixed words (a button
in Home Assistant, a node in Node-RED) sends the action alone.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, get_args

from typing_extensions import Doc

from alerts import flat, moments, schema
from alerts.shapes import Moment, Note, Person, RequestId

Action = Literal["acknowledge", "resolve", "false_alarm"]
Via = Literal["console", "dashboard", "webhook", "homeassistant", "mqtt"]
ACTIONS: tuple[Action, ...] = get_args(Action)
_NOBODY = "mqtt"  # who, when the message names nobody


@dataclass(frozen=True)
class Command:
    """What somebody answers to one alert. Consumers de-duplicate on `command_id`."""

    command_id: Annotated[
        RequestId, Doc("Unique to this answer; a repeat is recognised by it. Of A-Z a-z 0-9 _ -.")
    ]
    action: Annotated[
        Action,
        Doc(
            "acknowledge: I take care of it. resolve: it is over. "
            "false_alarm: there was nothing, and training may use it."
        ),
    ]
    who: Annotated[Person, Doc("Who answers; mqtt where the client names nobody.")]
    at: Annotated[Moment, Doc("When it was pressed.")]
    note: Annotated[Note, Doc("What there is to say about it, or nothing.")] = ""
    via: Annotated[Via, Doc("The way it came.")] = "mqtt"

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", moments.to_utc_ms(self.at))

    def to_json(self) -> str:
        """One line of JSON. Raises `schema.NotByContract` for a name or a note that is too long or
        has control characters."""
        return flat.to_json("command", self)

    @classmethod
    def from_json(cls, text: str | bytes) -> Command:
        """The command in `text`. Raises `schema.NotByContract`."""
        return cls.from_fields(flat.from_json("command", text))

    @classmethod
    def from_fields(cls, fields: dict[str, Any]) -> Command:
        """The command of fields that keep the contract. Raises `schema.NotByContract` for a date
        that there is not."""
        return cls(**flat.with_moments(fields, ("at",)))

    @classmethod
    def from_payload(cls, topic: str, payload: bytes, received_at: datetime) -> Command:
        """As `from_json`, and also what plain MQTT clients send: the bare action, or a JSON object
        in which all but `action` may be missing.

        What is missing is made up: `who` is `mqtt`, `at` is `received_at`, `command_id` a digest
        of topic, payload and minute, so that a copy is recognised. Raises `schema.NotByContract`.
        """
        word = payload.strip().decode("utf-8", "replace") if len(payload) < 40 else ""
        told = {"action": word} if word in ACTIONS else schema.parsed(payload)
        if not isinstance(told, dict):
            raise schema.NotByContract(f"the message: neither one of {ACTIONS} nor an object")
        at = moments.to_utc_ms(received_at)
        made_up: dict[str, Any] = {
            "schema_version": flat.SCHEMA_VERSION,
            "command_id": _made_up_id(topic, payload, at),
            "who": _NOBODY,
            "at": moments.to_text(at),
            "note": "",
            "via": "mqtt",
        }
        return cls.from_json(json.dumps(made_up | told))


def _made_up_id(topic: str, payload: bytes, at: datetime) -> str:
    """The same for a copy that comes within the same minute."""
    digest = hashlib.sha256(topic.encode("utf-8", "replace"))
    digest.update(b"\0" + payload + b"\0")
    digest.update(moments.to_text(at.replace(second=0, microsecond=0)).encode())
    return digest.hexdigest()[:32]
