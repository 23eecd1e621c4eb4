"""The desk killed, hung, cut off from its broker, and its clock on the wall set."""

from __future__ import annotations

import random
import signal
import time
from functools import partial

from tests.campaign.dispatch import Dispatch, answering, dispatch
from tests.campaign.faults import Faults
from tests.campaign.row import Findings, Lab
from tests.support.until import until

_TAKE_OVER_S = 20.0
_STEP_S = 5.0


def killed(lab: Lab) -> Findings:
    """`kill -9` at random moments while events flow; the same desk comes back."""
    chance = random.Random(lab.seed)
    with dispatch(lab, "one") as at:
        desk = at.desks[0]
        for number in range(lab.count(40, 2)):
            at.say(5)
            time.sleep(chance.uniform(0, 0.3))
            desk.kill()
            began_s = time.monotonic()
            desk.start()
            desk.said("listening", number + 2)
            until(at.all_told, "everybody is told", 60)
            at.findings.recover_s.append(time.monotonic() - began_s)
            at.findings.faults += 1
            lab.say(f"killed {number + 1} times")
        at.findings.recover_of = "from the kill to everybody told"
        at.balance()
        return at.findings


def hung(lab: Lab) -> Findings:
    """Of two desks the one that acts is stopped at random moments, in a write or not. Every second
    time its process cannot be seen by the other, as in another container: then it wakes again."""
    chance = random.Random(lab.seed)
    with dispatch(lab, "one", "two") as at:
        for number in range(lab.count(10, 2)):
            at.say(3)
            time.sleep(chance.uniform(0, 0.2))
            acting, other = at.desks
            hidden = number % 2 == 1
            if hidden:
                time.sleep(1.0)  # who cannot be ended must not hang while it writes
                for proof in (lab.folder / "state").glob("*.holder-*"):
                    proof.unlink()
            acting.signal(signal.SIGSTOP)
            began_s = time.monotonic()
            at.say(1)
            until(at.all_told, "the other tells", 90)
            at.findings.recover_s.append(time.monotonic() - began_s)
            at.findings.faults += 1
            lab.say(f"hung {number + 1} times")
            if hidden:
                acting.signal(signal.SIGCONT)
                acting.said("this one stands by")
            else:
                acting.wait()  # who took over has ended it
                acting.start()
                acting.said("listening", acting.log.count("listening") + 1)
            at.desks = [other, acting]
        at.findings.recover_of = "from the stop to everybody told by the other desk"
        at.findings.at_most("taken over", at.findings.recover_s, _TAKE_OVER_S)
        at.balance()
        return at.findings


def cut_off(lab: Lab) -> Findings:
    """The broker is killed while events flow, and comes back some seconds later."""
    chance = random.Random(lab.seed)
    with dispatch(lab, "one") as at, answering(at):
        for number in range(lab.count(20, 2)):
            at.say(5)
            time.sleep(chance.uniform(0, 0.2))
            at.broker.kill()
            time.sleep(chance.uniform(0.5, 3))
            at.broker.start()
            at.findings.faults += 1
            lab.say(f"broker killed {number + 1} times")
        at.balance()
        return at.findings


def clock_set(lab: Lab) -> Findings:
    """The clock on the wall is set while chains run: each step comes at its time all the same."""
    faults = Faults(lab.folder / "faults", lab.folder / "state")
    steps = [{"after_s": 0, "to": ["floor"]}, {"after_s": _STEP_S, "to": ["floor"]}]
    offsets = (3600, -3600, 0, 5 - int(time.time()), 0, 24 * 3600, 0)
    late_s: list[float] = []
    with dispatch(lab, "one", environment=faults.environment, otherwise={"steps": steps}) as at:
        for offset_s in offsets[: lab.count(7, 2)]:
            before = len(at.told())
            at.say(1)
            until(partial(_more_told, at, before), "the first step")
            began_s = time.monotonic()
            faults.set(wall_s=offset_s)
            until(partial(_more_told, at, before + 1), "the second step", 60)
            late_s.append(time.monotonic() - began_s - _STEP_S)
            at.findings.faults += 1
            lab.say(f"clock set to {offset_s:+d} s")
        early_s = min(late_s)
        at.findings.goal("no step came early", f"{early_s:+.2f} s", early_s > -0.5)
        at.findings.at_most("how late a step came", late_s, 2.0)
        at.balance(steps=2)
        return at.findings


def _more_told(at: Dispatch, than: int) -> bool:
    return len(at.told()) > than
