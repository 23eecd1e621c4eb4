"""The network between the daemon and its peers is cut, silently or not, loses packets, is slow."""

from __future__ import annotations

import random
import time
from contextlib import AbstractContextManager

from tests.campaign.cameras import rates, wait_well
from tests.campaign.row import Findings, Lab
from tests.campaign.rows import broker as broker_row
from tests.campaign.rows import camera_gone
from tests.campaign.scene import Scene, scene
from tests.campaign.wires import CALM, SILENT, Lines, Weather, Wire, lines

_WEATHERS = (Weather(loss=0.05), Weather(loss=0.20), Weather(delay_s=0.2, jitter_s=0.1))


def cameras_cut(lab: Lab) -> Findings:
    """The line to the cameras is cut: every other time without anybody being told."""
    chance = random.Random(lab.seed)
    with lines(lab.seed) as net, _scene(lab, net) as site:
        site.running()
        for number in range(lab.count(20, 2)):
            gone_s = _cut(net.cameras, silent=bool(number % 2), seconds=_outage_s(chance, number))
            took = wait_well(site, gone_s, time.monotonic())
            _note(site, took, silent=bool(number % 2))
            lab.say(f"cut {number + 1} times, at most {max(took):.2f} s")
            lab.rest(chance.uniform(2, 12))
        return camera_gone.balance(site, "line to the cameras back")


def broker_cut(lab: Lab) -> Findings:
    """The line to the broker is cut: every other time without anybody being told."""
    chance = random.Random(lab.seed)
    with lines(lab.seed) as net, _scene(lab, net) as site:
        site.running()
        for number in range(lab.count(20, 2)):
            _cut(net.broker, silent=bool(number % 2), seconds=_outage_s(chance, number))
            took = broker_row.time_to_speak(site)
            _note(site, [took], silent=bool(number % 2))
            lab.say(f"cut {number + 1} times, {took:.2f} s")
            lab.rest(chance.uniform(2, 12))
        return broker_row.balance(site)


def lossy(lab: Lab) -> Findings:
    """Packets lost (5 %, 20 %), late and out of order: cameras (c0, c1 TCP; c2, c3 UDP), broker."""
    spoke_s: list[float] = []
    with lines(lab.seed) as net, _scene(lab, net, udp=2) as site:
        site.running()
        for weather in _WEATHERS:
            began_s = _storm(site, net.cameras, weather, "cameras")
            site.findings.recover_s += wait_well(site, began_s, time.monotonic())
            lab.rest(5)
        for weather in _WEATHERS:
            _storm(site, net.broker, weather, "broker")
            spoke_s.append(broker_row.time_to_speak(site))
            lab.rest(5)
        found = camera_gone.balance(site, "calm again")
    found.at_most("calm again, the broker hears from the daemon", spoke_s, broker_row.RECOVER_S)
    return found


def _storm(site: Scene, wire: Wire, weather: Weather, name: str) -> float:
    """When it began."""
    began_s, before = time.monotonic(), wire.lost
    wire.weather = weather
    time.sleep(site.lab.count(60, 10))
    read = rates(site, "frames_read", began_s)
    wire.weather = CALM
    site.findings.faults += 1
    frames = ", ".join(f"{camera} {rate:.1f}" for camera, rate in read.items())
    told = site.desk.told(began_s)
    way_s = max((one.wall_s - one.detected_s for one in told), default=float("nan"))
    site.findings.notes.append(
        f"{name}, {weather}: {wire.lost - before} packets lost; pictures a second: {frames}; "
        f"{len(told)} told, at most {way_s:.1f} s after the decision"
    )
    site.lab.say(site.findings.notes[-1])
    return began_s


def _scene(lab: Lab, net: Lines, udp: int = 0) -> AbstractContextManager[Scene]:
    return scene(
        lab,
        cameras=4,
        host=net.cameras.home,
        broker_host=net.broker.home,
        before=net.before,
        udp=udp,
    )


def _outage_s(chance: random.Random, number: int) -> float:
    return 30.0 if number % 5 == 4 else chance.uniform(1, 15)


def _cut(wire: Wire, *, silent: bool, seconds: float) -> float:
    """When it began."""
    began_s = time.monotonic()
    if silent:
        wire.weather = SILENT
        time.sleep(seconds)
        wire.weather = CALM
    else:
        wire.unplug()
        time.sleep(seconds)
        wire.plug()
    return began_s


def _note(site: Scene, took: list[float], *, silent: bool) -> None:
    found = site.findings
    found.faults += 1
    found.recover_s += took
    found.notes.append(f"cut {found.faults}, {'silent' if silent else 'told'}: {max(took):.2f} s")
