"""When a camera is well again, as the daemon's own reports say."""

from __future__ import annotations

from typing import Any

from alerts import moments
from tests.campaign.scene import Scene


def well_at(site: Scene, name: str, gone_s: float, back_s: float) -> float | None:
    """When a camera that was taken away at `gone_s` and given back at `back_s` (monotonic) showed
    fresh pictures and, if it had been reported ill, was reported well. None: not yet."""
    frames = [frame for frame in frames_at(site, name, back_s) if frame > back_s]
    healths = [s for s in site.desk.said(f"/cameras/{name}/health", gone_s) if s.fresh]
    if not frames or (healths and healths[-1].value["reason"] != "ok"):
        return None
    told = [s.at_s for s in healths if s.at_s > back_s]
    return told[-1] if told else frames[0]


def frames_at(site: Scene, name: str, from_s: float) -> list[float]:
    """When the newest frame of a camera came, by each status since a moment."""
    found = []
    for status in site.desk.statuses(from_s):
        counters = counters_of(status.value, name)
        if "frame_age_s" in counters:
            found.append(status.at_s - counters["frame_age_s"])
    return found


def counters_of(status: dict[str, Any], name: str) -> dict[str, float]:
    """A camera's counters in a status."""
    return next((dict(one["counters"]) for one in status["cameras"] if one["name"] == name), {})


def wait_well(site: Scene, gone_s: float, back_s: float, timeout_s: float = 90.0) -> list[float]:
    """Waits until every camera is well again; how long each took since `back_s`."""
    took: dict[str, float] = {}

    def all_well() -> bool:
        for name in site.cameras:
            at_s = well_at(site, name, gone_s, back_s)
            if at_s is not None:
                took.setdefault(name, at_s - back_s)
        return len(took) == len(site.cameras)

    site.await_(all_well, "every camera is well again", timeout_s)
    return list(took.values())


def rates(site: Scene, counter: str, from_s: float, to_s: float = float("inf")) -> dict[str, float]:
    """What a counter of each camera gained a second in a stretch of time; 0 without statuses."""
    statuses = site.desk.statuses(from_s, to_s)
    found = dict.fromkeys(site.cameras, 0.0)
    if len(statuses) > 1:
        first, last = statuses[0], statuses[-1]
        for name in site.cameras:
            ends = [counters_of(one.value, name).get(counter, 0.0) for one in (first, last)]
            found[name] = (ends[1] - ends[0]) / (written_s(last.value) - written_s(first.value))
    return found


def written_s(status: dict[str, Any]) -> float:
    """When a status was written, by the daemon's own clock."""
    return moments.from_text(status["at"]).timestamp()
