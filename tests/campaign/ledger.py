"""Who said what: what the daemon kept, by its log, against what arrived, by a subscriber.

The daemon logs one line an event once it is on disk. That, and the numbers `seq` which must run
from 0 without a gap, say what must arrive; what did arrive says an independent subscriber.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Key = tuple[str, int]
_EVENT = re.compile(r"\bevent=([0-9A-Za-z-]+)")
_SEQ = re.compile(r"\bseq=(\d+)")
_PHASE = re.compile(r"\bphase=(opened|updated|closed)\b")


@dataclass(frozen=True)
class Told:
    """One phase of one event, as it arrived: when (monotonic, and by the clock on the wall)."""

    event_id: str
    seq: int
    phase: str
    camera: str
    label: str
    at_s: float
    wall_s: float
    detected_s: float
    durable: bool

    @property
    def key(self) -> Key:
        """What consumers de-duplicate on."""
        return self.event_id, self.seq


@dataclass(frozen=True)
class Ledger:
    """`expected` and `delivered` count phases of events, each once; `lost` are their ids and
    numbers. `reordered` counts first arrivals that came after a later phase of the same event."""

    expected: int
    delivered: int
    lost: tuple[str, ...]
    reordered: int
    duplicates: int
    logged: int
    not_by_contract: int = 0


def logged(log: str) -> list[Key]:
    """What the daemon says it kept. A line that a kill cut off does not count."""
    whole = log[: log.rfind("\n") + 1]
    found = []
    for line in whole.splitlines():
        event, seq = _EVENT.search(line), _SEQ.search(line)
        if event and seq and _PHASE.search(line):
            found.append((event[1], int(seq[1])))
    return found


def missing(kept: Iterable[Key], told: Sequence[Told]) -> set[Key]:
    """What must arrive and has not: what was kept, and whatever comes before what is known."""
    arrived = {one.key for one in told}
    last: dict[str, int] = {}
    for event_id, seq in [*kept, *arrived]:
        last[event_id] = max(seq, last.get(event_id, 0))
    return {(event_id, seq) for event_id, top in last.items() for seq in range(top + 1)} - arrived


def account(kept: Sequence[Key], told: Sequence[Told], not_by_contract: int = 0) -> Ledger:
    """The balance."""
    first: dict[Key, Told] = {}
    highest: dict[str, int] = {}
    reordered = 0
    for one in told:
        if one.key in first:
            continue
        first[one.key] = one
        reordered += one.seq < highest.get(one.event_id, -1)
        highest[one.event_id] = max(one.seq, highest.get(one.event_id, -1))
    lost = missing(kept, told)
    return Ledger(
        expected=len(first) + len(lost),
        delivered=len(first),
        lost=tuple(f"{event_id}#{seq}" for event_id, seq in sorted(lost)),
        reordered=reordered,
        duplicates=len(told) - len(first),
        logged=len(set(kept)),
        not_by_contract=not_by_contract,
    )


def rounds(told: Sequence[Told], round_s: float) -> tuple[int, int]:
    """How many incidents a clip played round and round should have opened, between the first and
    the last seen of each camera, and how many were: a second witness, who reads no log."""
    opened: dict[str, dict[str, float]] = {}
    for one in told:
        if one.phase == "opened":
            opened.setdefault(one.camera, {})[one.event_id] = one.detected_s
    expected = seen = 0
    for events in opened.values():
        at_s = sorted(events.values())
        expected += round((at_s[-1] - at_s[0]) / round_s) + 1
        seen += len(at_s)
    return expected, seen
