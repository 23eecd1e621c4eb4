"""What waits to be sent, and what was refused for good."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from alerts.ports import Message

# `plain` is a snapshot's picture without anything drawn into it.
Kind = Literal["plain", "snapshot", "updated", "closed", "opened"]
PICTURES: tuple[Kind, ...] = ("plain", "snapshot")
KINDS: tuple[Kind, ...] = (*PICTURES, "updated", "closed", "opened")  # given up in this order
RANK = {kind: rank for rank, kind in enumerate(KINDS, start=-1)}  # in files too: it stays
COUNTED: tuple[Kind, ...] = KINDS[1:]  # what is given up is counted as these
ROW_BYTES = 300  # what a row costs beside its payload, roughly


@dataclass(frozen=True)
class Kept:
    """A message waiting to be sent. `durable` is False for one that only memory holds."""

    id: int
    message: Message
    event_id: str
    seq: int
    phase: Kind
    durable: bool = True

    @property
    def is_picture(self) -> bool:
        """Whether it goes with an alert, and is none."""
        return self.phase in PICTURES

    @property
    def bytes(self) -> int:
        """What it counts for in a bound."""
        return len(self.message.payload) + ROW_BYTES


def counted_as(kind: Kind) -> Kind:
    """Under which kind it is counted that one was given up: a plain picture as the snapshot that
    it belongs to."""
    return "snapshot" if kind == "plain" else kind


@dataclass(frozen=True)
class DeadLetter:
    """A message the broker refused for good, and what it said. Pictures are not kept."""

    message: Message
    event_id: str
    seq: int
    phase: Kind
    reason: str
    refused_at: float
