"""Pictures and clips that nothing is learnt from, because their labels are wrong or tell nothing.

`annotations/dropped.csv` lists them, each with why: `picture` is the source and the name of a
picture (`hospital_bed/10_10_100023.jpg`), of a clip (`gmdcsa24/Subject 1/Fall/13.mp4`), or of one
moment of it (`…/13.mp4@2.20`). What is painted onto a picture goes with it. `floorwatch audit`
makes the sheets to find them on.
"""

from __future__ import annotations

import functools

from models import labels, splits


@functools.cache
def listed() -> frozenset[str]:
    """All that the file lists."""
    return frozenset(row["picture"] for row in labels.annotation("dropped"))


def is_dropped(source: str, name: str, known: frozenset[str] | None = None) -> bool:
    """Whether a stored picture, or the clip it is from, is listed (in the file, or as `known`)."""
    known = listed() if known is None else known
    if not known:
        return False
    whole = "/".join(splits.origin(source, name))
    return whole in known or whole.split("@", maxsplit=1)[0] in known
