"""Telling one recipient: one step of a chain, as published on `pages/<recipient>`.

The contract is `contract/page.schema.json`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from typing_extensions import Doc

from alerts import flat, moments
from alerts.event import Label
from alerts.shapes import Count, Key, Line, Link, Moment, Name, Text


@dataclass(frozen=True)
class Page:
    """One recipient told of one event. Consumers de-duplicate on `page_id`."""

    page_id: Annotated[
        Key,
        Doc("The same in every try: <event_id>-s<step>-<n>. What was taken once is taken."),
    ]
    event_id: Annotated[
        Key,
        Doc(
            "The incident; camera-<camera>-<since>-<digest> where a camera or a device went blind."
        ),
    ]
    step: Annotated[Count, Doc("The step of the chain, from 1; 0 outside of one.")]
    recipient: Annotated[Name, Doc("Who is told, as the desk's file names them.")]
    subject: Annotated[Line, Doc("What happened, in one line.")]
    text: Annotated[Text, Doc("What happened, in full.")]
    at: Annotated[Moment, Doc("When the step was due.")]
    site: Annotated[Name, Doc("The site, as in the topic.")]
    camera: Annotated[Name | None, Doc("The camera, or null for a whole site.")] = None
    label: Annotated[Label | None, Doc("What was seen, or null for a camera that is blind.")] = None
    zone: Annotated[Name | None, Doc("The named part of the view, or null.")] = None
    link: Annotated[Link | None, Doc("Where to answer, or null.")] = None
    repeat: Annotated[
        bool, Doc("True if it may have been told before: a try whose end is not known.")
    ] = False
    drill: Annotated[bool, Doc("True for a test: nobody is hurt.")] = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", moments.to_utc_ms(self.at))

    def to_json(self) -> str:
        """One line of JSON. Raises `schema.NotByContract` for what the contract does not allow."""
        return flat.to_json("page", self)

    @classmethod
    def from_json(cls, text: str | bytes) -> Page:
        """The page in `text`. Raises `schema.NotByContract`."""
        return cls.from_fields(flat.from_json("page", text))

    @classmethod
    def from_fields(cls, fields: dict[str, Any]) -> Page:
        """The page of fields that keep the contract. Raises `schema.NotByContract` for a date
        that there is not."""
        return cls(**flat.with_moments(fields, ("at",)))
