"""How an event stands with people: written by the desk alone, on `events/<event_id>/state`.

The contract is `contract/state.schema.json`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

from typing_extensions import Doc

from alerts import flat, moments
from alerts.event import Label
from alerts.shapes import WHOLE_MAX, Count, EventId, Fraction, Limits, Moment, Name, Note, Person

Standing = Literal["open", "acknowledged", "escalated", "resolved", "false_alarm"]
STANDINGS: tuple[Standing, ...] = get_args(Standing)
UNTAKEN: tuple[Standing, ...] = ("open", "escalated")  # nobody takes care of it yet


@dataclass(frozen=True)
class EventState:
    """Who took care of one event. Retained: the last one holds; an empty message takes it back,
    once the event is old."""

    event_id: Annotated[EventId, Doc("The incident, as in its alerts.")]
    version: Annotated[
        int,
        Limits(minimum=1, maximum=WHOLE_MAX),
        Doc("Counts the states of this event: a lower one never replaces a higher."),
    ]
    standing: Annotated[
        Standing,
        Doc(
            "open: nobody has taken it. escalated: nobody has, and the next ones were called. "
            "acknowledged: somebody takes care. resolved, false_alarm: it is over."
        ),
    ]
    by: Annotated[Person | None, Doc("Who brought it into this standing; null for the desk.")]
    at: Annotated[Moment, Doc("Since when it stands so.")]
    note: Annotated[Note, Doc("What was said about it, or nothing.")]
    step: Annotated[Count, Doc("How far up the chain it has gone; 0 for nowhere yet.")]
    site: Annotated[Name, Doc("The site, as in the topic.")]
    camera: Annotated[Name, Doc("The camera that saw it.")]
    label: Annotated[Label, Doc("What was seen.")]
    zone: Annotated[Name | None, Doc("The named part of the view, or null.")]
    opened_at: Annotated[Moment, Doc("When the incident was opened.")]
    ongoing: Annotated[bool, Doc("False once the device has closed it.")]
    score: Annotated[Fraction, Doc("How sure the model was at most, 0-1.")]
    desk: Annotated[Person, Doc("The desk that wrote this.")]

    def __post_init__(self) -> None:
        set_ = object.__setattr__
        set_(self, "at", moments.to_utc_ms(self.at))
        set_(self, "opened_at", moments.to_utc_ms(self.opened_at))
        set_(self, "score", round(float(self.score), 4))

    def to_json(self) -> str:
        """One line of JSON. Raises `schema.NotByContract` for what the contract does not allow."""
        return flat.to_json("state", self)

    @classmethod
    def from_json(cls, text: str | bytes) -> EventState:
        """The state in `text`. Raises `schema.NotByContract`."""
        return cls.from_fields(flat.from_json("state", text))

    @classmethod
    def from_fields(cls, fields: dict[str, Any]) -> EventState:
        """The state of fields that keep the contract. Raises `schema.NotByContract` for a date
        that there is not."""
        return cls(**flat.with_moments(fields, ("at", "opened_at")))
