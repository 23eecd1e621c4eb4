"""Site files of every version there was are still read."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.config import load
from edge.config.versions import MIGRATIONS, VERSION, Values, brought_forward

FOLDER = Path(__file__).parent / "versions"


@pytest.mark.parametrize("version", range(1, VERSION + 1))
def test_a_file_of_each_version_is_read_and_means_what_it_meant(version: int) -> None:
    config = load(FOLDER / f"v{version}.yaml")
    hall = config.cameras[0]
    assert (config.site.name, config.site.time_zone) == ("clinic-west", "Europe/Vienna")
    assert (config.broker.host, config.broker.port, config.broker.keepalive_s) == (
        "localhost",
        1883,
        30,
    )
    assert (hall.name, hall.url) == ("hall", "rtsp://192.0.2.10:554/stream2")
    assert (hall.zones[0].name, hall.masks[0].name) == ("entrance", "couch")
    assert [len(label.schedules) for label in (hall.labels.collapse, hall.labels.spill)] == [0, 2]
    assert config.cameras[1].file.folder_fps == 1
    assert (config.alarms.collapse.confirm_s, config.alarms.spill.standing_s) == (3, 600)
    assert (config.evidence.keep_days, config.telemetry.status_s) == (7, 30)


def test_there_is_a_file_of_each_version() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {f"v{n + 1}.yaml" for n in range(VERSION)}
    assert len(MIGRATIONS) == VERSION - 1


def _rename(values: Values) -> Values:
    return {key.replace("warnings", "alarms"): value for key, value in values.items()}


def _nest(values: Values) -> Values:
    return {key: value for key, value in values.items() if key != "host"} | {
        "broker": {"host": values["host"]}
    }


@pytest.mark.parametrize(
    ("version", "values"),
    [
        (1, {"version": 1, "warnings": 1, "host": "b"}),
        (2, {"version": 2, "alarms": 1, "host": "b"}),
        (3, {"version": 3, "alarms": 1, "broker": {"host": "b"}}),
    ],
)
def test_migrations_are_done_in_order_from_where_the_file_stands(
    version: int, values: Values
) -> None:
    now = brought_forward(values, version, (_rename, _nest))
    assert now == {"version": 3, "alarms": 1, "broker": {"host": "b"}}
