"""A promise against incidents that no threshold was tuned on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from alerts.errors import UserError
from edge.core.types import Label
from edge.tuned import Tuned
from models.evaluation.alarms import Watched
from models.evaluation.eligible import Eligible, capped, of_camera
from models.evaluation.matching import matches, outcome
from models.evaluation.outcome import Incident
from models.evaluation.promise import Verified, verify
from models.evaluation.recording import Recording
from models.evaluation.retold import Price, Swept, ThresholdOf, price
from models.evaluation.thresholds_file import TunedOn, digests


class TunedOnThese(UserError):
    """Incidents that a threshold was tuned on, and that therefore verify nothing."""


@dataclass(frozen=True)
class Checked:
    """A promise of the file, for all cameras or for `camera`, and what untouched incidents say of
    it. `alerted` is how many of them got an alert in time, as `evaluate` counts: an event that is
    open already tells of a new incident by its next `updated` only."""

    label: Label
    camera: str
    threshold: float
    verified: Verified
    alerted: int
    price: Price


def checks(watched: Sequence[Watched], those: Eligible, said: Tuned) -> tuple[Checked, ...]:
    """All that a file promises of one label: for the site, then camera by camera. Where a camera
    has a threshold of its own, the site's incidents are watched for with that, as they will be."""
    cameras = [name for name, own in said.said.cameras.items() if own.of(those.label)]
    site = [""] if said.said.thresholds.of(those.label) else []
    return tuple(_check(watched, those, said, camera) for camera in [*site, *cameras])


def refuse_tuned_on(those: Eligible, tuned_on: Iterable[TunedOn], file: str) -> None:
    """Raises TunedOnThese, a line for each incident that is known by its name or by a recording."""
    before = [one for one in tuned_on if one.label == those.label]
    names = {one.incident for one in before}
    clips = {clip for one in before for clip in one.clips}
    faults = [
        f"{one.sightings[0].span.where}: {those.label} {one.name} was tuned on ({file}); verify "
        "with others"
        for one in those.incidents
        if one.name in names or clips & {*digests(one)}
    ]
    if faults:
        raise TunedOnThese(capped(faults))


def _check(watched: Sequence[Watched], those: Eligible, said: Tuned, camera: str) -> Checked:
    label, of = those.label, said.said.cameras[camera] if camera else said.said.thresholds
    promised = of.of(label)
    if promised is None:
        raise KeyError(f"{label} {camera}")

    def threshold_of(recording: Recording) -> float:
        used = said.threshold(recording.camera, label)
        return promised.value if used is None else used.value

    seen = [one for one in watched if camera in ("", one.recording.camera)]
    incidents = of_camera(those.incidents, camera) if camera else those.incidents
    hits = sum(any(s.best >= threshold_of(s.recording) for s in one.sightings) for one in incidents)
    return Checked(
        label,
        camera,
        promised.value,
        verify(hits, len(incidents), promised.target_recall, promised.confidence),
        _alerted(seen, incidents, label, threshold_of),
        price(seen, label, threshold_of),
    )


def _alerted(
    watched: Sequence[Watched],
    incidents: Sequence[Incident],
    label: Label,
    threshold_of: ThresholdOf,
) -> int:
    names = {one.name for one in incidents}
    heard = [Swept.of(one, label).at(threshold_of(one.recording)) for one in watched]
    found = outcome(label, matches(heard, label)).incidents
    return sum(one.delay_s is not None for one in found if one.name in names)
