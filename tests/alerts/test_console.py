from __future__ import annotations

import json
from datetime import timedelta, timezone
from io import StringIO

import pytest
from rich.console import Console as Screen

from alerts.inbox import Received
from alerts.status import Health
from alerts.subscribers.console import Console, event_line
from alerts.topics import Topics
from tests.alerts.samples import BEGAN, an_event

TOPICS = Topics("floorwatch", "site")


def received(payload: str | bytes, topic: str = TOPICS.alert("hall", "collapse")) -> Received:
    return Received(topic, payload if isinstance(payload, bytes) else payload.encode(), False)


class Shown:
    """A console and what it wrote."""

    def __init__(self, *, as_json: bool) -> None:
        self.lines: list[str] = []
        self.console = Console(
            lambda text: self.lines.append(text.plain), self.lines.append, as_json=as_json
        )


def test_copies_are_shown_once_and_other_phases_each() -> None:
    shown = Shown(as_json=True)
    for event in (an_event(), an_event(), an_event(0, 1), an_event(1), an_event()):
        shown.console.show(received(event.to_json()))
    assert shown.lines == [an_event().to_json(), an_event(0, 1).to_json(), an_event(1).to_json()]


def test_health_and_availability_for_people() -> None:
    shown = Shown(as_json=False)
    health = Health("site", "hall", "dark", BEGAN, "the lamp may be broken")
    shown.console.show(received(health.to_json(), TOPICS.health("hall")))
    shown.console.show(received(b"offline", TOPICS.availability))
    assert shown.lines == [
        "17:45:12Z site / hall  cannot see: dark  the lamp may be broken",
        "          site is offline",
    ]


@pytest.mark.parametrize("as_json", [True, False])
def test_the_alerts_of_a_newer_device_are_shown(as_json: bool) -> None:
    shown, same = Shown(as_json=as_json), Shown(as_json=as_json)
    event, health = an_event(), Health("site", "hall", "ok", BEGAN)
    for text, topic in (
        (event.to_json(), TOPICS.alert("hall", "collapse")),
        (health.to_json(), TOPICS.health("hall")),
    ):
        if as_json and topic.endswith("/health"):
            continue
        same.console.show(received(text, topic))
        shown.console.show(received(json.dumps(json.loads(text) | {"new": 1}), topic))
    assert shown.lines == same.lines
    assert shown.lines


def test_rubbish_is_said_and_does_not_stop_it(caplog: pytest.LogCaptureFixture) -> None:
    shown = Shown(as_json=False)
    shown.console.show(received(b"\xff rubbish"))
    shown.console.show(received(b"\xff\xfe", TOPICS.availability))
    shown.console.show(received(an_event().to_json()))
    assert len(shown.lines) == 2
    assert "not by the contract, on floorwatch/site/alerts/hall/collapse" in caplog.text


def test_a_line_tells_what_matters() -> None:
    text = event_line(
        an_event(
            zone=None,
            durable=False,
            drill=True,
            detected_at=(BEGAN + timedelta(seconds=9.5)).astimezone(timezone.utc),
        )
    ).plain
    assert "site / hall  " in text
    assert "9.5 s after it began" in text
    assert "DRILL" in text
    assert "the device's disk refuses" in text


def test_names_from_the_network_are_no_commands_to_the_terminal() -> None:
    event = an_event(camera="[red]x[/red]")
    paper = StringIO()
    Screen(file=paper, highlight=False, soft_wrap=True).print(event_line(event))
    assert "[red]x[/red]" in paper.getvalue()
    assert "\x1b" not in paper.getvalue()  # no terminal, no colours
    shown = Shown(as_json=False)
    shown.console.show(received(b"\x1b[2J online", TOPICS.availability))
    health = Health("site", "hall", "dark", BEGAN, "\x1b]0;x\x07 \x9b2J")
    shown.console.show(received(health.to_json(), TOPICS.health("hall")))
    assert all(line.isprintable() for line in shown.lines)
