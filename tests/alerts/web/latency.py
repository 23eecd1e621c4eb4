"""From the decision on the device to a row in the page that can be pressed, and how the page bears
much: `python -m tests.alerts.web.latency [--events 50] [--open 200] [--json]`.

The device's half is its outbox on disk and the broker; they are measured here together with the
dashboard's ledger, its stream and the browser: from `detected_at`, stamped as the decision falls,
to the first picture of the screen in which the event's button can be pressed. One machine, one
clock. `update` is what the page itself spends on one change, with that many events open.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from alerts.event import event_id
from alerts.mqtt import MqttSink
from alerts.outbox import Outbox
from alerts.publisher import Publisher
from tests.alerts.samples import an_event
from tests.alerts.web.conftest import unhurried
from tests.support.chromium import chromium
from tests.support.floor import now
from tests.support.mosquitto import Mosquitto
from tests.support.posting import posting
from tests.support.screens import Screen, screen
from tests.support.until import until

_KEEPS = (
    "max_queued_messages 0\n"  # as we ship it: what a subscriber is slow to take is not dropped
)
# Notes, for each event, the first picture of the screen in which its button can be pressed.
WATCH_PRESSABLE = """(() => { window.pressable = {};
  const look = () => { for (const card of document.querySelectorAll('.card[data-event]')) {
    const id = card.dataset.event, button = card.querySelector('.press.acknowledge');
    if (id in window.pressable || !button || button.disabled) continue;
    window.pressable[id] = null;
    requestAnimationFrame(() => setTimeout(() => { window.pressable[id] = Date.now(); })); } };
  new MutationObserver(look).observe(document, { childList: true, subtree: true }); })()"""
_SHOW = "() => Object.values(window.pressable).filter(Boolean).length"


@dataclass(frozen=True)
class Figures:
    """What was measured, milliseconds but for `heap_mb`."""

    events: int
    open: int
    past: int
    pressable_ms_p50: float
    pressable_ms_p95: float
    pressable_ms_max: float
    update_ms_mean: float
    history_ms: float
    heap_mb: float


def percentile(values: list[float], share: float) -> float:
    """Nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def decided(shown: Screen, publisher: Publisher, count: int) -> list[float]:
    """Milliseconds from each decision to its pressable row; every event is answered after."""
    found = []
    for ordinal in range(count):
        at = now()
        made = event_id(shown.floor.site, "hall", "collapse", "floor", 10_000 + ordinal, at)
        event = an_event(event_id=made, site=shown.floor.site, occurred_at=at, detected_at=at)
        shown.floor.known[made] = event
        publisher.post(event)
        shown.page.wait_for_selector(f'.card[data-event="{made}"] .press.acknowledge:enabled')
        while not (seen := shown.page.evaluate(f"window.pressable['{made}'] || 0")):
            time.sleep(0.005)
        found.append(seen - event.detected_at.timestamp() * 1000)
        shown.floor.stands(made, "resolved", "Kim")
        shown.page.wait_for_selector(f'.card[data-event="{made}"]', state="detached")
    return found


def update_ms(shown: Screen, count: int) -> float:
    """What one change costs the page, less what it does anyway in the same time."""
    session = shown.page.context.new_cdp_session(shown.page)
    session.send("Performance.enable")

    def busy_s() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return float({one["name"]: one["value"] for one in metrics}["TaskDuration"])

    ids = list(shown.floor.known)[:count]
    began_s, before_s = time.monotonic(), busy_s()
    for number, one in enumerate(ids):
        shown.floor.later(one, phase="updated", score=0.5 + number % 50 / 100)
        time.sleep(0.05)
    shown.page.wait_for_timeout(500)
    took_s, worked_s = time.monotonic() - began_s, busy_s() - before_s
    before_s = busy_s()
    shown.page.wait_for_timeout(took_s * 1000)
    idle_s = busy_s() - before_s
    session.detach()
    return max(0.0, worked_s - idle_s) / len(ids) * 1000


def history_ms(shown: Screen) -> float:
    """From the press on History to its first fifty rows."""
    shown.page.locator('nav a[data-page="history"]').click()
    shown.page.wait_for_selector("#rows tbody tr:first-child")
    return float(shown.page.evaluate("performance.now()"))


def measured(events: int, waiting: int, past: int) -> Figures:
    """All of it, on a broker and a dashboard of its own."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        broker = stack.enter_context(Mosquitto(folder / "broker", persistence=True, more=_KEEPS))
        browser = stack.enter_context(chromium())
        shown = stack.enter_context(screen(browser, broker, folder / "site", unhurried()))
        settings = broker.settings("device")
        file = folder / "outbox.sqlite"
        publisher = Publisher(lambda: Outbox(file), shown.floor.topics, lambda: MqttSink(settings))
        for ordinal in range(past):
            done = shown.floor.event("hall", age_s=600 + ordinal, ordinal=ordinal, phase="closed")
            shown.floor.stands(done, "resolved", "Kim")
        if past:
            last = f"/api/events/{done}"
            with shown.served.visitor() as asker:
                until(lambda: '"standing":"resolved"' in asker.get(last).text, "all is known", 900)
        shown.page.add_init_script(WATCH_PRESSABLE)
        shown.open()
        with posting(publisher):
            found = decided(shown, publisher, events)
        shown.floor.known.clear()
        for ordinal in range(waiting):
            shown.floor.event(f"ward {ordinal % 20}", ordinal=20_000 + ordinal)
        shown.page.wait_for_function(
            f"() => document.querySelectorAll('.card').length >= {waiting}"
        )
        cost = update_ms(shown, waiting)
        heap = shown.page.evaluate("performance.memory.usedJSHeapSize / 2 ** 20")
        return Figures(
            events,
            waiting,
            past,
            percentile(found, 0.5),
            percentile(found, 0.95),
            max(found),
            round(cost, 2),
            round(history_ms(shown), 1),
            round(heap, 1),
        )


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=50, help="decisions one after the other")
    parser.add_argument("--open", type=int, default=200, help="open events while updates come")
    parser.add_argument("--past", type=int, default=0, help="finished events in the history")
    parser.add_argument("--json", action="store_true", help="for machines")
    asked = parser.parse_args()
    found = measured(asked.events, asked.open, asked.past)
    if asked.json:
        print(json.dumps(asdict(found)))
        return 0
    print(
        f"decision to pressable row, {found.events} events: p50 {found.pressable_ms_p50:.0f} ms, "
        f"p95 {found.pressable_ms_p95:.0f} ms, most {found.pressable_ms_max:.0f} ms\n"
        f"one change with {found.open} events open: {found.update_ms_mean:.1f} ms of the page's "
        f"main thread\nhistory of {found.past + found.events} events: its first page after "
        f"{found.history_ms:.0f} ms\nheap of the page: {found.heap_mb:.1f} MB"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
