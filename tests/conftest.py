"""What holds for all tests."""

from __future__ import annotations

import logging
import signal
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.support.slowest import SLOWEST

settings.register_profile("floorwatch", deadline=None)  # the machine may be busy
settings.load_profile("floorwatch")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Started in the background: every program that a test starts would be deaf to ctrl-C, too.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """`alerts.main.main` sends all records to the standard error it finds: pytest's, for a test."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow files first, then those with many tests. A file is one worker's alone: one that takes a
    minute and is begun last would leave the other workers with nothing to do."""
    place = {name: number for number, name in enumerate(SLOWEST)}
    names = {item: item.nodeid.partition("::")[0] for item in items}
    count = Counter(names.values())
    items.sort(key=lambda item: (place.get(names[item], len(place)), -count[names[item]]))
