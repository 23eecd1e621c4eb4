"""What waits to be sent, and what was refused for good."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from alerts.ports import Message

Kind = Literal["snapshot", "updated", "closed", "opened"]
KINDS: tuple[Kind, ...] = ("snapshot", "updated", "closed", "opened")  # given up in this order
RANK = {kind: rank for rank, kind in enumerate(KINDS)}
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
    def bytes(self) -> int:
        """What it counts for in a bound."""
        return len(self.message.payload) + ROW_BYTES


@dataclass(frozen=True)
class DeadLetter:
    """A message the broker refused for good, and what it said. Pictures are not kept."""

    message: Message
    event_id: str
    seq: int
    phase: Kind
    reason: str
    refused_at: float
