"""The broker dies, freezes, and comes back."""

from __future__ import annotations

import random
import time

from tests.campaign.ledger import rounds
from tests.campaign.process import Tail
from tests.campaign.row import Findings, Lab
from tests.campaign.scene import CLIENT, ROUND_S, Scene, scene

RECOVER_S = 3.0
_HEARD = rf"Received PUBLISH from {CLIENT} "


def killed(lab: Lab) -> Findings:
    """`kill -9` of mosquitto and a start some seconds later, again and again."""
    chance = random.Random(lab.seed)
    with scene(lab) as site:
        site.running()
        for number in range(lab.count(20, 2)):
            site.broker.kill()
            # Every fifth outage is long enough for a backoff to have grown to its full length.
            lab.rest(30 if number % 5 == 4 else chance.uniform(0.5, 8))
            site.broker.start()
            _noted(site, "broker killed")
            lab.rest(chance.uniform(2, 12))
        return balance(site)


def frozen(lab: Lab) -> Findings:
    """SIGSTOP: it stays connected, takes what the kernel buffers, and answers nothing."""
    with scene(lab) as site:
        site.running()
        for _ in range(lab.count(5, 1)):
            site.broker.freeze()
            time.sleep(20 if not lab.quick else 8)
            site.broker.thaw()
            _noted(site, "broker frozen")
            lab.rest(5)
        return balance(site)


def time_to_speak(site: Scene) -> float:
    """How long from now until the broker hears from the daemon."""
    heard = Tail(site.broker.folder / "log", _HEARD)
    heard.more()
    heard.count = 0
    began_s = time.monotonic()
    site.await_(heard.more, "the daemon speaks to the broker again", 90)
    return time.monotonic() - began_s


def _noted(site: Scene, what: str) -> None:
    site.findings.faults += 1
    site.findings.recover_s.append(time_to_speak(site))
    site.lab.say(f"{what} {site.findings.faults} times, {site.findings.recover_s[-1]:.2f} s")


def balance(site: Scene) -> Findings:
    """The sums, and the goal for the time a broker may take."""
    found = site.findings
    found.recover_of = "broker back → it hears from the daemon"
    site.balance()
    found.at_most("broker back", found.recover_s, RECOVER_S)
    expected, seen = rounds(site.desk.told(), ROUND_S)
    found.goal("every fall in the clips was told", f"{seen} of {expected}", seen >= expected)
    return found
