"""The camera server dies and comes back."""

from __future__ import annotations

import random
import time

from tests.campaign.cameras import wait_well
from tests.campaign.row import Findings, Lab
from tests.campaign.scene import Scene, scene

RECOVER_S = 5.0


def killed(lab: Lab) -> Findings:
    """`kill -9` of the RTSP server and a start some seconds later, again and again."""
    chance = random.Random(lab.seed)
    with scene(lab, cameras=4) as site:
        site.running()
        for number in range(lab.count(20, 2)):
            gone_s = time.monotonic()
            site.server.kill()
            lab.rest(30 if number % 5 == 4 else chance.uniform(0.5, 8))
            site.server.restart()
            recovered = wait_well(site, gone_s, time.monotonic())
            site.findings.recover_s += recovered
            site.findings.faults += 1
            lab.say(f"cameras killed {number + 1} times, at most {max(recovered):.2f} s")
            lab.rest(chance.uniform(2, 12))
        return balance(site)


def balance(site: Scene, back: str = "camera back", most_s: float = RECOVER_S) -> Findings:
    """The sums, and the goal for the time a camera may take."""
    found = site.findings
    found.recover_of = f"{back} → fresh pictures, health `ok`, of each camera"
    site.balance()
    found.at_most(back, found.recover_s, most_s)
    return found
