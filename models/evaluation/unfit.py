"""When a recording's camera was not fit to see, as the daemon would have said: the same pure step
over the same pictures, about one a second.

Each recording is a camera nobody knows: it is judged by what it showed before in the same clip. It
has no time of day: the first picture is taken at noon. What is going on there, of which a camera
learns nothing, is told without thresholds, since a trace depends on none: somebody down, or
evidence of a quarter and more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from alerts.event import Phase
from alerts.status import Reason
from edge import fit
from edge.blindness import Sight, Watch, attend
from edge.onlooker import due
from edge.pipeline import Seen
from models.evaluation.trace import Gap

_NOON_H = 12.0
_DOWN = 0.5
_EVIDENCE = 0.25  # half of the lowest thresholds in use


@dataclass
class Unfit:
    """Judges the pictures of one recording, in their order. `alert_after_s` is how long it must be
    blind until an alert goes out; None judges nothing."""

    alert_after_s: float | None
    _state: fit.State = field(default_factory=fit.State)
    _watch: Watch = field(default_factory=Watch)
    _taken_ns: int | None = None
    _marks: list[tuple[float, fit.Verdict, Phase | None]] = field(default_factory=list)

    def look(self, seen: Seen, *, held: bool) -> None:
        """One picture more."""
        at_ns = seen.frame.at_ns
        if self.alert_after_s is None or not due(self._taken_ns, at_ns):
            return
        self._taken_ns = at_ns
        hour = (_NOON_H + at_ns / 3.6e12) % 24
        self._state, said = fit.step(
            self._state, seen.frame.rgb, at_ns, hour, held=held, occupied=_occupied(seen)
        )
        now = Sight(said.reason, said.since_ns, said.detail, said.share)
        self._watch, phase = attend(self._watch, now, at_ns, self.alert_after_s)
        self._marks.append((at_ns / 1e9, said, phase))

    def gaps(self, seconds: float) -> tuple[Gap, ...]:
        """The times in which it could not see, within the recording's own length. Each begins when
        the pictures became bad, not when that was said; `told` from when an alert stood."""
        return tuple(
            Gap(gap.from_s, min(gap.to_s, seconds), gap.told, gap.reason)
            for gap in _gaps(self._marks)
            if gap.from_s < min(gap.to_s, seconds)
        )


def _gaps(marks: Sequence[tuple[float, fit.Verdict, Phase | None]]) -> Iterator[Gap]:
    why: Reason = "ok"
    began_s, told = 0.0, False
    for at_s, said, phase in marks:
        stands = told if phase is None else phase != "closed"
        if said.reason == why and stands == told:
            continue
        if why != "ok":
            yield Gap(began_s, at_s, told, why)
        fresh = why == "ok" and said.reason != "ok"
        began_s = min(at_s, said.since_ns / 1e9) if fresh else at_s
        why, told = said.reason, stands
    if why != "ok" and marks:
        yield Gap(began_s, float("inf"), told, why)


def _occupied(seen: Seen) -> bool:
    down = any(one.down_score >= _DOWN for one in seen.scores.people)
    return down or any(one.holding >= _EVIDENCE for one in seen.evidence)
