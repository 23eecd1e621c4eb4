"""Eight cameras for an hour with the model that ships: nothing grows, nothing is dropped."""

from __future__ import annotations

import time

from tests.campaign.cameras import counters_of
from tests.campaign.filmed import filmed
from tests.campaign.growth import Growth
from tests.campaign.row import Findings, Lab
from tests.campaign.scene import Scene, scene
from tests.support.rtsp_server import Mount

_CAMERAS = 8
_MB_PER_HOUR = 1.0  # a camera
_MINUTES_MIN = 20.0  # shorter, and it is the caches that are measured
_SIZE, _FPS = (640, 360), 15.0
# So that a clip of a minute, round and round, is an incident a round.
_ALARMS = {"collapse": {"cool_down_s": 5}, "spill": {"clear_s": 5, "cool_down_s": 5}}


def soaked(lab: Lab) -> Findings:
    """640×360, 15 pictures a second each, 5 looked at; rendered people fall and liquids spread."""
    clips = lab.folder / "clips"
    played = [filmed(clips, name, _SIZE, _FPS) for name in ("collapse", "spill")]
    mounts = [Mount(f"/c{n}", played[n % 2], loop=True) for n in range(_CAMERAS)]
    minutes = 2.0 if lab.quick else lab.soak_minutes
    with scene(
        lab, mounts=mounts, model={"name": "first"}, alarms=_ALARMS, telemetry={"status_s": 5},
        evidence={"size_mb_max": 50},
    ) as site:  # fmt: skip
        site.running()
        ends_s = time.monotonic() + minutes * 60
        with Growth(site.daemon.pid, 1.0 if lab.quick else 10.0) as growth:
            while (left_s := ends_s - time.monotonic()) > 0:
                time.sleep(min(60.0, left_s))
                lab.say(f"{left_s / 60:.0f} min left, {growth.samples[-1].memory_mb:.1f} MB")
                assert site.daemon.running, "the daemon ended by itself"
        return _balance(site, growth, minutes)


def _balance(site: Scene, growth: Growth, minutes: float) -> Findings:
    found = site.findings
    found.notes.append(f"{_CAMERAS} cameras for {minutes:g} min")
    found.notes.append(growth.words())
    found.slope = growth.memory_slope()
    assert found.slope is not None
    most = _MB_PER_HOUR * _CAMERAS
    grows = f"memory grows at most {most:g} MB/h"
    if minutes >= _MINUTES_MIN:
        found.goal(grows, f"{found.slope}", found.slope.per_hour <= most)
    else:
        found.notes.append(f"too short to say whether {grows}")
    first, last = growth.settled()[0], growth.samples[-1]
    same = last.files <= first.files + 4 and last.threads <= first.threads + 4
    found.goal("no files or threads pile up", f"{last.files} files, {last.threads} threads", same)
    counters = {name: counters_of(site.desk.statuses()[-1].value, name) for name in site.cameras}
    read = sum(one["frames_read"] for one in counters.values())
    dropped = sum(one["frames_dropped"] for one in counters.values())
    found.notes.append(f"{dropped:.0f} of {read:.0f} pictures were passed over for newer ones")
    lost = sum(one["lost"] for one in counters.values())
    found.goal("no camera is lost", f"{lost:.0f} lost", not lost)
    site.balance()
    return found
