"""Remembering: what people call a false alarm goes into the folder of hard negatives.

It is looked for in the ledger again and again, so that nothing is missed that was said while the
disk refused or no desk was there, and so that a clip that comes late is added.
"""

from __future__ import annotations

import threading
from pathlib import Path

from alerts.desk.deeds import Deeds
from alerts.desk.lease import Lease
from alerts.desk.negatives import HardNegatives
from alerts.desk.parts import Negatives
from alerts.errors import DiskRefused
from alerts.ledger import Ledger, Query, Row

_LOOK_S = 5.0
_TAKEN_BACK_EVERY, _TIDY_EVERY = 12, 720  # looks
_LOOKED_AT_MAX = 500


def kept(config: Negatives, folder: Path) -> HardNegatives:
    """The folder of a desk that keeps its things in `folder`."""
    return HardNegatives(
        config.path or folder / "hard_negatives",
        evidence_folder=config.evidence_folder,
        bytes_max=config.mb_max * 10**6,
        keep_days=config.keep_days,
    )


class Remembering:
    """Looks every few seconds, while this desk acts. `run` is the body of its thread."""

    def __init__(
        self, negatives: HardNegatives, ledger: Ledger, lease: Lease, deeds: Deeds
    ) -> None:
        self._negatives = negatives
        self._ledger = ledger
        self._lease = lease
        self._deeds = deeds
        self._done: dict[str, tuple[int, int, bool, bool, bool]] = {}
        self._looks = 0

    def run(self, stop: threading.Event) -> None:
        """Until `stop`."""
        while not stop.is_set():
            if self._lease.good():
                try:
                    self.look()
                except DiskRefused as refused:
                    self._deeds.tell(f"false alarms are not kept for training: {refused}")
            stop.wait(_LOOK_S)

    def look(self) -> None:
        """Once: what is new, what has more pictures than before, what was taken back after all.
        Raises `DiskRefused`."""
        if self._looks % _TAKEN_BACK_EVERY == 0:
            self._take_back()
        self._looks += 1
        rows = self._ledger.events(Query(standing=("false_alarm",), limit=_LOOKED_AT_MAX))
        for row in rows:
            if row.state is not None and self._done.get(row.event_id) != _known(row):
                self._follow(row)
        self._done = {row.event_id: _known(row) for row in rows}

    def _take_back(self) -> None:
        if self._looks % _TIDY_EVERY == 0:
            self._negatives.tidy()
        for one in self._negatives.all():
            row = self._ledger.event(one.event_id, one.site)
            if row is not None and row.standing != "false_alarm":
                self._follow(row)

    def _follow(self, row: Row) -> None:
        if row.event is None or row.state is None:
            return
        snapshot = self._ledger.snapshot(row.event_id, row.site) if row.has_snapshot else None
        clip = self._ledger.clip(row.event_id, row.site) if row.has_clip else None
        plain = self._ledger.plain(row.event_id, row.site) if row.has_plain else None
        if self._negatives.follow(row.event, row.state, snapshot, clip, plain):
            self._deeds.add("negatives_changed")


def _known(row: Row) -> tuple[int, int, bool, bool, bool]:
    """What may bring more than before: another word, a later phase, a picture, a clip."""
    version = 0 if row.state is None else row.state.version
    seq = -1 if row.event is None else row.event.seq
    return version, seq, row.has_snapshot, row.has_clip, row.has_plain
