"""Who is held out. The one place that says what training may see.

Held out are whole people, rooms or acts, never single pictures: frames of one clip are
near-duplicates, and a network that has seen one has seen them all. `evaluation_only/` is no part
of this: training does not open it at all.
"""

from __future__ import annotations

import zlib
from typing import Literal

Split = Literal["train", "held"]

# Two people in two rooms (the third room is Subjects 2 and 3, who share it): 5 of the 12 falls.
GMDCSA_HELD = ("Subject 1/", "Subject 4/", "older/Actor4")
# Clip groups; the wards of 12–19 and the room of 5–11, k1xx are otherwise in training.
HOSPITAL_HELD = ("6", "11", "14", "19", "k110", "k121")
# Acts (both views of each): a fall, sinking onto a chair, lying down fast, crawling.
ASSIST_HELD = ("fall/05", "fall/07", "adl/08", "adl/10", "adl/12", "adl/17")
INTEL_HELD = ("store-aisle-detection", "classroom")
ROOMS_HELD_PERCENT = 15


def gmdcsa24(clip: str) -> Split:
    """By the clip's path below `falls/gmdcsa24`."""
    return "held" if clip.startswith(GMDCSA_HELD) else "train"


def hospital_bed(clip_group: str) -> Split:
    """By `clip_group`."""
    return "held" if clip_group in HOSPITAL_HELD else "train"


def assist_iot(clip: str) -> Split:
    """By the clip's path below `falls/assist_iot`."""
    return "held" if clip.startswith(ASSIST_HELD) else "train"


def normal(clip: str) -> Split:
    """By the clip's name below `normal`."""
    return "held" if any(name in clip for name in INTEL_HELD) else "train"


def rooms(image: str) -> Split:
    """By the name of a photograph in `spills/blackspot_floor`, evenly and for ever the same."""
    return "held" if zlib.crc32(image.encode()) % 100 < ROOMS_HELD_PERCENT else "train"
