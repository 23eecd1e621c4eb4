"""The disk is full, read-only, slow, and well again: alerts go on."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from tests.campaign.cameras import rates
from tests.campaign.faults import Faults
from tests.campaign.ledger import rounds
from tests.campaign.row import CannotRun, Findings, Lab
from tests.campaign.scene import ALARMS, ROUND_S, Scene, scene

_BAD_S = 40.0
_SIZE_MB = 24
_SLOW_S = 2.0
_DURABLE_S = 15.0
_RARE_S = 24.0
_TOLD_S = 15.0


def full(lab: Lab) -> Findings:
    """The state folder is a small file system, which somebody fills up and empties again."""
    with _small_disk(lab.folder / "small") as disk, _scene(lab, disk) as site:
        ballast = disk / "ballast"

        def fill() -> None:
            with ballast.open("wb", buffering=0) as file:
                while True:
                    try:
                        file.write(bytes(4096))
                    except OSError:
                        return

        return _through(site, fill, ballast.unlink, lab.count(5, 1))


def read_only(lab: Lab) -> Findings:
    """Everything written below the state folder is refused, as after an error of a file system."""
    faults = Faults(lab.folder / "faults", lab.folder / "site" / "state")
    with _scene(lab, None, faults) as site:
        return _through(site, lambda: faults.set(read_only=True), faults.set, lab.count(5, 1))


def slow(lab: Lab) -> Findings:
    """Every sync to the disk takes two seconds, as on a worn card; incidents are rarer here."""
    state = lab.folder / "site" / "state"
    faults = Faults(lab.folder / "faults", state)
    calm = {"collapse": ALARMS["collapse"] | {"update_s": 30}}
    with scene(
        lab, 2, environment=faults.environment, round_s=_RARE_S, alarms=calm,
        state={"path": str(state)},
    ) as site:  # fmt: skip
        site.running()
        before_s = time.monotonic()
        time.sleep(lab.count(60, 30))
        calm_s = _told_after_s(site, before_s)
        faults.set(sync_s=_SLOW_S)
        began_s = time.monotonic()
        time.sleep(lab.count(240, 60))
        ended_s = time.monotonic()
        faults.set()
        site.findings.faults = 1
        site.balance()
        slow_s = _told_after_s(site, began_s, ended_s)
        found = site.findings
        found.notes.append(
            f"decision to subscriber, at most: {calm_s:.2f} s before, {slow_s:.2f} s meanwhile"
        )
        found.goal(
            f"told within {_TOLD_S:g} s of the decision", f"{slow_s:.2f} s", slow_s <= _TOLD_S
        )
        looked = min(rates(site, "frames_inferred", began_s, ended_s).values())
        found.goal("5 pictures a second are looked at", f"{looked:.1f}", looked >= 4.5)
        return found


def _told_after_s(site: Scene, from_s: float, to_s: float = float("inf")) -> float:
    """The longest way of those decided in a stretch of time, by the clock on the wall."""
    shift_s = time.time() - time.monotonic()
    told = [
        one.wall_s - one.detected_s
        for one in site.desk.told(from_s)
        if from_s <= one.detected_s - shift_s <= to_s
    ]
    return max(told, default=float("inf"))


def _through(
    site: Scene, break_it: Callable[[], None], mend_it: Callable[[], None], times: int
) -> Findings:
    """Breaks the disk and mends it, `times` times."""
    site.running()
    found = site.findings
    for number in range(times):
        break_it()
        began_s = time.monotonic()
        time.sleep(_BAD_S / (2 if site.lab.quick else 1))
        mend_it()
        mended_s = time.monotonic()
        told = site.desk.told(began_s)
        found.notes.append(
            f"{len(told)} told while the disk refused, "
            f"{sum(not one.durable for one in told)} of them said `durable: false`"
        )
        found.goal("alerts go on without the disk", found.notes[-1], len(told) >= 5)
        site.await_(lambda: _durable_at(site, mended_s), "durable again", 60)  # noqa: B023
        found.recover_s.append((_durable_at(site, mended_s) or mended_s) - mended_s)
        found.faults += 1
        site.lab.say(f"{number + 1} times, durable again after {found.recover_s[-1]:.1f} s")
        time.sleep(5)
    found.recover_of = "disk well again → the status says durable"
    site.balance()
    _all_falls(site)
    found.at_most("disk well again", found.recover_s, _DURABLE_S)
    return found


def _durable_at(site: Scene, from_s: float) -> float | None:
    """When a status first said that the disk goes along, and nothing waited in memory."""
    for status in site.desk.statuses(from_s):
        outbox = status.value["outbox"]
        if outbox["durable"] and not outbox["memory_depth"]:
            return status.at_s
    return None


def _all_falls(site: Scene) -> None:
    expected, seen = rounds(site.desk.told(), ROUND_S)
    site.findings.goal(
        "every fall in the clips was told", f"{seen} of {expected}", seen >= expected
    )


def _scene(
    lab: Lab, disk: Path | None, faults: Faults | None = None
) -> AbstractContextManager[Scene]:
    state = lab.folder / "site" / "state" if disk is None else disk / "state"
    environment = {} if faults is None else faults.environment
    return scene(lab, environment=environment, state={"path": str(state)})


@contextmanager
def _small_disk(folder: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        raise CannotRun("needs root, to mount a file system")
    folder.mkdir(parents=True)
    size = f"size={_SIZE_MB}m"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "campaign", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
