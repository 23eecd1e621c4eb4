"""What the running daemon lowers thresholds to, worked out again from what it keeps on the disk.

For those who ask from the console; as old as what is kept, an hour at most.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from alerts.event import ThresholdUsed
from edge import lowered, wiring
from edge.config.schema import Config
from edge.core.types import LABELS, Label
from edge.lowered import Key
from edge.normal.file import Damaged, from_bytes
from edge.normal.lowering import Lowered
from edge.normal.usual_scores import UsualScores
from edge.normal_learning import FOLDER
from edge.normality import mark
from edge.remembered import Remembered


@dataclass(frozen=True)
class Threshold:
    """One label of a camera: the threshold before any falls, what it fell to, and why."""

    label: Label
    used: ThresholdUsed
    fixed: bool
    fallen: Lowered | None

    def words(self) -> str:
        """In a line."""
        if self.fallen is not None:
            return (
                f"{self.label} {self.used.value:g} is lowered to {self.fallen.value:g}: "
                f"{self.fallen.alarms} false alarms in {self.fallen.watched_days:.1f} normal days, "
                f"at most {self.fallen.a_day_max:.2g} a day"
            )
        why = "the site file says so" if self.fixed else "its days bear no lower one yet"
        return f"{self.label} {self.used.value:g} stays: {why}"


def thresholds(config: Config) -> Mapping[str, tuple[Threshold, ...]]:
    """By camera, of the labels that it is watched for. Raises UserError where the model or its
    thresholds cannot be used."""
    card = wiring.model(config).card
    used = wiring.thresholds(config, card, wiring.tuned(config, card))
    asked = lowered.rules(config, used)
    known = dict(_scores(config, card.sha256)) if asked.on else {}
    found: Mapping[Key, Lowered] = lowered.may_fall(asked, known.get, time.time())
    return {
        camera.name: tuple(
            Threshold(
                label,
                used[camera.name, label],
                (camera.name, label) in asked.fixed,
                found.get((camera.name, label)),
            )
            for label in LABELS
            if camera.labels.of(label).enabled
        )
        for camera in config.cameras
    }


def _scores(config: Config, sha256: str) -> Iterator[tuple[str, UsualScores]]:
    files = Remembered(config.state_folder / FOLDER)
    for camera in config.cameras:
        data = files.read(camera.name)
        try:
            normal = None if data is None else from_bytes(data, mark(sha256, camera.url))
        except Damaged:  # the daemon begins anew
            normal = None
        if normal is not None:
            yield camera.name, normal.scores
