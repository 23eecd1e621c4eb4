"""Pages to send in tests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from alerts.paging import Page
from tests.alerts.samples import BEGAN, an_event


def a_page(step: int = 1, **changes: Any) -> Page:
    """A page of one incident; other steps are other pages of it."""
    event = an_event()
    page = Page(
        page_id=f"{event.event_id}-s{step}-1",
        event_id=event.event_id,
        step=step,
        recipient="floor",
        subject="Collapse in hall, floor",
        text="A person went down and does not get up.\nScore 0.87.",
        at=BEGAN,
        site="site",
        camera="hall",
        label="collapse",
        zone="floor",
        link="https://desk.example/answer/token",
    )
    return replace(page, **changes)
