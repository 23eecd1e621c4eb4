"""Network lines that can be cut, lose packets and delay them, to a network namespace of its own.

Each line is a pair of tun devices, one at home and one in the namespace, and a thread that carries
packets from one to the other, or does not. So the real TCP and UDP of the kernel meet real losses,
on machines whose kernel has no `netem` too. Needs root.
"""

from __future__ import annotations

import contextlib
import fcntl
import heapq
import os
import random
import select
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.campaign.row import CannotRun
from tests.support.mosquitto import need

_TUNSETIFF = 0x400454CA
_IFF_TUN_NO_PI = 0x0001 | 0x1000
_PACKET_BYTES = 65_536
_LOOK_S = 0.1
_PREFIX = "floorwatch-campaign-"
_NET = "198.18"  # set apart for tests of networks (RFC 2544)


@dataclass(frozen=True)
class Weather:
    """What happens to packets: the share that is lost, and how late the others come; those that
    overtake each other within `jitter_s` arrive in another order."""

    loss: float = 0.0
    delay_s: float = 0.0
    jitter_s: float = 0.0

    def __str__(self) -> str:
        words = [f"{self.loss:.0%} lost"] if self.loss else []
        if self.delay_s:
            words.append(f"{self.delay_s * 1000:.0f} ± {self.jitter_s * 1000:.0f} ms late")
        return ", ".join(words) or "calm"


CALM = Weather()
SILENT = Weather(loss=1.0)


class Wire:
    """One line, from `home` (an address of this machine) into the namespace."""

    def __init__(self, namespace: str, number: int, seed: int) -> None:
        self.home = f"{_NET}.{number}.1"
        self.weather = CALM
        self.lost = 0
        self._namespace = namespace
        self._names = f"fwh{os.getpid() % 100_000}{number}", f"fwn{os.getpid() % 100_000}{number}"
        self._away = f"{_NET}.{number}.2"
        self._chance = random.Random(seed)
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._ends = [_tun(name) for name in self._names]

    def up(self) -> None:
        """Lays the line."""
        home, away = self._names
        ip("link", "set", away, "netns", self._namespace)
        ip("addr", "add", f"{self.home}/30", "dev", home)
        ip("link", "set", home, "up")
        ip("-n", self._namespace, "addr", "add", f"{self._away}/30", "dev", away)
        ip("-n", self._namespace, "link", "set", away, "up")
        near, far = self._ends
        for one, other in ((near, far), (far, near)):
            carrier = threading.Thread(target=self._carry, args=(one, other), daemon=True)
            carrier.start()
            self._threads.append(carrier)

    def unplug(self) -> None:
        """The daemon's end goes down: its machine knows that there is no network."""
        ip("-n", self._namespace, "link", "set", self._names[1], "down")

    def plug(self) -> None:
        """The daemon's end is up again."""
        ip("-n", self._namespace, "link", "set", self._names[1], "up")

    def close(self) -> None:
        """Takes the line away."""
        self._stop.set()
        for thread in self._threads:
            thread.join(5)
        for end in self._ends:
            os.close(end)

    def _carry(self, one: int, other: int) -> None:
        under_way: list[tuple[float, int, bytes]] = []
        number = 0
        while not self._stop.is_set():
            wait_s = max(0.0, under_way[0][0] - time.monotonic()) if under_way else _LOOK_S
            if select.select([one], [], [], min(wait_s, _LOOK_S))[0]:
                packet = _read(one)
                weather = self.weather
                if packet and self._chance.random() >= weather.loss:
                    late_s = self._chance.uniform(-weather.jitter_s, weather.jitter_s)
                    due_s = time.monotonic() + max(0.0, weather.delay_s + late_s)
                    number += 1
                    heapq.heappush(under_way, (due_s, number, packet))
                else:
                    self.lost += bool(packet)
            while under_way and under_way[0][0] <= time.monotonic():
                # A device that is down takes nothing: lost, as on any line.
                with contextlib.suppress(OSError):
                    os.write(other, heapq.heappop(under_way)[2])


@dataclass(frozen=True)
class Lines:
    """The daemon's namespace, `before` what starts a program in it, and its two lines."""

    before: tuple[str, ...]
    broker: Wire
    cameras: Wire


@contextmanager
def lines(seed: int) -> Iterator[Lines]:
    """A namespace with a line to the broker and one to the cameras. Raises CannotRun."""
    if os.geteuid() != 0 or not Path("/dev/net/tun").exists():
        raise CannotRun("needs root and /dev/net/tun")
    need("ip", "iproute2")
    namespace = f"{_PREFIX}{os.getpid()}"
    _sweep()
    with ExitStack() as stack:
        ip("netns", "add", namespace)
        stack.callback(ip, "netns", "del", namespace)
        ip("-n", namespace, "link", "set", "lo", "up")
        wires = [Wire(namespace, number, seed) for number in (71, 72)]
        for wire in wires:
            stack.callback(wire.close)
            wire.up()
        yield Lines(("ip", "netns", "exec", namespace), *wires)


def ip(*words: str) -> str:
    """The command of that name; gives what it prints."""
    program = need("ip", "iproute2")
    done = subprocess.run([program, *words], check=True, timeout=20, stdout=subprocess.PIPE)
    return done.stdout.decode()


def _sweep() -> None:
    """Takes away what a campaign that was killed left behind."""
    for name in ip("netns", "list").split():
        pid = name.removeprefix(_PREFIX)
        if name.startswith(_PREFIX) and not Path("/proc", pid).exists():
            ip("netns", "del", name)


def _tun(name: str) -> int:
    end = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(end, _TUNSETIFF, struct.pack("16sH22x", name.encode(), _IFF_TUN_NO_PI))
    return end


def _read(end: int) -> bytes:
    try:
        return os.read(end, _PACKET_BYTES)
    except OSError:  # the device is down
        time.sleep(0.01)
        return b""
