"""Learning each camera's normal days, and saying where a second is unlike them.

A listener of the onlooker: it stands beside the alarms, never before them. A camera that cannot see
teaches nothing, nor does one on which something is going on.
"""

from __future__ import annotations

import hashlib
import logging
import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from edge.core.types import Label
from edge.normal.camera import CameraNormal, Moment, Reading
from edge.normal.density import Features
from edge.normal.file import Damaged, from_bytes, to_bytes
from edge.normal.picture import Usual
from edge.normal.usual_scores import UsualScores
from edge.pipeline import Seen
from edge.ports import Clock
from edge.remembered import Remembered, worth_writing
from edge.unusual import Unusual

DRIFTED = "this camera no longer looks like what was learnt of it"
_NEVER = -math.inf  # was it written: so it is time
_LARGEST = 65_504.0  # where half precision ends
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class NormalRules:
    """How one camera's normal days are learnt. `a_day` is how many unusual things may be told of,
    `again_s` after how long another trip is another alarm, `shows` what it looks at, in any words
    that change with it; `picture`: what it usually shows may be kept."""

    a_day: float
    again_s: Mapping[Label, float]
    shows: str = ""
    picture: bool = True


class Normality:
    """`rules` gives those of the cameras that are learnt, as they are now; `sees` whether a camera
    can see. `files` keep what was learnt, None keeps nothing. `stride` and `sha256` are the
    network's. `normal` is read by other threads."""

    part = "normal pattern"

    def __init__(
        self,
        rules: Callable[[], Mapping[str, NormalRules]],
        clock: Clock,
        zone: ZoneInfo,
        network: tuple[str, int],
        *,
        files: Remembered | None = None,
        unusual: Unusual | None = None,
        sees: Callable[[str], bool] = lambda _camera: True,
    ) -> None:
        self._rules = rules
        self._clock = clock
        self._zone = zone
        self._sha256, self._stride = network
        self._files = files
        self._unusual = unusual
        self._sees = sees
        self._normals: dict[str, CameraNormal] = {}
        self._features: dict[str, Features] = {}
        self._readings: dict[str, Reading] = {}
        self._random = random.Random(8)
        self._written_s: dict[str, float] = {}  # how much was known when it was last written

    def normal(self, camera: str) -> CameraNormal | None:
        """What is known of a camera; None where nothing is."""
        return self._normals.get(camera)

    def scores(self, camera: str) -> UsualScores | None:
        """What each threshold would have done on its days; None where nothing is known."""
        normal = self._normals.get(camera)
        return None if normal is None else normal.scores

    def reading(self, camera: str) -> Reading | None:
        """Of its last second."""
        return self._readings.get(camera)

    def drifted(self, camera: str) -> bool:
        """Whether it no longer looks like what was learnt of it."""
        normal = self._normals.get(camera)
        return normal is not None and normal.drift.drifted

    def look(self, seen: Seen, occupied: bool) -> None:
        """One picture more."""
        camera = seen.frame.camera
        rules = self._rules().get(camera)
        if rules is None:
            self._drop(camera)
            return
        features = self._features_of(seen)
        if features is None or seen.frame.held or not self._sees(camera):
            return
        when = self._moment(seen.frame.at_ns)
        normal = self._known(camera, rules, features.shape, when)
        going = self._unusual is not None and self._unusual.is_open(camera)
        normal.weigh(seen.evidence, rules.again_s, when)
        drifted = normal.drift.drifted
        reading = normal.look(
            features, when, occupied=occupied or going, chance=self._random.random()
        )
        if not rules.picture:
            if normal.picture.seconds:  # kept when it might be: off the disk, too
                normal.picture = Usual.empty()
                self._written_s[camera] = _NEVER
        elif not (occupied or going):
            normal.show(seen.frame.rgb)
        if normal.drift.drifted != drifted:
            self._written_s[camera] = _NEVER  # who is told of it is to be shown it
            _log.warning("camera=%s %s", camera, DRIFTED if not drifted else "looks as usual again")
        self._readings[camera] = reading
        if self._unusual is not None:
            self._unusual.look(seen, reading, normal.record, rules.a_day, occupied=occupied)

    def forget(self, camera: str) -> None:
        """It is gone, or shows something else."""
        self._drop(camera)
        if self._files is not None:
            self._files.forget(camera)

    def end(self, camera: str) -> None:
        """Nothing comes from it any more: what is unusual there ends, what was learnt stays."""
        self.keep(camera, last=True)
        self._drop(camera)

    def keep(self, camera: str, *, last: bool = False) -> None:
        """Writes what was learnt, once there is enough of it. Where somebody else wrote or deleted
        the file meanwhile, as `floorwatch normal` does, theirs counts."""
        rules, normal = self._rules().get(camera), self._normals.get(camera)
        if self._files is None or rules is None or normal is None:
            return
        if self._files.changed(camera):
            _log.info("camera=%s: its pattern was changed by somebody else: read anew", camera)
            self._drop(camera)
            return
        written_s = self._written_s.get(camera, 0.0)
        if worth_writing(normal.learnt_s, written_s) or (last and normal.learnt_s != written_s):
            self._files.write(camera, to_bytes(normal, mark(self._sha256, rules.shows)))
            self._written_s[camera] = normal.learnt_s

    def _drop(self, camera: str) -> None:
        if self._unusual is not None:
            self._unusual.end(camera)
        for kept in (self._normals, self._features, self._readings, self._written_s):
            kept.pop(camera, None)

    def _features_of(self, seen: Seen) -> Features | None:
        """Those of the places in view. Where the network was spared the picture, nothing changed
        since the last. Half-precision numbers overflow: what is none is not learnt."""
        camera = seen.frame.camera
        if seen.features is not None:
            found = in_view(seen.features, seen.frame.rgb.shape, self._stride)
            if not (np.abs(found) < _LARGEST).all():
                self._features.pop(camera, None)
                return None
            self._features[camera] = found
        elif not seen.unchanged:
            return None
        return self._features.get(camera)

    def _known(
        self, camera: str, rules: NormalRules, shape: tuple[int, ...], when: Moment
    ) -> CameraNormal:
        normal = self._normals.get(camera) or self._read(camera, rules)
        if normal is None or normal.shape != shape:
            if normal is not None:
                _log.info("camera=%s sends another shape of picture: learnt anew", camera)
            channels, rows, columns = shape
            normal = CameraNormal.empty((channels, rows, columns), when.at_s)
            self._written_s[camera] = 0.0
        self._normals[camera] = normal
        return normal

    def _read(self, camera: str, rules: NormalRules) -> CameraNormal | None:
        data = None if self._files is None else self._files.read(camera)
        if self._files is None or data is None:
            return None
        try:
            found = from_bytes(data, mark(self._sha256, rules.shows))
        except Damaged as error:
            self._files.set_aside(camera, str(error))
            return None
        if found is None:
            _log.info("camera=%s shows something else, or to another network: learnt anew", camera)
        else:
            self._written_s[camera] = found.learnt_s
        return found

    def _moment(self, at_ns: int) -> Moment:
        utc = self._clock.utc(at_ns)
        local = utc.astimezone(self._zone)
        return Moment(utc.timestamp(), local.hour + local.minute / 60 + local.second / 3600)


def in_view(features: Features, picture: tuple[int, ...], stride: int) -> Features:
    """The places of features (C×h×w) of which at least half shows the picture (H×W×3), which stands
    at the top left of the network's input: the rest is filling."""
    rows = max(1, min(features.shape[1], int(picture[0] / stride + 0.5)))
    columns = max(1, min(features.shape[2], int(picture[1] / stride + 0.5)))
    return np.ascontiguousarray(features[:, :rows, :columns])


def mark(sha256: str, shows: str) -> str:
    """What a pattern is of: a network, and what the camera looks at."""
    return hashlib.sha256(f"{sha256}\n{shows}".encode()).hexdigest()


def hide(files: Remembered, camera: str, marked: str) -> None:
    """Takes the picture out of what is kept of a camera, where none may be kept any more; what
    cannot be read or used (`marked`: by `mark`) goes as a whole."""
    data = files.read(camera)
    if data is None:
        return
    try:
        normal = from_bytes(data, marked)
    except Damaged:
        normal = None
    if normal is None:
        files.forget(camera)
    elif normal.picture.seconds:
        normal.picture = Usual.empty()
        files.write(camera, to_bytes(normal, marked))
