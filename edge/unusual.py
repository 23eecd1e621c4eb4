"""Telling of what was never seen like this on a camera's normal days: rarely, and only if asked to.

How rarely is the site's budget of alarms a day; how high that is, the camera's own record says (see
`edge.normal.budget`). Such an event is no incident: nobody knows what it is. It lasts for as long
as the view stays so unusual, at most ten minutes, and nothing is learnt meanwhile.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np

from alerts.event import Event, ThresholdUsed
from alerts.noted import Noted
from alerts.schema import NotByContract
from edge.core.types import Box
from edge.normal.budget import BLOCK_S, Record
from edge.normal.camera import Reading
from edge.noticing import WHOLE, Notice, Noticing
from edge.pipeline import Seen

_CALM_S = 20.0  # no longer so unusual for so long: closed
_LASTS_S = 600.0  # what is still there then is no news
_SILENT_NS = 60_000_000_000  # a camera from which nothing comes
_WHERE = 0.5  # of the farthest place's distance: the places that are shown
_SECOND_NS = 1_000_000_000
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Going:
    """An event that is open: how high it has to stay, and when it last was so high."""

    event: Event
    threshold: float
    opened_ns: int
    high_ns: int


class Unusual:
    """The open events of every camera. Used by the onlooker's thread. `stride` is the pixels a
    place is wide and high; `noted` keeps what is open over a restart, so that it is ended; None
    keeps nothing."""

    def __init__(self, noticing: Noticing, stride: int, noted: Noted | None = None) -> None:
        self._noticing = noticing
        self._stride = stride
        self._noted = noted
        self._going: dict[str, _Going] = {}
        self._seen_ns: dict[str, int] = {}
        self._began = False

    def is_open(self, camera: str) -> bool:
        """Whether such an event lasts there."""
        return camera in self._going

    def look(
        self, seen: Seen, reading: Reading, record: Record, a_day: float, *, occupied: bool
    ) -> None:
        """One second of a camera. While something else is going on (`occupied`) none begins."""
        camera, at_ns = seen.frame.camera, seen.frame.at_ns
        self._seen_ns[camera] = at_ns
        going = self._going.get(camera)
        if going is not None:
            self._follow(camera, going, reading.height, at_ns)
            return
        threshold = record.threshold(a_day)
        if occupied or not reading.ready or threshold is None or reading.height <= threshold:
            return
        if record.may_tell(a_day, reading.at_s):
            record.tell(reading.at_s)
            self._open(seen, reading, record, threshold)

    def tick(self) -> None:
        """About once a second: ends what an earlier process left open, and what is open on cameras
        that fell silent."""
        now_ns = self._noticing.clock.now_ns()
        if not self._began:
            self._began = True
            self._end_earlier(now_ns)
        for camera in list(self._going):
            if now_ns - self._seen_ns.get(camera, now_ns) > _SILENT_NS:
                self.end(camera)

    def end(self, camera: str) -> None:
        """Closes what is open there."""
        going = self._going.pop(camera, None)
        if going is not None:
            self._noticing.closed(going.event, self._noticing.clock.now_ns())
            self._note()

    def finish(self) -> None:
        """Closes what is open, as at the end of a recording."""
        for camera in list(self._going):
            self.end(camera)

    def _follow(self, camera: str, going: _Going, height: float, at_ns: int) -> None:
        high_ns = at_ns if height > going.threshold else going.high_ns
        self._going[camera] = _Going(going.event, going.threshold, going.opened_ns, high_ns)
        calm_s = (at_ns - high_ns) / _SECOND_NS
        if calm_s >= _CALM_S or (at_ns - going.opened_ns) / _SECOND_NS >= _LASTS_S:
            self.end(camera)

    def _open(self, seen: Seen, reading: Reading, record: Record, threshold: float) -> None:
        camera, at_ns = seen.frame.camera, seen.frame.at_ns
        stretches = record.days * 86_400 / BLOCK_S
        notice = Notice(
            camera,
            "unusual",
            since_ns=at_ns,
            at_ns=at_ns,
            path="unusual",
            score=_share_below(record, reading.height, stretches),
            threshold=ThresholdUsed(
                value=_share_below(record, threshold, stretches),
                source=f"normal pattern, {record.days:.1f} days",
            ),
            box=where(reading, seen, self._stride),
        )
        event = self._noticing.opened(notice, seen)
        _log.warning(
            "camera=%s shows something unusual: less so were %.1f %% of ten minutes in %.1f days",
            camera, 100 * notice.score, record.days,
        )  # fmt: skip
        self._going[camera] = _Going(event, threshold, at_ns, at_ns)
        self._note()

    def _end_earlier(self, now_ns: int) -> None:
        for camera, text in ({} if self._noted is None else self._noted.read()).items():
            try:
                self._noticing.closed(Event.from_json(str(text)), now_ns)
            except NotByContract as error:
                _log.warning("camera=%s: its open event cannot be read: %s", camera, error)
        self._note()

    def _note(self) -> None:
        if self._noted is not None:
            self._noted.write({name: one.event.to_json() for name, one in self._going.items()})


def where(reading: Reading, seen: Seen, stride: int) -> Box:
    """The part of the view that is unusual: a box round its farthest places."""
    far = reading.distances
    rows, columns = np.nonzero(far >= _WHERE * float(far.max()))
    if not len(rows) or far.max() <= 0:
        return WHOLE
    height, width = seen.frame.rgb.shape[:2]
    left, top = columns.min() * stride / width, rows.min() * stride / height
    right, bottom = (columns.max() + 1) * stride / width, (rows.max() + 1) * stride / height
    right, bottom = min(1.0, float(right)), min(1.0, float(bottom))
    return Box(float(left), float(top), right - float(left), bottom - float(top))


def _share_below(record: Record, height: float, stretches: float) -> float:
    """The share of ten minutes on record that were less unusual, 0–1."""
    above = sum(peak >= height for peak, _ in record.peaks)
    return max(0.0, 1 - (above + 1) / (stretches + 1))
