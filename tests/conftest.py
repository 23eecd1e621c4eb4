"""What holds for all tests."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from hypothesis import settings

settings.register_profile("floorwatch", deadline=None)  # the machine may be busy
settings.load_profile("floorwatch")


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """`alerts.main.main` sends all records to the standard error it finds: pytest's, for a test."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
