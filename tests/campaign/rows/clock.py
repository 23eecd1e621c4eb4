"""The clock on the wall is set: forward, back, to 1970, in the middle of incidents."""

from __future__ import annotations

import time

from tests.campaign.faults import Faults
from tests.campaign.row import Findings, Lab
from tests.campaign.scene import ROUND_S, Scene, scene

_HOUR_S = 3600


def stepped(lab: Lab) -> Findings:
    """An hour on, an hour back, to 1970 and back to now, some seconds between."""
    faults = Faults(lab.folder / "faults", lab.folder / "site" / "state")
    epoch_s = 5 - int(time.time())
    steps = (_HOUR_S, -_HOUR_S, 0, epoch_s, 0, 24 * _HOUR_S, 0)
    with scene(lab, environment=faults.environment) as site:
        site.running()
        began_s = time.monotonic()
        for turn in range(lab.count(3, 1)):
            for number, offset_s in enumerate(steps):
                faults.set(wall_s=offset_s)
                site.findings.faults += 1
                lab.say(f"clock set to {offset_s:+d} s")
                time.sleep(ROUND_S + 1.3 * (number + turn))
        watched_s = time.monotonic() - began_s
        site.balance()
        _falls(site, began_s, watched_s)
        return site.findings


def _falls(site: Scene, began_s: float, watched_s: float) -> None:
    """By arrival: `detected_at` is what was stepped."""
    least = len(site.cameras) * int(watched_s / ROUND_S - 1)
    most = len(site.cameras) * (int(watched_s / ROUND_S) + 2)
    opened = {one.event_id for one in site.desk.told(began_s) if one.phase == "opened"}
    site.findings.goal(
        "each fall in the clips opened one event",
        f"{len(opened)}, {least} to {most} expected",
        least <= len(opened) <= most,
    )
    lives: dict[str, set[str]] = {}
    for one in site.desk.told():
        lives.setdefault(one.event_id, set()).add(one.phase)
    torn = [event_id for event_id, phases in lives.items() if not {"opened", "closed"} <= phases]
    site.findings.goal("each event has an opening and a closing", f"{len(torn)} have not", not torn)
