"""Incidents of clips as ActivityNet has them, `{"database": {NAME: {"annotations": [{"segment":
[0.5, 4.0], "label": "collapse"}]}}}`. `models.evaluation.truth_activitynet` reads them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from models.marks.marked import Clip

FILE = "activitynet.json"


def write(clips: Iterable[Clip], folder: Path) -> list[Path]:
    """Write them, by the clips' names: paths with their endings, so that none is another's."""
    database = {one.name: _video(one) for one in clips}
    text = json.dumps({"version": "1.3", "taxonomy": [], "database": database}, indent=1) + "\n"
    (folder / FILE).write_text(text, encoding="utf-8")
    return [folder / FILE]


def _video(clip: Clip) -> dict[str, object]:
    annotations = []
    if clip.onset_s is not None and clip.end_s is not None:
        annotations.append({"segment": [clip.onset_s, clip.end_s], "label": clip.answer})
    return {
        "duration": clip.length_s,
        "subset": "training",
        "resolution": "",
        "url": "",
        "annotations": annotations,
    }
