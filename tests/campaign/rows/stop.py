"""SIGTERM at any moment: ends in time, with events closed and delivered."""

from __future__ import annotations

import random
import time

from tests.campaign.process import STOP_S
from tests.campaign.row import Findings, Lab
from tests.campaign.scene import Scene, scene


def stopped(lab: Lab) -> Findings:
    """At random moments while events are open; every fourth time with a frozen broker."""
    chance = random.Random(lab.seed)
    took_s: list[float] = []
    with scene(lab) as site:
        for number in range(lab.count(24, 4)):
            if number:
                site.daemon.start()
            began_s = time.monotonic()
            site.await_(lambda: _open(site, began_s), "an open event", 60)  # noqa: B023
            time.sleep(chance.uniform(0, 2))
            frozen = number % 4 == 3
            if frozen:
                site.broker.freeze()
            took_s.append(_stop(site))
            if frozen:
                site.broker.thaw()
            lab.say(f"stopped {number + 1} times, {took_s[-1]:.2f} s")
        site.daemon.start()  # what a frozen broker did not take is said now
        site.running(time.monotonic())
        site.balance()
        found = site.findings
        found.faults = len(took_s)
        found.recover_s, found.recover_of = took_s, "SIGTERM → the process has ended"
        found.goal(
            f"ends within {STOP_S:g} s", f"at most {max(took_s):.2f} s", max(took_s) <= STOP_S
        )
        still = _open(site, 0.0)
        found.goal("no event stays open", f"{len(still)} open", not still)
        return found


def _open(site: Scene, from_s: float) -> set[str]:
    told = site.desk.told(from_s)
    closed = {one.event_id for one in told if one.phase == "closed"}
    return {one.event_id for one in told if one.phase == "opened"} - closed


def _stop(site: Scene) -> float:
    began_s = time.monotonic()
    code = site.daemon.stop(4 * STOP_S)
    assert code == 0, f"the daemon ended with {code}"
    return time.monotonic() - began_s
