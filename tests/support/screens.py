"""A page of the dashboard in a real Chromium, beside the real server and broker it lives on."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alerts.web.app import Timing
from tests.support.dashboard import Served
from tests.support.floor import Floor
from tests.support.mosquitto import Mosquitto
from tests.support.until import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

PHONE, DESK, WALL = (390, 844), (1440, 900), (1920, 1080)


@dataclass
class Screen:
    """One page, what it complained of, and the site that it shows."""

    page: Page
    floor: Floor
    served: Served
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str = "/") -> Page:
        """Goes there, and waits until the page is live."""
        self.page.goto(self.served.url + path)
        self.page.wait_for_selector('#link-state[data-state="live"]', state="attached")
        return self.page

    def card(self, event_id: str) -> Any:
        """The card of an event."""
        return self.page.locator(f'.card[data-event="{event_id}"]')


def seeing(page: Page, what: str) -> list[Any]:
    """What `seeing.js` finds on the page."""
    functions = Path(__file__).with_name("seeing.js").read_text("utf-8")
    found: list[Any] = page.evaluate(f"{functions}.{what}()")
    return found


def until_handled(page: Page, true: Callable[[], object], what: str) -> None:
    """`until`, while handlers of the page's requests run: they do only while the page is waited
    for."""

    def looked() -> object:
        page.wait_for_timeout(50)
        return true()

    until(looked, what)


def visit(browser: Browser, size: tuple[int, int] = DESK, **more: Any) -> Page:
    """An empty page of somebody who has never been here."""
    given = {"locale": "en-GB", "color_scheme": "light", **more}
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **given)
    return context.new_page()


@contextmanager
def screen(
    browser: Browser, mosquitto: Mosquitto, folder: Path, timing: Timing, **more: Any
) -> Iterator[Screen]:
    """A dashboard of one site of its own, nothing in it yet. `more` is for `visit`; `keys` is for
    the dashboard's file."""
    site = folder.name
    keys = {"site": site, **more.pop("keys", {})}
    with ExitStack() as stack:
        settings = mosquitto.settings(f"web-{site}")
        served = stack.enter_context(Served(folder, settings, keys, timing))
        floor = stack.enter_context(Floor(mosquitto.settings(f"floor-{site}"), site))
        page = visit(browser, **more)
        stack.callback(page.context.close)
        shown = Screen(page, floor, served)
        page.on("console", lambda said: shown.complaints.append(f"{said.type}: {said.text}"))
        page.on("pageerror", lambda error: shown.complaints.append(str(error)))
        yield shown
