"""What the shipped pipeline made of a recording, before any threshold: enough to tell, for every
threshold there is, which alerts would have gone out when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alerts.status import Reason
from edge.core.evidence import Evidence
from edge.core.types import Grid, Label
from models.evaluation.evidence_table import EvidenceTable

Times = NDArray[np.float64]
Marks = NDArray[np.bool_]
Values = NDArray[np.float32]


@dataclass(frozen=True)
class Gap:
    """A time without pictures, or with pictures that show too little (seconds from the first one),
    and why. `told`: the daemon would have said by then that the camera does not see."""

    from_s: float
    to_s: float
    told: bool
    reason: Reason = "no_frames"


@dataclass(frozen=True)
class Trace:
    """N analysed pictures, in order. `at_ns` and `held` (the last picture, held) are of length N;
    `glance` per label what each picture says by itself (N, 0–1); `evidence` what the alarm step
    knew after it (N; a table where it was read from disk). `aspect` is width over height.
    `seconds` is how long the recording is, held time left out: up to the last picture and its own
    time on screen, or, where what is stated does not decode to its end, the stated length. `gaps`
    lie within it. `skipped` pictures could not be decoded; `damage` says in words what could not
    be used. `grid` is the network's liquid map (h×w) of a single picture, None for anything that
    lasts."""

    at_ns: NDArray[np.int64]
    held: Marks
    glance: Mapping[Label, Values]
    evidence: Sequence[tuple[Evidence, ...]]
    aspect: float
    seconds: float
    gaps: tuple[Gap, ...] = ()
    skipped: int = 0
    damage: str = ""
    grid: Grid | None = None

    @property
    def at_s(self) -> Times:
        """Seconds from the first picture, N."""
        return self.at_ns / 1e9

    def strongest(self, label: Label) -> Values:
        """Per picture the highest threshold at which something trips there; N, 0 for nothing."""
        return EvidenceTable.of(self.evidence).of_label(label).strongest().astype(np.float32)
