"""Ten thousand events, through a broker as we ship it, to a desk, a dashboard and a page."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alerts import moments
from alerts.event import event_id
from alerts.mqtt import MqttSink
from tests.alerts.samples import an_event
from tests.alerts.web.latency import WATCH_PRESSABLE
from tests.campaign.dispatch import Dispatch, dispatch, message_of, shipped
from tests.campaign.growth import Growth
from tests.campaign.row import Findings, Lab
from tests.support.chromium import chromium
from tests.support.dashboard_process import DashboardProcess, dashboard_file
from tests.support.screens import visit
from tests.support.until import until

if TYPE_CHECKING:
    from playwright.sync_api import Page

_ALL_S = 420.0
_LOOK_S = 0.5
_NEW = 20
_NEW_S = 2.0  # what an alert may take while ten thousand others are open
_KNOWN = "SELECT event_id FROM event WHERE known"
_STANDING = "SELECT count(*) FROM event WHERE known AND state IS NOT NULL"


@dataclass
class _Hall:
    """All parts, running; `page` shows the dashboard."""

    at: Dispatch
    dashboard: DashboardProcess
    page: Page
    desk_ledger: Path


def told(lab: Lab) -> Findings:
    """All are said as fast as the broker takes them, none is answered; then some new ones."""
    count = lab.count(10_000, 300)
    with ExitStack() as stack:
        hall = _hall(lab, stack)
        at = hall.at
        desk = stack.enter_context(Growth(at.desks[0].pid, 1.0))
        dashboard = stack.enter_context(Growth(hall.dashboard.pid, 1.0))
        began_s = time.monotonic()
        _say(hall, count)
        lab.say(f"{count} said")
        took = {"the broker has them": time.monotonic() - began_s}
        for what, true in _stages(hall, count).items():
            until(_now_and_then(true), what, _ALL_S)
            took[what] = time.monotonic() - began_s
            lab.say(what)
        _balance(hall, count, took)
        for name, growth in (("desk", desk), ("dashboard", dashboard)):
            first, last = growth.samples[0].memory_mb, growth.samples[-1].memory_mb
            most = max(one.memory_mb for one in growth.samples)
            words = f"{first:.0f} MB before, {last:.0f} MB after, {most:.0f} MB at most"
            at.findings.notes.append(f"memory of the {name}: {words}")
        _newly(hall, count, lab)
        return at.findings


def _hall(lab: Lab, stack: ExitStack) -> _Hall:
    broker = shipped(lab.folder / "broker")
    at = stack.enter_context(dispatch(lab, "one", broker=broker))
    file = dashboard_file(lab.folder / "dashboard" / "dashboard.yaml", broker.port)
    dashboard = stack.enter_context(DashboardProcess(file))
    page = visit(stack.enter_context(chromium()))
    page.add_init_script(WATCH_PRESSABLE)
    page.goto(dashboard.url)
    page.wait_for_selector('#link-state[data-state="live"]', state="attached")
    return _Hall(at, dashboard, page, lab.folder / "state" / "ledger.sqlite3")


def _say(hall: _Hall, count: int) -> None:
    with MqttSink(hall.at.broker.settings("device")) as sink:
        for ordinal in range(count):
            sink.send(message_of(hall.at.event(ordinal)))
            hall.at.said.append(ordinal)


def _stages(hall: _Hall, count: int) -> dict[str, Callable[[], bool]]:
    ledger = hall.dashboard.ledger
    return {
        "the desk's ledger has them": lambda: len(_asked(hall.desk_ledger, _KNOWN)) >= count,
        "the dashboard's ledger has them": lambda: len(_asked(ledger, _KNOWN)) >= count,
        "every page is told": lambda: len(hall.at.receiver.taken) >= count,
        "the dashboard knows how each stands": lambda: _asked(ledger, _STANDING)[0] >= count,
    }


def _now_and_then(true: Callable[[], bool]) -> Callable[[], bool]:
    """Asked without pause it would take the processor from those it waits for."""

    def asked() -> bool:
        if true():
            return True
        time.sleep(_LOOK_S)
        return False

    return asked


def _asked(ledger: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as db:
        return [one for (one,) in db.execute(query)]


def _balance(hall: _Hall, count: int, took: dict[str, float]) -> None:
    findings = hall.at.findings
    wanted = {hall.at.event(one).event_id for one in hall.at.said}
    for name, ledger in (("desk", hall.desk_ledger), ("dashboard", hall.dashboard.ledger)):
        missing = wanted - set(_asked(ledger, _KNOWN))
        findings.goal(f"in the ledger of the {name}", f"{count - len(missing)}", not missing)
    told = hall.at.told()
    once = {page_id for page_id, repeat in told if not repeat}
    every = {f"{one}-s1-1" for one in wanted} == once
    found = f"{len(told)} arrived, {len(once)} different"
    findings.goal("every page sent, and once", found, every and len(told) == count)
    findings.notes += [f"{what} after {at_s:.1f} s" for what, at_s in took.items()]


def _newly(hall: _Hall, count: int, lab: Lab) -> None:
    """From the moment an alert is said to its page at the receiver, and to its row that can be
    pressed."""
    to_page_s, to_row_s = [], []
    with MqttSink(hall.at.broker.settings("device")) as sink:
        for number in range(lab.count(_NEW, 3)):
            before, now = len(hall.at.receiver.taken), moments.now()
            made = event_id("site", "hall", "collapse", "floor", count + number, now)
            began_s, wall_s = time.monotonic(), time.time()
            new = an_event(event_id=made, occurred_at=now, detected_at=now)
            sink.send(message_of(new))
            until(lambda: len(hall.at.receiver.taken) > before, "its page", 60)  # noqa: B023
            to_page_s.append(time.monotonic() - began_s)
            pressable = f"() => window.pressable['{made}'] || 0"
            shown_ms = hall.page.wait_for_function(pressable, timeout=60_000).json_value()
            to_row_s.append(shown_ms / 1000 - wall_s)
            lab.say(f"page after {to_page_s[-1]:.2f} s, row after {to_row_s[-1]:.2f} s")
    findings = hall.at.findings
    findings.at_most("a new alert's page", to_page_s, _NEW_S)
    findings.at_most("a new alert's row that can be pressed", to_row_s, _NEW_S)
    findings.recover_of = f"a new alert, {count} others open → its row can be pressed (no fault)"
    findings.recover_s = to_row_s
