"""A broker for the tests of a file, and a dashboard that reads from it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from alerts.rates import Rates
from alerts.web.app import Timing
from alerts.web.guard import Limits
from tests.support.dashboard import Served, Visitor
from tests.support.mosquitto import Mosquitto


@pytest.fixture(scope="module")
def mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path_factory.mktemp("broker"), persistence=True) as running:
        yield running


def unhurried() -> Timing:
    """Short waits, and no limit on how often is asked."""
    often = Limits(Rates(per_s=10_000, burst=10_000), Rates(per_s=10_000, burst=10_000))
    return Timing(heartbeat_s=0.2, limits=often)


@pytest.fixture(scope="module")
def served(mosquitto: Mosquitto, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Without a login, on loopback."""
    folder = tmp_path_factory.mktemp("dashboard")
    with Served(folder, mosquitto.settings("web"), timing=unhurried()) as running:
        yield running


@pytest.fixture
def visitor(served: Served) -> Iterator[Visitor]:
    with served.visitor() as one:
        one.me()
        yield one


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"
