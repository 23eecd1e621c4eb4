"""Asking a device for the events since a time: a message on `resync`.

The device publishes them again on their own topics, phases in order, with `replayed: true`, a new
`published_at`, and the event_id and seq they had, so that everyone knows the copies. The contract
is `contract/resync.schema.json`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from typing_extensions import Doc

from alerts import flat, moments
from alerts.shapes import Moment, Person, RequestId


@dataclass(frozen=True)
class Resync:
    """Asks for every event since a time."""

    request_id: Annotated[
        RequestId, Doc("Unique to this request: a repeat is answered once. Of A-Z a-z 0-9 _ -.")
    ]
    since: Annotated[Moment, Doc("Events with a phase decided then or later are sent again.")]
    by: Annotated[Person, Doc("Who asks.")]

    def __post_init__(self) -> None:
        object.__setattr__(self, "since", moments.to_utc_ms(self.since))

    def to_json(self) -> str:
        """One line of JSON. Raises `schema.NotByContract` for what the contract does not allow."""
        return flat.to_json("resync", self)

    @classmethod
    def from_json(cls, text: str | bytes) -> Resync:
        """The request in `text`. Raises `schema.NotByContract`."""
        return cls.from_fields(flat.from_json("resync", text))

    @classmethod
    def from_fields(cls, fields: dict[str, Any]) -> Resync:
        """The request of fields that keep the contract. Raises `schema.NotByContract` for a date
        that there is not."""
        return cls(**flat.with_moments(fields, ("since",)))
