"""What changes when a site file is read again, and what may not."""

from __future__ import annotations

from typing import Any

import pytest

from alerts.errors import BadConfig
from edge.config.schema import Config
from edge.reload import Plan, plan

CAMERAS: list[dict[str, Any]] = [
    {"name": "hall", "url": "rtsp://192.0.2.1/a"},
    {"name": "door", "url": "rtsp://192.0.2.2/a", "username": "viewer"},
]
NOTHING = Plan((), (), (), ())


def site(cameras: list[dict[str, Any]] | None = None, **sections: Any) -> Config:
    values = {"version": 1, "site": {"name": "lab"}, "cameras": cameras or CAMERAS} | sections
    return Config.model_validate(values, context=None, strict=False)


def with_hall(**changes: Any) -> list[dict[str, Any]]:
    return [CAMERAS[0] | changes, CAMERAS[1]]


def planned(new: Config, secrets: dict[str, str | None] | None = None) -> Plan:
    before: dict[str, str | None] = {"hall": None, "door": "secret"}
    return plan(site(), before, new, before if secrets is None else secrets)


def test_the_same_file_changes_nothing() -> None:
    assert planned(site()) == NOTHING


@pytest.mark.parametrize(
    "changes",
    [
        {"zones": ({"name": "z", "polygon": ((0, 0), (1, 0), (1, 1))},)},
        {"masks": ({"name": "m", "polygon": ((0, 0), (1, 0), (1, 1))},)},
        {"labels": {"spill": {"threshold": 0.5}}},
    ],
)
def test_what_is_watched_for_touches_no_stream(changes: dict[str, Any]) -> None:
    assert planned(site(with_hall(**changes))) == NOTHING


def test_another_thresholds_file_touches_no_stream() -> None:
    assert planned(site(thresholds="tuned.yaml")) == NOTHING


def test_alarm_rules_touch_no_stream() -> None:
    assert planned(site(alarms={"collapse": {"confirm_s": 5}})) == NOTHING


def test_the_gate_touches_no_stream() -> None:
    assert planned(site(gate={"enabled": False})) == NOTHING


@pytest.mark.parametrize(
    "changes",
    [
        {"analyse_fps": 3},
        {"transport": "udp"},
        {"read_timeout_s": 5},
        {"record_url": "rtsp://192.0.2.1/large"},
        {"username": "other", "password_env": "HALL"},
    ],
)
def test_how_it_is_read_restarts_that_camera_alone(changes: dict[str, Any]) -> None:
    assert planned(site(with_hall(**changes))) == Plan((), (), ("hall",), ())


def test_a_new_password_in_the_same_file_restarts_that_camera() -> None:
    new: dict[str, str | None] = {"hall": None, "door": "changed"}
    assert planned(site(), new) == Plan((), (), ("door",), ())


def test_another_address_is_another_scene() -> None:
    moved = planned(site(with_hall(url="rtsp://192.0.2.9/a", analyse_fps=3)))
    assert moved == Plan((), (), (), ("hall",))


def test_cameras_come_and_go() -> None:
    new = site([CAMERAS[1], {"name": "new", "url": "rtsp://192.0.2.3/a"}])
    assert planned(new) == Plan(("new",), ("hall",), (), ())
    assert str(planned(new)).startswith("added: new; removed: hall; ")


@pytest.mark.parametrize(
    ("section", "named"),
    [
        ({"broker": {"host": "other", "port": 1884}}, "broker.host, broker.port cannot change"),
        ({"site": {"name": "elsewhere"}}, "site.name cannot change"),
        ({"model": {"name": "second"}}, "model.name cannot change"),
        ({"state": {"path": "/elsewhere"}}, "state.path cannot change"),
        ({"outbox": {"size_mb_max": 7}}, "outbox.size_mb_max cannot change"),
        ({"evidence": {"keep_days": 1}}, "evidence.keep_days cannot change"),
        ({"telemetry": {"http": {"port": 1234}}}, "telemetry.http.port cannot change"),
        ({"broker": {"tls": {}}}, "broker.port, broker.tls cannot change"),
    ],
)
def test_what_needs_a_restart_is_refused_and_named(section: dict[str, Any], named: str) -> None:
    with pytest.raises(BadConfig, match=named):
        planned(site(**section))


def test_nothing_in_the_file_is_forgotten() -> None:
    """Every section either may change while it runs, or is refused."""
    may = {"version", "cameras", "alarms", "gate", "fit", "normal", "thresholds"}
    refused = {"site", "model", "broker", "state", "outbox", "history", "evidence", "telemetry"}
    refused |= {"home_assistant"}
    assert set(Config.model_fields) == may | refused
