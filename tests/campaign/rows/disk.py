"""The disk is full, read-only, slow, and well again: alerts go on."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

from tests.campaign.cameras import rates
from tests.campaign.faults import Faults
from tests.campaign.ledger import rounds
from tests.campaign.row import CannotRun, Findings, Lab
from tests.campaign.scene import ROUND_S, Scene, scene

_SIZE_MB = 24
_SYNCS_S = (0.5, 2.0, 15.0)
_DURABLE_S = 15.0
_TOLD_S = 5.0


def full(lab: Lab) -> Findings:
    """The state folder is a small file system, which somebody fills up and empties again."""
    with _small_disk(lab.folder / "small") as disk, _scene(lab, disk / "state") as site:
        ballast = disk / "ballast"

        def fill() -> None:
            with ballast.open("wb", buffering=0) as file:
                while True:
                    try:
                        file.write(bytes(4096))
                    except OSError:
                        return

        return _through(site, {"full": fill}, ballast.unlink)


def read_only(lab: Lab) -> Findings:
    """Everything written below the state folder is refused, as after an error of a file system."""
    state = lab.folder / "site" / "state"
    faults = Faults(lab.folder / "faults", state)
    with _scene(lab, state, faults) as site:
        return _through(site, {"read-only": partial(faults.set, read_only=True)}, faults.set)


def slow(lab: Lab) -> Findings:
    """Every sync to the disk takes 0.5, 2 or 15 seconds, as on a worn card."""
    state = lab.folder / "site" / "state"
    faults = Faults(lab.folder / "faults", state)
    breaks = {f"{sync_s:g} s a sync": partial(faults.set, sync_s=sync_s) for sync_s in _SYNCS_S}
    with _scene(lab, state, faults) as site:
        return _through(site, breaks, faults.set)


def _through(
    site: Scene, breaks: Mapping[str, Callable[[], None]], mend: Callable[[], None]
) -> Findings:
    """Breaks the disk in each way and mends it, again and again."""
    site.running()
    found = site.findings
    for _ in range(site.lab.count(5 if len(breaks) == 1 else 2, 1)):
        for name, break_it in breaks.items():
            break_it()
            began_s = time.monotonic()
            time.sleep(site.lab.count(40, 20))
            mend()
            mended_s = time.monotonic()
            _while_broken(site, name, began_s, mended_s)
            site.await_(partial(_durable_at, site, mended_s), "durable again", 60)
            found.recover_s.append((_durable_at(site, mended_s) or mended_s) - mended_s)
            found.faults += 1
            site.lab.say(f"{found.notes[-1]}; durable again after {found.recover_s[-1]:.1f} s")
            time.sleep(5)
    found.recover_of = "disk well again → the status says durable, every second"
    site.balance()
    _all_falls(site)
    found.at_most("disk well again", found.recover_s, _DURABLE_S)
    return found


def _while_broken(site: Scene, name: str, began_s: float, mended_s: float) -> None:
    shift_s = time.time() - time.monotonic()
    told = [
        one for one in site.desk.told(began_s) if began_s <= one.detected_s - shift_s <= mended_s
    ]
    way_s = max((one.wall_s - one.detected_s for one in told), default=float("inf"))
    looked = min(rates(site, "frames_inferred", began_s, mended_s).values())
    found = site.findings
    found.notes.append(
        f"{name}: {len(told)} told, at most {way_s:.2f} s after the decision, "
        f"{sum(not one.durable for one in told)} of them with `durable: false`; "
        f"{looked:.1f} pictures a second looked at"
    )
    found.goal(
        f"{name}: told within {_TOLD_S:g} s, and all pictures are looked at",
        f"{way_s:.2f} s, {looked:.1f} a second",
        way_s <= _TOLD_S and looked >= 4.5,
    )


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


def _scene(lab: Lab, state: Path, faults: Faults | None = None) -> AbstractContextManager[Scene]:
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
