"""Whether each camera is fit to see, by its pictures: the pure step of `edge.fit`, its state kept.

A baseline is kept with a mark of what the camera shows (its address), so that a camera that was
pointed elsewhere while the daemon was stopped is not judged by a view that is gone.
"""

from __future__ import annotations

import hashlib
import logging
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from edge import fit
from edge.pipeline import Seen
from edge.ports import Clock
from edge.remembered import Remembered, worth_writing

FOLDER, OPEN = "fit", "open.json"  # in the state folder, and in that one: alerts that are open
_MARK_BYTES = 16
_log = logging.getLogger(__name__)

Shown = Callable[[Seen], bytes]  # a picture as JPEG, as it may be shown


class NotHere(Exception):
    """It is of something that the camera does not show any more. Says so, after `it`."""


@dataclass(frozen=True)
class FitRules:
    """How one camera is judged. `judged`: by its pictures; `alerts`: it is told of when it cannot
    see for `alert_after_s`. A recording is not `live`: its end is no fault. `shows` says what it
    looks at, in any words that change with it."""

    judged: bool = True
    alerts: bool = True
    alert_after_s: float = 60.0
    live: bool = True
    shows: str = ""


def no_picture(_seen: Seen) -> bytes:
    """None is made."""
    return b""


class Fitness:
    """A listener of the onlooker. `rules` gives those of every camera as they are now; `files` keep
    baselines, None keeps none; `shown` makes the picture of a camera that has become unfit.
    Verdicts and views are read by other threads."""

    part = "fit to see"

    def __init__(
        self,
        rules: Callable[[], Mapping[str, FitRules]],
        clock: Clock,
        zone: ZoneInfo,
        files: Remembered | None = None,
        shown: Shown = no_picture,
    ) -> None:
        self._rules = rules
        self._clock = clock
        self._zone = zone
        self._files = files
        self._shown = shown
        self._states: dict[str, fit.State] = {}
        self._verdicts: dict[str, fit.Verdict] = {}
        self._written: dict[str, fit.Baseline] = {}  # as they were last read or written
        self._views: dict[str, bytes] = {}
        self._blind: dict[str, Seen] = {}

    def verdict(self, camera: str) -> fit.Verdict | None:
        """What was said of its last picture; None where it is not judged, or not yet."""
        return self._verdicts.get(camera)

    def view(self, camera: str) -> bytes:
        """What it showed when it became unfit, as JPEG; nothing while it sees."""
        return self._views.get(camera, b"")

    def last(self, camera: str) -> Seen | None:
        """What was seen there last, while it is unfit."""
        return self._blind.get(camera)

    def look(self, seen: Seen, occupied: bool) -> None:
        """One picture more."""
        camera, at_ns = seen.frame.camera, seen.frame.at_ns
        rules = self._rules().get(camera)
        if rules is None or not rules.judged:
            self._drop(camera)
            return
        before = self._states.get(camera) or self._begin(camera, rules)
        self._states[camera], verdict = fit.step(
            before,
            seen.frame.rgb,
            at_ns,
            self._hour(at_ns),
            held=seen.frame.held,
            occupied=occupied,
        )
        self._note(seen, verdict)

    def forget(self, camera: str) -> None:
        """It is gone, or shows something else."""
        self._drop(camera)
        if self._files is not None:
            self._files.forget(camera)

    def end(self, camera: str) -> None:
        """Nothing comes from it any more, so nothing is said of it; what was learnt stays."""
        self.keep(camera, last=True)
        self._drop(camera)

    def keep(self, camera: str, *, last: bool = False) -> None:
        """Writes what was learnt, once there is enough of it. Where somebody else deleted the file
        meanwhile, as `floorwatch fit forget` does, the camera is learnt anew."""
        rules, state = self._rules().get(camera), self._states.get(camera)
        if self._files is None or rules is None or state is None:
            return
        if self._files.changed(camera):
            _log.info("camera=%s: its view was forgotten by somebody else: learnt anew", camera)
            self._drop(camera)
            return
        baseline, written = state.baseline, self._written.get(camera, fit.Baseline())
        if _worth_writing(baseline, written) or (last and baseline is not written):
            self._files.write(camera, mark(rules.shows) + baseline.to_bytes())
            self._written[camera] = baseline

    def _note(self, seen: Seen, verdict: fit.Verdict) -> None:
        camera, before = seen.frame.camera, self._verdicts.get(seen.frame.camera)
        if verdict.reason == "moved":
            told = f"{verdict.detail}; is it to look there from now on? `{to_forget(camera)}`"
            verdict = replace(verdict, detail=told)
        if verdict.reason == "ok":
            self._views.pop(camera, None)
            self._blind.pop(camera, None)
        else:
            if before is None or before.reason != verdict.reason:
                self._views[camera] = self._shown(seen)
            self._blind[camera] = seen
        self._verdicts[camera] = verdict  # last: who sees the verdict finds its picture

    def _drop(self, camera: str) -> None:
        for kept in (self._states, self._written, self._verdicts, self._views, self._blind):
            kept.pop(camera, None)

    def _begin(self, camera: str, rules: FitRules) -> fit.State:
        state = self._read(camera, rules)
        self._written[camera] = state.baseline
        return state

    def _read(self, camera: str, rules: FitRules) -> fit.State:
        data = None if self._files is None else self._files.read(camera)
        if self._files is None or data is None:
            return fit.State()
        try:
            return fit.State(known(data, rules.shows))
        except NotHere as other:
            _log.info("camera=%s: what is known of its view %s: learnt anew", camera, other)
            return fit.State()
        except fit.BaselineDamaged as error:
            self._files.set_aside(camera, str(error))
            return fit.State()

    def _hour(self, at_ns: int) -> float:
        local = self._clock.utc(at_ns).astimezone(self._zone)
        return local.hour + local.minute / 60 + local.second / 3600


def _worth_writing(now: fit.Baseline, written: fit.Baseline) -> bool:
    """What it looks like counts at once, for how long it was seen later."""
    same = len(now.looks) == len(written.looks) and all(
        one.edges is other.edges for one, other in zip(now.looks, written.looks, strict=True)
    )
    return not same or worth_writing(sum(now.watched), sum(written.watched))


def known(data: bytes, shows: str) -> fit.Baseline:
    """What a file of ours holds, of a camera that `shows` this. Raises NotHere, BaselineDamaged."""
    if data[:_MARK_BYTES] != mark(shows):
        raise NotHere("is of another address of the camera")
    return fit.Baseline.from_bytes(data[_MARK_BYTES:])


def to_forget(camera: str, config: str = "SITE") -> str:
    """The command after which a camera that was aimed anew is learnt anew."""
    return shlex.join(["floorwatch", "fit", "forget", camera, "--config", config])


def mark(shows: str) -> bytes:
    """What a baseline is of: what the camera looks at."""
    return hashlib.sha256(shows.encode()).digest()[:_MARK_BYTES]
