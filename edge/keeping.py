"""What of a site is kept, how long and of whom, by its site file."""

from __future__ import annotations

from pathlib import Path

from edge.config.schema import Config
from edge.evidence import ClipMade, Keeper, Limits
from edge.ports import Clock
from edge.privacy import Privacy
from edge.ring import RingMemory
from edge.sightings import Sightings

_RING_SPARE_S = 5.0  # the decision itself takes time
_CLIP_WAITS_S = 10.0  # for a camera that fell silent


def ring_memory(config: Config) -> RingMemory:
    """What the packets of all cameras may take."""
    return RingMemory(config.evidence.ring_mb_max * 2**20)


def privacy(config: Config) -> Privacy:
    """Whom pictures and clips hide."""
    return Privacy(config.evidence.privacy, config.evidence.privacy_style)


def sightings(config: Config) -> Sightings:
    """Who was seen where, for as long as a clip may ask."""
    return Sightings(remembered_s(config) + _CLIP_WAITS_S)


def keeper(config: Config, folder: Path, clock: Clock, made: ClipMade) -> Keeper:
    """Who keeps the evidence, and how much of it; `made` is called with each clip."""
    wanted = config.evidence
    limits = Limits(
        wanted.before_s,
        wanted.after_s,
        wanted.keep_days,
        wanted.size_mb_max * 2**20,
        wanted.count_max,
        wanted.free_mb_min * 2**20,
    )
    return Keeper(folder, limits, clock, anew=wanted.clip_codec == "h264", clip_made=made)


def remembered_s(config: Config) -> float:
    """How far back a clip may begin."""
    return config.evidence.before_s + config.evidence.after_s + _RING_SPARE_S
