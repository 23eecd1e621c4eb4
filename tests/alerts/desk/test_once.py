"""A camera that cannot see is one call, whoever says so first."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from alerts.desk import book, inputs, once
from alerts.desk.deadman import Unit
from alerts.desk.deciding import Decider
from alerts.desk.deeds import Deeds
from alerts.desk.desk_file import DeskFile
from alerts.desk.lease import Lease
from alerts.desk.record import EventLife, Moment, Seen, Subject
from alerts.desk.schema import DeskConfig
from alerts.desk.turning import taken
from alerts.desk.wiring import dead_man_plan
from alerts.event import Event, event_id
from alerts.topics import Topics
from tests.alerts.samples import BEGAN, an_event

BLIND: Unit = ("site", "hall")
EVENT = an_event(
    label="camera",
    path="blurred",
    zone=None,
    event_id=event_id("site", "hall", "camera", None, 0, BEGAN),
)


class Desk:
    """Its rules on a book of its own."""

    def __init__(self, folder: Path, **sections: Any) -> None:
        names = ("floor", "supervisor", "outside", "technician")
        whole: dict[str, Any] = {"version": 1, "name": "d"} | sections
        whole["recipients"] = {name: {"publish": True} for name in names}
        self.config = DeskConfig.model_validate_json(json.dumps(whole))
        self.file = DeskFile(folder / "desk.sqlite3")
        self.lease = Lease(self.file, "d", taken)
        self.lease.keep()
        self.troubled = False
        self.decider = Decider(self.config, Deeds(), troubled=lambda _site: self.troubled)

    def hears(self, event: Event, now_s: float = 0.0) -> None:
        topic = Topics("floorwatch", event.site).alert(event.camera, event.label)
        with self.file.writing() as db:
            key, payload = f"{event.event_id} {event.seq}", event.to_json().encode()
            inputs.put(db, key, event.event_id, topic, payload, put_at=time.time())
        self.waits(now_s)

    def waits(self, now_s: float) -> None:
        with self.lease.writing() as db:
            self.decider.act(db, now_s)

    def switch_calls(self, camera: str | None) -> None:
        subject = Subject(f"camera-{camera}", "site", camera, None, None, BEGAN, words="blurred")
        with self.lease.writing() as db:
            life = EventLife(subject, dead_man_plan(self.config))
            self.decider.apply(db, life, Seen(0, "opened", 0.0), Moment(0.0, BEGAN))

    def pages(self) -> list[str]:
        rows = self.file.rows("SELECT recipient, page FROM page ORDER BY rowid")
        return [f"{name}: {json.loads(page)['subject']}" for name, page in rows]

    def left(self) -> str:
        return once.left(self.file, {BLIND: "blurred", ("site", None): ""})[BLIND]

    def standing(self) -> tuple[str, bool]:
        with self.lease.writing() as db:
            life = book.life_of(db, EVENT.event_id)
        assert life is not None
        return life.standing, life.ongoing


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    made: list[Desk] = []

    def make(**sections: Any) -> Desk:
        made.append(Desk(tmp_path, **sections))
        return made[-1]

    yield make
    for one in made:
        one.lease.release()


def test_the_device_says_so_first_and_the_switch_has_nothing_left_to_call_for(
    desk: Callable[..., Desk],
) -> None:
    one = desk()
    assert one.left() == "blurred"
    one.hears(EVENT)
    assert one.left() == ""
    one.waits(3600)
    where = "CANNOT SEE, site / hall"
    assert one.pages() == [f"floor: {where}", f"supervisor: NOBODY HAS ANSWERED: {where}"]
    one.hears(an_event(1, 9, event_id=EVENT.event_id, label="camera", path="blurred"), 3601)
    assert one.standing() == ("resolved", False)
    assert one.pages()[2:] == [
        "floor: SEES AGAIN, site / hall",
        "supervisor: SEES AGAIN, site / hall",
    ]
    assert one.left() == "blurred", "the next time it is the switch's again"


@pytest.mark.parametrize("camera", ["hall", None], ids=["the camera", "the whole site"])
def test_the_switch_called_first_and_the_event_calls_nobody(
    desk: Callable[..., Desk], camera: str | None
) -> None:
    one = desk()
    one.switch_calls(camera)
    before = one.pages()
    one.hears(EVENT)
    one.waits(3600)
    assert len(before) == 1
    assert one.pages()[0] == before[0]
    assert {page.split(":")[0] for page in one.pages()} == {"floor", "supervisor"}
    assert len(one.pages()) == 2, "the switch's own two steps"
    assert one.standing() == ("open", True)
    assert one.left() == "blurred", "the switch goes on with its call"


def test_of_a_site_in_trouble_no_camera_calls(desk: Callable[..., Desk]) -> None:
    one = desk()
    one.troubled = True
    one.hears(EVENT)
    one.waits(3600)
    assert one.pages() == []
    assert one.left() == "blurred", "should the camera be all that is left of the trouble"


def test_a_chain_that_names_the_label_is_taken(desk: Callable[..., Desk]) -> None:
    steps = [{"after_s": 0, "to": ["technician"]}]
    one = desk(
        chains=[
            {"name": "all", "steps": [{"after_s": 0, "to": ["outside"]}], "zones": ["floor"]},
            {"name": "cameras", "labels": ["camera"], "steps": steps},
        ]
    )
    one.hears(EVENT)
    assert one.pages() == ["technician: CANNOT SEE, site / hall"]


def test_a_chain_for_everything_is_not_for_cameras(desk: Callable[..., Desk]) -> None:
    one = desk(chains=[{"name": "all", "steps": [{"after_s": 0, "to": ["outside"]}]}])
    one.hears(EVENT)
    assert one.pages() == ["floor: CANNOT SEE, site / hall"]


@pytest.mark.parametrize("switch", [{"enabled": False}, {"reasons": ["offline"]}])
def test_who_wants_no_calls_for_such_cameras_gets_none(
    desk: Callable[..., Desk], switch: dict[str, Any]
) -> None:
    one = desk(dead_man=switch)
    one.hears(EVENT)
    assert one.pages() == []
    assert one.standing() == ("open", True)


def test_an_incident_is_no_camera(desk: Callable[..., Desk]) -> None:
    one = desk()
    one.switch_calls("hall")
    one.hears(an_event())
    assert one.pages()[1:] == ["floor: COLLAPSE, site / hall / floor"]
