"""Cameras that cannot see: counted, and told of when it lasts.

The open alerts are noted on disk, so that a daemon that starts anew goes on with them: a camera
that stayed blind meanwhile is told of once, and one that is gone is not left open for ever.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import get_args

from alerts.event import Blindness, Event, ThresholdUsed
from alerts.noted import Noted
from alerts.schema import NotByContract
from alerts.status import Reason
from edge.blindness import STREAM, Sight, Watch, attend, sight
from edge.bystanders import Guard, unguarded
from edge.fitness import Fitness, FitRules
from edge.noticing import Notice, Noticing
from edge.pipeline import Seen
from edge.reconnect import Tally

FIT_TO_SEE = ThresholdUsed(value=0.0, source="fit to see")
_UNSURE_S = 60.0  # after a start: so long it may take until pictures are said to show nothing
_GAP_NS_MAX = 10_000_000_000  # a machine that slept watched nobody
_log = logging.getLogger(__name__)


class Attending:
    """A listener of the onlooker, which calls `tick` about once a second; `seconds` is read by
    others. `streams` gives the
    tally of every camera that is watched now, `rules` how each is judged. `noted` keeps what is
    open; None keeps nothing. What is done for one camera is done through `guard`."""

    part = "camera alerts"

    def __init__(
        self,
        streams: Callable[[], Mapping[str, Tally]],
        rules: Callable[[], Mapping[str, FitRules]],
        fitness: Fitness,
        noticing: Noticing,
        noted: Noted | None = None,
        *,
        guard: Guard = unguarded,
    ) -> None:
        self._guard = guard
        self._streams = streams
        self._rules = rules
        self._fitness = fitness
        self._noticing = noticing
        self._clock = noticing.clock
        self._noted = noted
        self._watches: dict[str, Watch] = {}
        self._events: dict[str, Event] = {}
        self._seconds: dict[str, dict[Reason, float]] = {}
        self._began = False
        self._last_ns: int | None = None

    def seconds(self, camera: str) -> Mapping[Reason, float]:
        """How long it was watched since the daemon started, by what it could see: `ok` and the
        reasons why not."""
        return dict(self._seconds.get(camera, {}))

    def tick(self) -> None:
        """A little more time has passed."""
        now_ns = self._clock.now_ns()
        streams, rules = self._streams(), self._rules()
        if not self._began:
            self._begin(now_ns)
        for camera in [name for name in self._events if name not in streams]:
            self._end(camera, now_ns)
        for camera, stream in streams.items():
            ruled = rules.get(camera, FitRules(judged=False, alerts=False))
            self._guard(self.part, camera, partial(self._see_to, camera, stream, ruled, now_ns))
        self._last_ns = now_ns

    def look(self, seen: Seen, occupied: bool) -> None:
        """Nothing: pictures are judged by `Fitness`."""

    def keep(self, camera: str, *, last: bool = False) -> None:
        """Nothing: what is open is noted at once."""

    def forget(self, camera: str) -> None:
        """It is gone, or shows something else: what is open of it ends."""
        self.end(camera)

    def end(self, camera: str) -> None:
        """So it does at the end of a recording."""
        self._end(camera, self._clock.now_ns())
        self._watches.pop(camera, None)

    def finish(self) -> None:
        """Ends what is open, as at the end of a recording. A daemon that stops leaves it open."""
        for camera in list(self._events):
            self._end(camera, self._clock.now_ns())

    def _see_to(self, camera: str, stream: Tally, rules: FitRules, now_ns: int) -> None:
        verdict = self._fitness.verdict(camera) if rules.judged else None
        now = sight(stream if rules.live else Tally(reason="ok"), verdict)
        self._count(camera, now.reason, now_ns)
        self._attend(camera, now, rules, now_ns)

    def _attend(self, camera: str, now: Sight, rules: FitRules, now_ns: int) -> None:
        watch = self._watches.get(camera, Watch())
        if not rules.alerts:
            self._end(camera, now_ns)
            self._watches.pop(camera, None)
            return
        self._watches[camera], phase = attend(watch, now, now_ns, rules.alert_after_s)
        if phase == "closed":
            self._end(camera, now_ns, keep=True)
        elif phase is not None and now.reason != "ok":
            since_ns = self._watches[camera].since_ns
            notice = Notice(camera, "camera", since_ns, now_ns, now.reason, now.share, FIT_TO_SEE)
            self._tell(notice, now.detail, anew=phase == "opened")

    def _tell(self, notice: Notice, detail: str, *, anew: bool) -> None:
        camera = notice.camera
        seen, before = self._fitness.last(camera), self._events.get(camera)
        _log.warning("camera=%s cannot see: %s, %s", camera, notice.path, detail)
        if before is None or anew:
            self._events[camera] = self._noticing.opened(notice, seen)
        else:
            self._events[camera] = self._noticing.updated(before, notice, seen)
        self._note()

    def _end(self, camera: str, at_ns: int, *, keep: bool = False) -> None:
        """Closes what is open there; with `keep` it may go on if the camera goes blind again."""
        event = self._events.get(camera)
        if event is None:
            return
        if event.phase != "closed":
            event = self._noticing.closed(event, at_ns)
        if keep:
            self._events[camera] = event
        else:
            del self._events[camera]
        self._note()

    def _count(self, camera: str, reason: Reason, now_ns: int) -> None:
        if self._last_ns is None:
            return
        gap_s = min(max(now_ns - self._last_ns, 0), _GAP_NS_MAX) / 1e9
        counted = self._seconds.get(camera, {})
        self._seconds[camera] = counted | {reason: counted.get(reason, 0.0) + gap_s}

    def _begin(self, now_ns: int) -> None:
        """With what an earlier process left open."""
        self._began = True
        for camera, text in ({} if self._noted is None else self._noted.read()).items():
            try:
                event = Event.from_json(str(text))
            except NotByContract as error:
                _log.warning("camera=%s: its open alert cannot be read: %s", camera, error)
                continue
            known = (one for one in get_args(Blindness) if one == event.path)
            told: Reason = next(known, "dark")  # whatever it was, it ends once the camera sees
            self._events[camera] = event
            self._watches[camera] = Watch(
                told=told,
                since_ns=now_ns,
                told_ns=now_ns,
                last_ns=now_ns,
                unsure_s=0.0 if told in STREAM else _UNSURE_S,
            )

    def _note(self) -> None:
        if self._noted is not None:
            going = {n: one.to_json() for n, one in self._events.items() if one.phase != "closed"}
            self._noted.write(dict(going))
