"""SIGHUP, again and again: cameras come and go, the others go on."""

from __future__ import annotations

import signal
import time
from itertools import pairwise
from typing import Any

import yaml

from tests.campaign.cameras import counters_of, written_s
from tests.campaign.growth import Growth
from tests.campaign.row import CannotRun, Findings, Lab
from tests.campaign.scene import Scene, camera, scene

_BETWEEN_S = 5.0
_GAP_S = 1.0
_FPS = 5.0
_MB_MAX = 10.0


def reloaded(lab: Lab) -> Findings:
    """A camera is added, changed, taken out; every fifth time the file is wrong and refused."""
    with scene(lab, 4) as site:
        site.running()
        if not site.daemon.catches(signal.SIGHUP):
            raise CannotRun("the daemon does not know SIGHUP yet")
        text = site.daemon.site.read_text("utf-8")
        began_s = time.monotonic()
        with Growth(site.daemon.pid, 1.0) as growth:
            for number in range(lab.count(50, 6)):
                site.daemon.site.write_text(_changed(text, number, site))
                site.daemon.hangs_up()
                site.findings.faults += 1
                time.sleep(_BETWEEN_S)
                assert site.daemon.running, "a reload ended the daemon"
                lab.say(f"{number + 1} reloads, {growth.samples[-1].memory_mb:.1f} MB")
        _others(site, began_s)
        found = site.findings
        found.notes.append(growth.words())
        found.slope = growth.memory_slope()
        more_mb = growth.gained_mb()
        said = "too few samples" if more_mb is None else f"{more_mb:+.1f} MB"
        met = more_mb is not None and more_mb <= _MB_MAX
        found.goal(f"at most {_MB_MAX:g} MB more, by the slope", said, met)
        site.daemon.site.write_text(text)
        site.balance()
        return found


def _changed(text: str, number: int, site: Scene) -> str:
    """The site file as it is to be from this reload on."""
    if number % 5 == 4:
        return text.replace("cameras:", "cameras: [", 1)
    wanted: dict[str, Any] = yaml.safe_load(text)
    if number % 2 == 0:
        extra = camera("extra", site.server.url("/c0"))
        extra["labels"] = {"collapse": {"threshold": 0.4 + 0.01 * number % 0.4}}
        wanted["cameras"].append(extra)
    return yaml.safe_dump(wanted, sort_keys=False)


def _others(site: Scene, began_s: float) -> None:
    """The cameras that nobody touched."""
    found, statuses = site.findings, site.desk.statuses(began_s)
    gaps: dict[str, float] = {}
    for name in site.cameras:
        for one, other in pairwise(statuses):
            seconds = written_s(other.value) - written_s(one.value)
            first, last = (counters_of(s.value, name)["frames_read"] for s in (one, other))
            gaps[name] = max(gaps.get(name, 0.0), seconds - (last - first) / _FPS)
    most_s = max(gaps.values())
    found.goal("the others lose at most 1 s of pictures", f"{most_s:.2f} s", most_s <= _GAP_S)
    connects = {name: counters_of(statuses[-1].value, name)["connects"] for name in site.cameras}
    found.goal("the others stay connected", str(connects), set(connects.values()) == {1})
    counted = statuses[-1].value["counters"]
    said = {key: value for key, value in counted.items() if "reload" in key}
    found.notes.append(f"the daemon's own count: {said}")
