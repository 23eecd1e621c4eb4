"""The camera server dies and comes back."""

from __future__ import annotations

import random
import time

from tests.campaign.row import Findings, Lab
from tests.campaign.scene import Scene, scene

RECOVER_S = 5.0


def killed(lab: Lab) -> Findings:
    """`kill -9` of the RTSP server and a start some seconds later, again and again."""
    chance = random.Random(lab.seed)
    with scene(lab, cameras=4) as site:
        site.running()
        for number in range(lab.count(20, 2)):
            site.server.kill()
            time.sleep(30 if number % 5 == 4 else chance.uniform(0.5, 8))
            site.server.restart()
            recovered = time_to_ok(site, time.monotonic())
            site.findings.faults += 1
            lab.say(f"cameras killed {number + 1} times, at most {max(recovered):.2f} s")
            time.sleep(chance.uniform(2, 12))
        return balance(site)


def time_to_ok(site: Scene, from_s: float, timeout_s: float = 90.0) -> list[float]:
    """Waits until every camera is said to be well, and notes how long each took."""
    took = {}

    def all_well() -> bool:
        for name in site.cameras:
            said = site.desk.said(f"/{name}/health", from_s)
            well = [s for s in said if s.fresh and s.value["reason"] == "ok"]
            if well and name not in took:
                took[name] = well[0].at_s - from_s
        return len(took) == len(site.cameras)

    site.await_(all_well, "every camera is well again", timeout_s)
    site.findings.recover_s += took.values()
    return list(took.values())


def balance(site: Scene, back: str = "camera back", most_s: float = RECOVER_S) -> Findings:
    """The sums, and the goal for the time a camera may take."""
    found = site.findings
    found.recover_of = f"{back} → health `ok` of each camera"
    site.balance()
    found.at_most(back, found.recover_s, most_s)
    return found
