"""`kill -9` of the daemon between a decision and the broker's receipt for it."""

from __future__ import annotations

import random
import time

from alerts.outbox import Outbox
from tests.campaign.ledger import missing
from tests.campaign.relay import Relay
from tests.campaign.row import CannotRun, Findings, Lab
from tests.campaign.scene import Scene, scene

LINE_S = 0.2  # each way: a receipt comes no sooner than twice this after the message was sent
_FULL, _QUICK = 200, 3


def killed(lab: Lab) -> Findings:
    """At random moments after an event was logged as kept, while its receipt is under way."""
    chance = random.Random(lab.seed)
    inside = unheard = 0
    with scene(lab, cameras=4) as site, Relay(site.broker.port, LINE_S) as relay:
        _through(site, relay.port)
        for number in range(lab.count(_FULL, _QUICK)):
            if number:
                site.daemon.start()
            _await_event(site, first=not number)
            time.sleep(chance.uniform(0, 2 * LINE_S))
            site.daemon.kill()
            unheard += bool(missing(site.daemon.kept(), site.desk.told()))
            inside += _waiting(site) > 0
            site.findings.faults += 1
            lab.say(f"killed {number + 1} times, {inside} of them before the receipt")
        relay.delay_s = 0.0  # with two receipts a second it would never catch up
        site.daemon.start()
        site.running(time.monotonic())
        site.balance()
    found = site.findings
    found.notes.append(f"{inside} kills left something in the outbox (it was kept, not yet")
    found.notes[-1] += f" acknowledged); at {unheard} the subscriber had not heard of it yet"
    found.goal("kills between decision and receipt", str(inside), inside >= found.faults * 0.8)
    return found


def _await_event(site: Scene, *, first: bool) -> None:
    kept = site.daemon.tail(r"\bevent=\S+.*\bphase=")
    try:
        site.await_(kept.more, "an event is kept", 40)
    except AssertionError as late:
        if site.daemon.running and first:
            raise CannotRun("the daemon does not log its events yet") from late
        raise


def _through(site: Scene, port: int) -> None:
    """The daemon goes to the broker by the slow line: it is stopped, told so, started."""
    site.daemon.stop(20)
    text = site.daemon.site.read_text()
    site.daemon.site.write_text(text.replace(f"port: {site.broker.port}\n", f"port: {port}\n"))
    site.daemon.start()


def _waiting(site: Scene) -> int:
    with Outbox(site.folder / "site" / "state" / "outbox.sqlite3") as outbox:
        return outbox.depth()
