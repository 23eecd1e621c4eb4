"""The way to the cameras and the broker: route, names, and what the network card complains of.

Files: /proc/net/route and /sys/class/net/*, https://docs.kernel.org/networking/statistics.html.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from edge.doctor.finding import Finding, Group
from edge.doctor.machine import Machine
from edge.doctor.patience import Attempt

_GROUP = Group("network")
_LOOK_UP_S = 5.0
_UP, _GATEWAY = 0x1, 0x2
_MTU_USUAL = 1500  # less is a tunnel's; more must be so in the whole network
_MTU_MIN = 1280  # of IPv6
_ERROR_SHARE = 1e-4
_DROP_SHARE = 1e-2
_MBIT_MIN = 100
_SETTLED = 10  # so often may a plug have come and gone since the start


@dataclass(frozen=True)
class Link:
    """A network card since the start. `mbit` is None where none is told, as with wireless."""

    name: str
    mtu: int
    mbit: float | None
    duplex: str
    packets: float
    errors: float
    dropped: float
    changes: float


@dataclass(frozen=True)
class Network:
    """What there is. `names` are the hosts of the site, with whether each was found."""

    default: str
    links: tuple[Link, ...]
    names: tuple[tuple[str, bool], ...]


def probe(machine: Machine, hosts: Iterable[str]) -> Network:
    """Looks, and asks for the hosts that are named, all at once."""
    folders = [folder for folder in machine.paths("/sys/class/net/*") if _is_card(machine, folder)]
    named = sorted({host for host in hosts if not _is_address(host)})
    asked = {host: Attempt(f"name:{host}", partial(_known, host)) for host in named}
    return Network(
        default=_default(machine),
        links=tuple(_link(machine, folder) for folder in folders),
        names=tuple((host, bool(asked[host].result(_LOOK_UP_S))) for host in named),
    )


def judge(seen: Network) -> Iterator[Finding]:
    """What it means."""
    if seen.default:
        yield _GROUP.good("route", f"by {seen.default}")
    else:
        why = "only what is in the same network is reached, time servers among it"
        mend = "fine in a closed network; else see `ip route`"
        yield _GROUP.look("route", "no default route", why, mend)
    yield _names(seen)
    for link in seen.links:
        yield _link_of(link)


def _names(seen: Network) -> Finding:
    if not seen.names:
        return _GROUP.none("names", "no site file, or it gives addresses alone")
    missing = [host for host, known in seen.names if not known]
    if not missing:
        return _GROUP.good("names", f"found: {', '.join(host for host, _ in seen.names)}")
    why = "who is not found cannot be reached"
    mend = "correct the name, see `resolvectl status`, or write addresses into the site file"
    return _GROUP.bad("names", f"not found: {', '.join(missing)}", why, mend)


def _link_of(link: Link) -> Finding:
    words = [link.name]
    if link.mbit:
        words.append(f"{link.mbit:.0f} Mbit/s {link.duplex}".strip())
    words.append(f"MTU {link.mtu}")
    numbers = {"errors": link.errors, "dropped": link.dropped, "changes": link.changes}
    for doubt, mend in _doubts(link):
        why = "pictures from cameras arrive late or broken"
        return _GROUP.look("card", ", ".join([*words, doubt]), why, mend, **numbers)
    return _GROUP.good("card", ", ".join(words), **numbers)


def _doubts(link: Link) -> Iterator[tuple[str, str]]:
    packets = max(link.packets, 1.0)
    cable = "change the cable or the port of the switch"
    if link.errors / packets > _ERROR_SHARE:
        yield f"{link.errors:.0f} errors in {packets:.0f} packets", cable
    if link.changes > _SETTLED:
        yield f"it came and went {link.changes / 2:.0f} times since the start", cable
    if link.duplex == "half":
        yield "half duplex", f"{cable}; let both ends negotiate"
    if link.mbit and link.mbit < _MBIT_MIN:
        yield "slow", cable
    if link.dropped / packets > _DROP_SHARE:
        mend = f"see `ip -s link show {link.name}`; the device may be too busy"
        yield f"{link.dropped:.0f} of {packets:.0f} packets dropped", mend
    if not _MTU_MIN <= link.mtu <= _MTU_USUAL:
        yield (
            "an MTU that not every switch takes",
            f"unless you know why: sudo ip link set {link.name} mtu {_MTU_USUAL}",
        )


def _default(machine: Machine) -> str:
    """The card of the default route, IPv4 first."""
    for line in (machine.text("/proc/net/route") or "").splitlines()[1:]:
        cells = line.split()
        if cells[1] == "00000000" and int(cells[3], 16) & (_UP | _GATEWAY):
            return cells[0]
    for line in (machine.text("/proc/net/ipv6_route") or "").splitlines():
        cells = line.split()
        if cells[0] == "0" * 32 and cells[1] == "00" and cells[-1] != "lo":
            return cells[-1]
    return ""


def _is_card(machine: Machine, folder: str) -> bool:
    """A card that is in use; a virtual one counts where it has a carrier, as in a container."""
    kind, state = machine.text(f"{folder}/type"), machine.text(f"{folder}/operstate")
    virtual = ("lo", "ifb", "docker", "br-", "veth", "virbr", "dummy", "tun", "tap")
    return kind == "1" and state != "down" and not folder.rpartition("/")[2].startswith(virtual)


def _link(machine: Machine, folder: str) -> Link:
    counts = {
        name: machine.number(f"{folder}/statistics/{name}") or 0.0
        for name in ("rx_packets", "tx_packets", "rx_errors", "tx_errors", "rx_dropped")
    }
    mbit = machine.number(f"{folder}/speed")
    return Link(
        name=folder.rpartition("/")[2],
        mtu=int(machine.number(f"{folder}/mtu") or _MTU_USUAL),
        mbit=mbit if mbit and mbit > 0 else None,
        duplex=(machine.text(f"{folder}/duplex") or "").replace("unknown", ""),
        packets=counts["rx_packets"] + counts["tx_packets"],
        errors=counts["rx_errors"] + counts["tx_errors"],
        dropped=counts["rx_dropped"],
        changes=machine.number(f"{folder}/carrier_changes") or 0.0,
    )


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _known(host: str) -> bool:
    try:
        return bool(socket.getaddrinfo(host, None))
    except (OSError, UnicodeError):  # the latter for what cannot be a name at all
        return False
