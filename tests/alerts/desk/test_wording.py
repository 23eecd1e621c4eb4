"""What a page says: nothing that a camera is called, or that somebody says of it, keeps it back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from alerts.addressed import addressed
from alerts.desk import inputs, wiring, wording
from alerts.desk.deciding import Decider
from alerts.desk.deeds import Deeds
from alerts.desk.desk_file import DeskFile
from alerts.desk.lease import Lease
from alerts.desk.record import EventLife, Moment, Seen, Subject
from alerts.desk.schema import DeskConfig
from alerts.paging import Page
from alerts.topics import Topics
from tests.alerts.samples import BEGAN, an_event

LINK = "https://dashboard.example/events/{event_id}"


@pytest.fixture
def lease(tmp_path: Path) -> Iterator[Lease]:
    with DeskFile(tmp_path / "desk.sqlite3") as file:
        lease = Lease(file, "d")
        lease.keep()
        yield lease
        lease.release()


def a_config(link: str | None = None) -> DeskConfig:
    whole = {"version": 1, "name": "d", "pages": {"link": link}}
    return DeskConfig.model_validate_json(json.dumps(whole))


def blind(config: DeskConfig, site: str, camera: str | None, words: str = "offline") -> EventLife:
    event_id = wording.blind_id(site, camera, BEGAN)
    subject = Subject(event_id, site, camera, None, None, BEGAN, words=words)
    return EventLife(subject, wiring.dead_man_plan(config))


def paged(lease: Lease, config: DeskConfig, *lives: EventLife) -> list[Page]:
    """Who is called when these go blind within the same moment."""
    decider = Decider(config, Deeds())
    with lease.writing() as db:
        for life in lives:
            decider.apply(db, life, Seen(0, "opened", 0.0), Moment(0.0, BEGAN))
    return [Page.from_json(text) for (text,) in lease.file.rows("SELECT page FROM page")]


def test_cameras_of_one_name_at_two_sites_call_for_each(lease: Lease) -> None:
    config = a_config()
    lives = [blind(config, site, "entrance") for site in ("north", "south")]
    assert sorted(page.site for page in paged(lease, config, *lives)) == ["north", "south"]


@pytest.mark.parametrize("camera", ["Front door", "Küche 1", "c" * 64, "입구", None])
def test_a_blind_camera_calls_somebody_whatever_it_is_called(
    lease: Lease, camera: str | None
) -> None:
    config = a_config(LINK)
    (page,) = paged(lease, config, blind(config, "site", camera))
    assert page.link is not None
    assert page.link in page.text
    assert " " not in page.link


@pytest.mark.parametrize("words", ["offline, \x1b[31mred\x00", "offline, " + "x" * 10_000])
def test_whatever_is_said_of_a_camera_somebody_is_called(lease: Lease, words: str) -> None:
    config = a_config()
    (page,) = paged(lease, config, blind(config, "site", "hall", words))
    assert "cannot see: offline" in page.text


@pytest.mark.parametrize("link", ["https://d.example/\x01{event_id}", LINK + "{event_id}" * 90])
def test_a_link_that_is_no_address_keeps_no_alert_back(lease: Lease, link: str) -> None:
    event = an_event()
    topic = Topics("floorwatch", event.site).alert(event.camera, event.label)
    with lease.writing() as db:
        inputs.put(db, "one", event.event_id, topic, event.to_json().encode(), put_at=0.0)
        Decider(a_config(link), Deeds()).act(db, 0.0)
    ((text,),) = lease.file.rows("SELECT page FROM page")
    assert Page.from_json(text).link is None


@pytest.mark.parametrize("camera", ["c" * 64, "Front door", None])
def test_who_is_called_for_a_blind_camera_can_answer(camera: str | None) -> None:
    event_id = wording.blind_id("s" * 64, camera, BEGAN)
    found = addressed("floorwatch", Topics("floorwatch", "s").event_command(event_id))
    assert found is not None
    assert found.event_id == event_id
