"""What comes near an alarm in recordings of nothing, a site's own or any others."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tqdm import tqdm

from edge.core.types import Label
from models import mine, site_stores
from models.eye import Eye
from models.mine import Near
from models.site import NORMAL, Site
from models.site_places import PICTURES

LOOKS_MAX = 12_000  # pictures in all, some five minutes on one core; of more hours, fewer an hour
MINED_MAX = 600  # of all recordings: what is kept in memory, and shown again and again


def recordings(site: Site) -> dict[Path, str]:
    """Those of normal/, with the names that their pictures go by."""
    return {
        path: path.relative_to(site.folder / NORMAL).as_posix()
        for path in site.normal
        if path.suffix.lower() not in PICTURES
    }


def mined(
    names: Mapping[Path, str], eye: Eye, thresholds: Mapping[Label, float], room: int = MINED_MAX
) -> dict[Path, list[Near]]:
    """Of each recording the moments near an alarm at these thresholds, `room` in all. Raises
    BadSite for what cannot be read."""
    lengths_s = {path: site_stores.length_s(path) for path in names}
    step_s = max(mine.EVERY_S, sum(lengths_s.values()) / LOOKS_MAX)
    each = max(1, room // max(1, len(names)))
    found: dict[Path, list[Near]] = {}
    for path in tqdm(names, "looking for what alarms", unit="file", leave=False, disable=None):
        near = mine.near(names[path], site_stores.looks(path, step_s), eye, thresholds)
        found[path] = mine.chosen(near, lengths_s[path], each)
    return found
