"""Clock, network, service and limits, from texts as such systems have them."""

from __future__ import annotations

import json
import socket
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

import pytest

from edge.config.schema import Http
from edge.doctor import clock, limits, network, service
from edge.pages import Page, PageServer
from tests.edge.doctor.devices import by_check, device

# --- clock ---

CHRONY = "C0000201,192.0.2.1,3,1795255200.123456789,{off},-0.000009,0.000031,-8.2,0.001,0.03,0.0009,0.0004,64.5,{leap}"  # noqa: E501


@pytest.mark.parametrize(
    ("off", "leap", "verdict"),
    [
        ("0.000012345", "Normal", "good"),
        ("-0.9", "Normal", "look"),
        ("7.5", "Normal", "bad"),
        ("0.000000000", "Not synchronised", "bad"),
    ],
)
def test_chrony(tmp_path: Path, off: str, leap: str, verdict: str) -> None:
    machine = device(tmp_path, {}, {"chronyc": CHRONY.format(off=off, leap=leap)})
    assert by_check(clock.judge(clock.probe(machine), None))["synchronised"].verdict == verdict


@pytest.mark.parametrize(("said", "verdict"), [("yes", "good"), ("no", "bad"), ("?", "look")])
def test_timedatectl(tmp_path: Path, said: str, verdict: str) -> None:
    machine = device(
        tmp_path, {"/proc/7/comm": "systemd-timesyn\n"}, {"timedatectl": said, "chronyc": "506"}
    )
    found = by_check(clock.judge(clock.probe(machine), None))["synchronised"]
    assert found.verdict == verdict
    assert ("systemd-timesyncd" in found.found) == (verdict == "good")


def test_a_device_whose_battery_is_empty(tmp_path: Path) -> None:
    seen = clock.probe(device(tmp_path, {"/sys/class/rtc/rtc0/since_epoch": "946685000\n"}))
    found = by_check(clock.judge(seen, None))["battery"]
    assert (found.verdict, seen.rtc_year) == ("look", 2000)
    lost = by_check(clock.judge(replace(seen, synchronised=True, year=1970), None))
    assert lost["synchronised"].verdict == "bad"


@pytest.mark.parametrize(
    ("site", "verdict"), [("Europe/Vienna", "good"), ("Europe/Berlin", "good"), ("UTC", "look")]
)
def test_time_zones(tmp_path: Path, site: str, verdict: str) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/localtime").symlink_to("/usr/share/zoneinfo/Europe/Vienna")
    found = by_check(clock.judge(clock.probe(device(tmp_path, {})), site))["time zone"]
    assert found.verdict == verdict


# --- network ---

ROUTES = (
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\n"
    "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\n"
    "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\n"
)
ETH0 = {"type": "1", "operstate": "up", "mtu": "1500", "speed": "1000", "duplex": "full"}
LINK = network.Link("eth0", 1500, 1000, "full", 1e6, 0, 0, 3)


def card(name: str, values: dict[str, str]) -> dict[str, str]:
    return {f"/sys/class/net/{name}/{key}": f"{value}\n" for key, value in values.items()}


def test_a_plain_network(tmp_path: Path) -> None:
    files = {"/proc/net/route": ROUTES} | card("eth0", ETH0 | {"statistics/rx_packets": "500"})
    files |= card("eth1", ETH0 | {"operstate": "down"}) | card("lo", {"type": "772"})
    seen = network.probe(device(tmp_path, files), ["192.0.2.7", "localhost"])
    assert [link.name for link in seen.links] == ["eth0"]
    found = by_check(network.judge(seen))
    assert {check: one.verdict for check, one in found.items()} == {
        "route": "good", "names": "good", "card": "good",
    }  # fmt: skip
    assert found["names"].found == "found: localhost"
    assert found["card"].found == "eth0, 1000 Mbit/s full, MTU 1500"


def test_no_route_and_a_name_that_nobody_knows(tmp_path: Path) -> None:
    machine = device(tmp_path, {"/proc/net/route": ROUTES.splitlines()[0]})
    found = by_check(network.judge(network.probe(machine, ["no..name", "192.0.2.7"])))
    assert found["route"].verdict == "look"
    assert (found["names"].verdict, found["names"].found) == ("bad", "not found: no..name")


@pytest.mark.parametrize(
    ("link", "words"),
    [
        (replace(LINK, errors=500), "500 errors"),
        (replace(LINK, dropped=50_000), "packets dropped"),
        (replace(LINK, changes=40), "came and went 20 times"),
        (replace(LINK, duplex="half"), "half duplex"),
        (replace(LINK, mbit=10), "slow"),
        (replace(LINK, mtu=9000), "MTU"),
    ],
)
def test_a_card_with_something_the_matter(link: network.Link, words: str) -> None:
    assert by_check(network.judge(network.Network("eth0", (LINK,), ())))["card"].verdict == "good"
    found = by_check(network.judge(network.Network("eth0", (link,), ())))["card"]
    assert found.verdict == "look"
    assert words in found.found


# --- service ---

