"""Floods of log lines are summed, and nothing that matters is held back."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from alerts.event import Event
from alerts.floods import FloodSummary
from alerts.log import KeyValueFormatter
from alerts.outbox import Outbox
from alerts.publisher import Publisher
from alerts.topics import Topics
from tests.alerts.samples import an_event
from tests.support.list_sink import ListBroker
from tests.support.until import until


class Lines(logging.Handler):
    """Keeps the lines that would be written."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def lines() -> Lines:
    return Lines()


@pytest.fixture
def log(lines: Lines) -> Iterator[logging.Logger]:
    logger = logging.getLogger("tests.floods")
    logger.setLevel(logging.INFO)
    handler = FloodSummary(lines)
    logger.addHandler(handler)
    yield logger
    logger.removeHandler(handler)


def test_the_rest_of_a_second_is_told_as_one_line_though_nothing_else_is_logged(
    log: logging.Logger, lines: Lines
) -> None:
    for number in range(1000):
        log.warning("lost packet %d", number)
    until(lambda: lines.lines[-1].startswith("lost packet 999"), "told by the timer")
    assert lines.lines[:5] == [f"lost packet {number}" for number in range(5)]
    # On a machine that is very slow, the thousand may take more than one second.
    summed = [int(line.split(" and ")[1].split()[0]) for line in lines.lines if " and " in line]
    plain = [line for line in lines.lines if " and " not in line]
    assert len(plain) + len(summed) + sum(summed) == 1000
    assert len(lines.lines) <= 5 * len(summed) + len(summed) + 5
    assert lines.lines[-1].endswith("more like this")


def test_different_lines_are_no_flood(log: logging.Logger, lines: Lines) -> None:
    other = log.getChild("other")
    for number in range(4):
        log.warning("lost packet %d", number)
        log.info("lost packet %d", number)
        other.warning("lost packet %d", number)
    for number in range(9):
        log.warning("%s", f"trouble {number}")  # the template says nothing there
    assert len(lines.lines) == 12 + 9


def test_a_single_one_more_is_told_as_it_is(log: logging.Logger, lines: Lines) -> None:
    for number in range(6):
        log.warning("lost packet %d", number)
    for handler in log.handlers:
        handler.flush()
    assert lines.lines == [f"lost packet {number}" for number in range(6)]


def test_tracebacks_and_what_counts_each_are_never_held_back(
    log: logging.Logger, lines: Lines
) -> None:
    for number in range(20):
        try:
            raise ValueError(number)
        except ValueError:
            log.exception("failed")
        log.info("event", extra={"each": True})
    assert len(lines.lines) == 40


def test_each_event_has_its_line_with_what_one_looks_for(
    tmp_path: Path, log: logging.Logger, lines: Lines
) -> None:
    lines.setFormatter(KeyValueFormatter())
    publishing = logging.getLogger("alerts.publisher")
    handler = FloodSummary(lines)
    publishing.addHandler(handler)
    publishing.setLevel(logging.INFO)
    try:
        publisher = Publisher(
            lambda: Outbox(tmp_path / "outbox.sqlite3"), Topics("f", "site"), ListBroker().sink
        )
        posted: list[Event] = [an_event(ordinal, drill=ordinal == 19) for ordinal in range(20)]
        for event in posted:
            publisher.post(event)
        publisher.close()
    finally:
        publishing.removeHandler(handler)
        publishing.setLevel(logging.NOTSET)
    assert len(lines.lines) == 20
    assert lines.lines[19].endswith(
        f' msg="event opened" event={posted[19].event_id} seq=0 phase=opened camera=hall '
        "zone=floor label=collapse score=0.87 drill=true"
    )


ENDS = """
import logging
from alerts import log

log.set_up("info")
for number in range(9):
    logging.getLogger("a").warning("lost packet %d", number)
"""


def test_what_is_held_back_is_told_when_the_process_ends() -> None:
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", ENDS],
        capture_output=True, text=True, check=True, timeout=60, env=environment,
    )  # fmt: skip
    said = done.stderr.splitlines()
    assert len(said) == 6
    assert 'msg="lost packet 8 … and 3 more like this"' in said[-1]
    assert all("MainThread level=warning" in line for line in said)
