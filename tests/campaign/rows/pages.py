"""A page of the dashboard that stays open while everything changes: it must not grow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.alerts.web.conftest import unhurried
from tests.campaign.row import Findings, Lab
from tests.support.chromium import chromium
from tests.support.mosquitto import Mosquitto
from tests.support.screens import Screen, screen

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession

_PER_INCIDENT = 4  # changes: opened, open, updated, resolved
_KEEPS = "max_queued_messages 0\n"  # as we ship it
_CATCH_UP_MS = 600_000
_LOOKS = 12
_SETTLING = 3  # looks at the beginning in which caches fill
_GROWTH_MB_MAX = 1.0


def grown(lab: Lab) -> Findings:
    """As many changes as two hours bring at two a second, as fast as the page takes them."""
    found = Findings()
    incidents = lab.count(14_400, 480) // _PER_INCIDENT
    heap_mb, nodes, listeners = [], [], []
    with (
        Mosquitto(lab.folder / "broker", persistence=True, more=_KEEPS) as broker,
        chromium() as browser,
        screen(browser, broker, lab.folder / "site", unhurried()) as shown,
    ):
        page = shown.open()
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable")
        for look in range(_LOOKS):
            for number in range(incidents // _LOOKS):
                _incident(shown, look * incidents + number)
            _caught_up(shown)
            metrics = _metrics(session)
            heap_mb.append(metrics["JSHeapUsedSize"] / 2**20)
            nodes.append(metrics["Nodes"])
            listeners.append(metrics["JSEventListeners"])
            lab.say(f"{heap_mb[-1]:.2f} MB, {nodes[-1]:.0f} nodes")
    more_mb = max(heap_mb[-_SETTLING:]) - max(heap_mb[:_SETTLING])
    said = ", ".join(f"{one:.2f}" for one in heap_mb)
    found.goal(
        f"heap grows by at most {_GROWTH_MB_MAX:g} MB",
        f"{more_mb:+.2f} MB",
        more_mb <= _GROWTH_MB_MAX,
    )
    for what, values in (("nodes", nodes), ("listeners", listeners)):
        most = max(values[:_SETTLING]) * 1.1 + 50
        found.goal(f"{what} do not grow", f"{values[0]:.0f} → {values[-1]:.0f}", values[-1] <= most)
    found.notes.append(f"{incidents * _PER_INCIDENT} changes; heap after each twelfth, MB: {said}")
    return found


def _incident(shown: Screen, ordinal: int) -> None:
    event = shown.floor.event(f"ward {ordinal % 10}", ordinal=ordinal)
    shown.floor.stands(event, "open")
    shown.floor.later(event, phase="updated", score=0.9)
    shown.floor.stands(event, "resolved", "Kim")
    del shown.floor.known[event], shown.floor.versions[event]


def _caught_up(shown: Screen) -> None:
    """One event more, last of all, is shown and gone: everything before it was too."""
    event = shown.floor.event("last")
    shown.card(event).wait_for(timeout=_CATCH_UP_MS)
    shown.floor.stands(event, "resolved", "Kim")
    shown.card(event).wait_for(state="detached", timeout=_CATCH_UP_MS)


def _metrics(session: CDPSession) -> dict[str, float]:
    session.send("HeapProfiler.collectGarbage")
    return {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