# As `systemctl show --property=…` prints them.
UNIT = {
    "LoadState": "loaded", "ActiveState": "active", "UnitFileState": "enabled", "NRestarts": "0",
    "WatchdogUSec": "30s", "Result": "success", "ExecMainStatus": "0", "LimitNOFILE": "524288",
}  # fmt: skip


def unit(root: Path, **changes: str) -> service.Service:
    text = "\n".join(f"{key}={value}" for key, value in (UNIT | changes).items())
    machine = device(
        root, {"/run/systemd/system/x": "", "/var/log/journal/x": ""}, {"systemctl": text}
    )
    return service.probe(machine, None, "")


def test_a_service_as_it_should_be(tmp_path: Path) -> None:
    found = by_check(service.judge(unit(tmp_path)))
    assert {check: one.verdict for check, one in found.items()} == {
        "unit": "good", "enabled": "good", "watchdog": "good", "restarts": "good", "log": "good",
        "health": "not_applicable",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "check", "verdict"),
    [
        ({"LoadState": "not-found"}, "unit", "look"),
        ({"ActiveState": "failed", "Result": "exit-code", "ExecMainStatus": "2"}, "unit", "bad"),
        ({"ActiveState": "inactive"}, "unit", "bad"),
        ({"UnitFileState": "disabled"}, "enabled", "bad"),
        ({"WatchdogUSec": "infinity"}, "watchdog", "look"),
        ({"NRestarts": "4", "Result": "watchdog"}, "restarts", "look"),
    ],
)
def test_a_service_that_is_not(
    tmp_path: Path, changes: dict[str, str], check: str, verdict: str
) -> None:
    assert by_check(service.judge(unit(tmp_path, **changes)))[check].verdict == verdict


def test_a_log_that_is_lost_and_a_container(tmp_path: Path) -> None:
    assert by_check(service.judge(replace(unit(tmp_path), journal_kept=False)))["log"].verdict == (
        "look"
    )
    bare = service.probe(device(tmp_path / "bare", {}), None, "")
    assert by_check(service.judge(bare))["unit"].verdict == "not_applicable"


@pytest.mark.parametrize(
    ("health", "verdict"),
    [
        ({"ok": True, "site": "lab", "reasons": [], "concerns": []}, "good"),
        ({"ok": True, "site": "lab", "reasons": [], "concerns": ["broker away"]}, "look"),
        ({"ok": False, "site": "lab", "reasons": ["brain hangs"], "concerns": []}, "bad"),
        ({"ok": True, "site": "other", "reasons": [], "concerns": []}, "look"),
    ],
)
def test_a_running_daemon_is_asked(tmp_path: Path, health: dict[str, object], verdict: str) -> None:
    body = json.dumps(health).encode()
    stop = Event()
    with PageServer("127.0.0.1", 0, {"/health": lambda: Page(body)}) as server:

        def serve() -> None:
            while not stop.is_set():
                server.serve(0.05)

        thread = Thread(target=serve)
        thread.start()
        seen = service.probe(device(tmp_path, {}), Http(port=server.server_port), "lab")
        stop.set()
        thread.join()
    assert by_check(service.judge(seen))["health"].verdict == verdict


def test_a_daemon_that_should_answer_and_does_not(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    seen = service.probe(device(tmp_path, {}), Http(port=port), "lab")
    assert by_check(service.judge(seen))["health"].verdict == "not_applicable"
    active = replace(seen, unit=UNIT)
    assert by_check(service.judge(active))["health"].verdict == "look"


# --- limits ---

LIMITS = "Limit                     Soft Limit           Hard Limit           Units\nMax open files            {}                 524288               files\n"  # noqa: E501


@pytest.mark.parametrize(
    ("soft", "cameras", "verdict"),
    [("1024", 8, "good"), ("unlimited", 8, "good"), ("256", 32, "bad")],
)
def test_open_files(tmp_path: Path, soft: str, cameras: int, verdict: str) -> None:
    seen = limits.probe(device(tmp_path, {"/proc/self/limits": LIMITS.format(soft)}))
    assert by_check(limits.judge(seen, cameras, ()))["open files"].verdict == verdict


@pytest.mark.parametrize(
    ("files", "verdict"),
    [
        ({}, "good"),
        ({"/proc/self/attr/current": "unconfined\n"}, "good"),
        ({"/proc/self/attr/current": "docker-default (enforce)\n"}, "look"),
        (
            {
                "/proc/self/attr/current": "system_u:system_r:init_t:s0\0",
                "/sys/fs/selinux/enforce": "1",
            },
            "look",
        ),
        (
            {
                "/proc/self/attr/current": "unconfined_u:unconfined_r:unconfined_t:s0\0",
                "/sys/fs/selinux/enforce": "1",
            },
            "good",
        ),
    ],
)
def test_policies(tmp_path: Path, files: dict[str, str], verdict: str) -> None:
    seen = limits.probe(device(tmp_path, files))
    assert by_check(limits.judge(seen, 1, ()))["policy"].verdict == verdict


def test_what_could_not_be_read_is_said() -> None:
    seen = limits.Restraints(None, None, "")
    found = by_check(limits.judge(seen, 1, [f"/sys/{number}" for number in range(9)]))["rights"]
    assert found.verdict == "look"
    assert found.found.endswith("/sys/3 and 5 more")
