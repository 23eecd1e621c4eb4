"""Which incidents may speak for a promise: independent ones, that the model was not trained on, and
that began while a camera saw."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from alerts.errors import UserError
from edge.core.types import Label
from models.evaluation.outcome import Incident, Sighting
from models.evaluation.trace import Trace

_FAULTS_MAX = 20


class Overlapping(UserError):
    """Incidents that are not independent of each other."""


@dataclass(frozen=True)
class Eligible:
    """The incidents of one label that count, and those left out: `trained` have a recording the
    model was trained on; `unseen` began while no camera saw, which the daemon had said. Whether
    they were caught all the same plays no part, or the lucky ones alone would stay."""

    label: Label
    incidents: tuple[Incident, ...]
    trained: tuple[Incident, ...]
    unseen: tuple[Incident, ...]

    @property
    def recordings(self) -> int:
        """How many different recordings the incidents that count are in."""
        return len({content(s) for one in self.incidents for s in one.sightings})


def eligible(label: Label, incidents: Iterable[Incident], traces: Mapping[str, Trace]) -> Eligible:
    """Those of `incidents` (of one label) that count; `traces` by the recordings' keys. Raises
    Overlapping where two of them lie over each other in one recording."""
    counted: list[Incident] = []
    trained: list[Incident] = []
    unseen: list[Incident] = []
    for incident in incidents:
        if any(sighting.recording.trained for sighting in incident.sightings):
            trained.append(incident)
        elif all(_unseen(s, traces[s.recording.key]) for s in incident.sightings):
            unseen.append(incident)
        else:
            counted.append(incident)
    _refuse_overlaps(label, counted)
    return Eligible(label, tuple(counted), tuple(trained), tuple(unseen))


def of_camera(incidents: Iterable[Incident], camera: str) -> tuple[Incident, ...]:
    """The incidents as one camera of the site has seen them."""
    seen = (
        replace(one, sightings=tuple(s for s in one.sightings if s.recording.camera == camera))
        for one in incidents
    )
    return tuple(one for one in seen if one.sightings)


def cameras(incidents: Iterable[Incident]) -> tuple[str, ...]:
    """The cameras of the site that have seen any of them, by name."""
    return tuple(sorted({s.recording.camera for one in incidents for s in one.sightings} - {""}))


def content(sighting: Sighting) -> str:
    """What a recording is known by, whatever its name: its digest."""
    return sighting.recording.sha256 or sighting.recording.key


def capped(faults: Sequence[str]) -> str:
    """A line each, of the first so many."""
    more = len(faults) - _FAULTS_MAX
    return "\n".join([*faults[:_FAULTS_MAX], *([f"… and {more} more"] if more > 0 else [])])


def _unseen(sighting: Sighting, trace: Trace) -> bool:
    onset_s = sighting.span.onset_s
    return any(gap.told and gap.from_s <= onset_s < gap.to_s for gap in trace.gaps)


def _refuse_overlaps(label: Label, incidents: Sequence[Incident]) -> None:
    faults = [
        f"{first.span.where} and {second.span.where}: two {label}s at one time in "
        f"{second.recording.name} are not independent; give them one name under `incident`"
        for first, second in _overlaps(incidents)
    ]
    if faults:
        raise Overlapping(capped(faults))


def _overlaps(incidents: Sequence[Incident]) -> Iterator[tuple[Sighting, Sighting]]:
    """Sightings of different incidents that share a moment of one recording's content."""
    seen: dict[str, list[tuple[Sighting, Incident]]] = {}
    for incident in incidents:
        for sighting in incident.sightings:
            seen.setdefault(content(sighting), []).append((sighting, incident))
    for together in seen.values():
        in_time = sorted(together, key=lambda pair: pair[0].span.onset_s)
        for (first, one), (second, other) in combinations(in_time, 2):
            if one is not other and second.span.onset_s <= first.span.end_s:
                yield first, second
