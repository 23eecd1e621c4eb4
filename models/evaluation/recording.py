"""What is known of a recording before anything looks at it: the truth, and what it is.

Times are seconds from the first picture. A recording is named as the truth file names it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from edge.core.types import Label

SpanLabel = Literal["collapse", "spill", "ignore"]
Kind = Literal["video", "folder", "picture"]

# How long after the onset an alert still counts (seconds), and how long before: onsets are read by
# eye, and the first picture of a fall may be dated late.
COUNTS_FOR_S: Mapping[Label, float] = {"collapse": 45.0, "spill": 120.0}
EARLY_S = 1.0


@dataclass(frozen=True)
class Span:
    """One row of truth that says something happens, from `onset_s` to `end_s` (inclusive).

    Rows of several recordings with one `incident` are one incident; where the truth gives no name
    it is made from recording and number, so it is never empty. `columns` are the row's further
    columns, `where` is the place to name when it is wrong (`truth.csv:12`).
    """

    label: SpanLabel
    onset_s: float
    end_s: float
    incident: str
    where: str
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Recording:
    """One clip, folder of pictures or single picture, and all that is true of it.

    `name` as in the truth file; `source` is the folder it came from, `camera` the camera of the
    site it is of (empty: not said). `spans` by onset; empty where nothing happens. `seconds` is the
    stated length (0 for a picture), `folder_fps` the pictures a second of a folder (0 else), `mask`
    a picture whose non-black pixels are liquid, `outline` the same as polygons (x, y, x, y, … in
    pixels; their union). `sha256` is of the content. `trained` says that the
    model was trained on it, so that what it scores here promises nothing.
    """

    name: str
    path: Path
    kind: Kind
    source: str
    spans: tuple[Span, ...]
    seconds: float
    sha256: str
    camera: str = ""
    folder_fps: float = 0.0
    mask: Path | None = None
    outline: tuple[tuple[float, ...], ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    trained: bool = False

    @property
    def key(self) -> str:
        """Unique among the recordings of one run."""
        return f"{self.source}\t{self.name}"
