"""Whether the device keeps the daemon alive: the systemd unit, the log, the daemon's own word.

Texts: `systemctl show`, org.freedesktop.systemd1(5); /health of a running daemon is our own.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from edge.config.schema import Http
from edge.doctor.finding import Finding, Group
from edge.doctor.machine import Machine

_GROUP = Group("service")
_UNIT = "floorwatch"
_PROPERTIES = (
    "LoadState", "ActiveState", "UnitFileState", "NRestarts", "WatchdogUSec", "Result",
    "ExecMainStatus", "LimitNOFILE",
)  # fmt: skip
_ASKED_S = 3.0
_LOG = "journalctl -u floorwatch -p warning -n 50"


@dataclass(frozen=True)
class Service:
    """What is known. `unit` is empty where there is no systemd; `health` None where no daemon
    answers, and `site` is the one it should be of."""

    unit: Mapping[str, str]
    journal_kept: bool
    health: Mapping[str, Any] | None
    asked: str
    site: str


def probe(machine: Machine, telemetry: Http | None, site: str) -> Service:
    """Looks, and asks the daemon of the site how it is, if there is a site."""
    unit: dict[str, str] = {}
    if machine.exists("/run/systemd/system"):  # as sd_booted(3) asks
        answer = machine.run("systemctl", "show", _UNIT, f"--property={','.join(_PROPERTIES)}")
        rows = [line.partition("=") for line in answer.out.splitlines()] if answer else []
        unit = {name: value for name, _, value in rows}
    asked = "" if telemetry is None else f"{telemetry.host}:{telemetry.port}"
    reachable = telemetry is not None and telemetry.enabled and telemetry.port > 0
    return Service(
        unit=unit,
        journal_kept=machine.exists("/var/log/journal"),
        health=_health(telemetry) if telemetry is not None and reachable else None,
        asked=asked if reachable else "",
        site=site,
    )


def judge(seen: Service) -> Iterator[Finding]:
    """What it means."""
    if not seen.unit:
        yield _GROUP.none("unit", "no systemd here (a container): its engine must restart it")
    else:
        yield from _unit(seen.unit)
        yield _journal(seen)
    yield _daemon(seen)


def _unit(unit: Mapping[str, str]) -> Iterator[Finding]:
    if unit.get("LoadState") != "loaded":
        why = "nobody starts the daemon after a power cut, or when it dies"
        mend = "install configs/floorwatch.service as its first lines say, then: "
        mend += "sudo systemctl enable --now floorwatch"
        yield _GROUP.look("unit", f"not installed ({unit.get('LoadState', 'unknown')})", why, mend)
        return
    yield _active(unit)
    if unit.get("UnitFileState") != "enabled":
        why = "after a power cut it stays away"
        mend = "sudo systemctl enable floorwatch"
        yield _GROUP.bad("enabled", unit.get("UnitFileState") or "no", why, mend)
    else:
        yield _GROUP.good("enabled", "it starts with the device")
    if unit.get("WatchdogUSec", "0") in {"0", "infinity", "18446744073709551615"}:
        why = "a daemon that hangs is not noticed"
        mend = "WatchdogSec=30 in the unit, as in configs/floorwatch.service"
        yield _GROUP.look("watchdog", "none", why, mend)
    else:
        yield _GROUP.good("watchdog", f"restarted after {unit['WatchdogUSec']} without a sign")
    restarts = int(unit.get("NRestarts") or 0)
    if restarts:
        words = f"{restarts} times, the last result was {unit.get('Result')}"
        yield _GROUP.look("restarts", words, "it died or hung", _LOG, restarts=restarts)
    else:
        yield _GROUP.good("restarts", "none since it was started", restarts=0)


def _active(unit: Mapping[str, str]) -> Finding:
    state = unit.get("ActiveState", "unknown")
    if state == "active":
        return _GROUP.good("unit", "installed and active")
    words = f"{state}, result {unit.get('Result')}, exit code {unit.get('ExecMainStatus')}"
    if unit.get("ExecMainStatus") == "2":
        return _GROUP.bad("unit", words, "something in the site file is to be mended first", _LOG)
    why = "nobody watches"
    return _GROUP.bad("unit", words, why, f"sudo systemctl start floorwatch; {_LOG}")


def _journal(seen: Service) -> Finding:
    if seen.journal_kept:
        return _GROUP.good("log", "kept over restarts of the device")
    why = "why it failed before the last start cannot be read any more"
    mend = "sudo mkdir -p /var/log/journal && sudo systemctl restart systemd-journald"
    return _GROUP.look("log", "lost at each restart of the device", why, mend)


def _daemon(seen: Service) -> Finding:
    if not seen.asked:
        return _GROUP.none("health", "not asked: no site file, or `telemetry: http:` has no port")
    words = f"no daemon answers at {seen.asked}"
    if seen.health is not None:
        return _told(seen, seen.health)
    if seen.unit.get("ActiveState") == "active":
        return _GROUP.look("health", words, "the service is active all the same", _LOG)
    return _GROUP.none("health", words)


def _told(seen: Service, health: Mapping[str, Any]) -> Finding:
    reasons, concerns = (list(health.get(name, [])) for name in ("reasons", "concerns"))
    if health.get("site") != seen.site:
        words = f"the daemon at {seen.asked} is of site {health.get('site')}"
        return _GROUP.look(
            "health", words, "two daemons need two ports", "`telemetry: http: port:`"
        )
    if not health.get("ok"):
        mend = f"sudo systemctl restart floorwatch; {_LOG}"
        return _GROUP.bad("health", "; ".join(reasons), "the daemon does not do its work", mend)
    if concerns:
        return _GROUP.look("health", "; ".join(concerns), "the running daemon says so", _LOG)
    return _GROUP.good("health", f"the daemon at {seen.asked} does its work")


def _health(telemetry: Http) -> dict[str, Any] | None:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(telemetry.host, telemetry.host)  # noqa: S104  (where it listens, not we)
    line = http.client.HTTPConnection(host, telemetry.port, timeout=_ASKED_S)
    try:
        line.request("GET", "/health")
        said = json.loads(line.getresponse().read(1_000_000))
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        line.close()
    return said if isinstance(said, dict) else None
