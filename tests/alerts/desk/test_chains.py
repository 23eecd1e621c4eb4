"""Which chain is for which event, and what a desk's file may say."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from alerts.desk.chains import Chain, Escalation, chosen, step
from alerts.desk.record import Subject
from alerts.desk.schema import DeskConfig, load
from alerts.desk.wiring import dead_man_plan
from alerts.errors import BadConfig
from alerts.settings.hours import Schedule
from tests.alerts.desk.lives import unborn

NIGHT = Schedule.model_validate({"from": "22:00", "to": "06:00"})
VIENNA = ZoneInfo("Europe/Vienna")
STEPS = (step(0, "floor"),)
HALL: Subject = unborn(zone="bed").subject


def named(chains: list[Chain], subject: Subject = HALL, at: str = "2026-11-21T21:30") -> str:
    moment = datetime.fromisoformat(at).replace(tzinfo=timezone.utc)
    return chosen(chains, Escalation(), subject, moment, VIENNA)[0]


@pytest.mark.parametrize(
    "matching",
    [
        {},
        {"labels": ("collapse",)},
        {"cameras": ("ward", "hall")},
        {"zones": ("bed",)},
        {"sites": ("site",)},
        {"hours": (NIGHT,)},  # 21:30 UTC is 22:30 in Vienna
        {"labels": ("collapse",), "cameras": ("hall",), "hours": (NIGHT,)},
    ],
)
def test_a_chain_is_for_what_all_its_lists_name(matching: dict[str, object]) -> None:
    assert named([Chain(name="this", steps=STEPS, **matching)]) == "this"  # type: ignore[arg-type]  # of the table


@pytest.mark.parametrize(
    "other",
    [
        {"labels": ("spill",)},
        {"cameras": ("ward",)},
        {"zones": ("door",)},
        {"sites": ("elsewhere",)},
        {"labels": ("collapse",), "cameras": ("ward",)},
    ],
)
def test_and_for_nothing_else(other: dict[str, object]) -> None:
    assert named([Chain(name="this", steps=STEPS, **other)]) == "default"  # type: ignore[arg-type]  # of the table


def test_the_first_that_matches_counts() -> None:
    chains = [
        Chain(name="night", steps=STEPS, hours=(NIGHT,)),
        Chain(name="day", steps=STEPS),
    ]
    assert named(chains) == "night"
    assert named(chains, at="2026-11-21T12:00") == "day"


def test_where_there_is_no_zone_a_chain_for_zones_is_not_meant() -> None:
    chains = [Chain(name="bed", steps=STEPS, zones=("bed",))]
    assert named(chains, unborn(zone=None).subject) == "default"


def test_without_a_file_the_floor_the_supervisor_and_the_outside_are_told() -> None:
    config = DeskConfig(version=1)
    plan = config.otherwise.plan("default", 300)
    assert [(one.after_s, one.to) for one in plan.steps] == [
        (0, ("floor",)),
        (60, ("supervisor",)),
        (180, ("outside",)),
    ]
    assert {recipient.way for recipient in config.recipients.values()} == {"publish"}
    blind = dead_man_plan(config)
    assert [one.to for one in blind.steps] == [("floor",), ("supervisor",)]
    assert blind.end_is_told


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ({"recipients": {"floor": {}}}, "recipients.floor: found nothing; allowed: exactly one"),
        (
            {"recipients": {"floor": {"publish": True, "command": {"argv": ["x"]}}}},
            "found publish and command; allowed: exactly one",
        ),
        ({"otherwise": {"steps": [{"after_s": 0, "to": ["flor"]}]}}, "there is no recipient flor"),
        (
            {"chains": [{"name": 3, "steps": [{"after_s": 9, "to": ["floor"]}]}]},
            "chains[0].name: found the number 3",
        ),
        (
            {"otherwise": {"steps": [{"after_s": after_s, "to": ["floor"]} for after_s in (9, 1)]}},
            "otherwise.steps[1].after_s: earlier than the step before it",
        ),
        ({"recipients": {"a/b": {"publish": True}}}, "contains a slash"),
        ({"smtp": {"host": "x", "sender": "a@b.c", "password": "hush"}}, "passwords do not stand"),
        ({"time_zone": "Europe/Viena"}, "did you mean Europe/Vienna"),
        ({"reciepients": {}}, "did you mean recipients"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_line_that_says_what_to_change(
    tmp_path: Path, file: dict[str, object], words: str
) -> None:
    path = tmp_path / "desk.yaml"
    path.write_text(yaml.safe_dump({"version": 1} | file))
    with pytest.raises(BadConfig) as raised:
        load(path)
    assert words in str(raised.value)
    assert "hush" not in str(raised.value)


def test_who_is_told_by_e_mail_needs_a_server_that_takes_it(tmp_path: Path) -> None:
    path = tmp_path / "desk.yaml"
    told = {"floor": {"email": {"to": ["floor@here.example"]}}}
    steps = {"steps": [{"after_s": 0, "to": ["floor"]}]}
    path.write_text(yaml.safe_dump({"version": 1, "recipients": told, "otherwise": steps}))
    with pytest.raises(BadConfig, match="smtp: missing, add it"):
        load(path)
