"""Zones are drawn on a page and end up in the site file, checked by the device's own side."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from threading import Event, Thread
from typing import Any

import pytest

from alerts.errors import UserError
from alerts.web import site_tools
from alerts.web.site_file import SiteFile
from edge.config.load import load
from edge.control import Control
from tests.alerts.web.conftest import unhurried
from tests.house.tree import ROOT
from tests.support.dashboard import Served, Visitor
from tests.support.mosquitto import Mosquitto
from tests.support.until import until

ZONE = {"name": "ramp", "polygon": [[0.1, 0.1], [0.9, 0.1], [0.5, 0.87654]], "labels": ["spill"]}
CROSSED = [[0.1, 0.1], [0.9, 0.9], [0.9, 0.1], [0.1, 0.9]]


@pytest.fixture(scope="module")
def site_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    text = (ROOT / "configs" / "example.yaml").read_text("utf-8")
    (folder / "site.yaml").write_text(text.replace("  path: null  # where", "  path: st  # where"))
    (folder / "site.yaml").chmod(0o640)
    return folder / "site.yaml"


@pytest.fixture(scope="module")
def admin(
    mosquitto: Mosquitto, site_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Visitor]:
    folder = tmp_path_factory.mktemp("zones")
    more = {"site_file": site_file}
    with (
        Served(folder, mosquitto.settings("zones"), more, unhurried()) as served,
        served.visitor() as visitor,
    ):
        assert visitor.me()["zones"] is True
        yield visitor


def put(admin: Visitor, **changes: Any) -> tuple[int, dict[str, Any]]:
    had = admin.json("/api/zones/hall")
    body = {"zones": had["zones"], "masks": had["masks"], "version": had["version"], **changes}
    answer = admin.http.put("/api/zones/hall", json=body)
    return answer.status_code, answer.json()


def test_every_camera_of_the_file_can_be_drawn_on(admin: Visitor) -> None:
    cameras = admin.json("/api/zones")["cameras"]
    assert [(one["camera"], one["zones"], one["masks"]) for one in cameras] == [
        ("hall", 1, 1), ("rehearsal", 0, 0)
    ]  # fmt: skip
    hall = admin.json("/api/zones/hall")
    assert (hall["site"], hall["snapshot_url"]) == ("clinic-west", None)
    assert hall["zones"][0]["name"] == "entrance"
    assert hall["masks"][0]["labels"] == ["collapse"]
    assert hall["yaml"].startswith("zones:\n  - name: entrance\n")
    assert admin.get("/api/zones/cellar").status_code == 404


def test_what_is_drawn_is_written_beside_everything_else(admin: Visitor, site_file: Path) -> None:
    before = site_file.read_text()
    had = admin.json("/api/zones/hall")["zones"]
    preview = admin.post("/api/zones/hall/preview", {"zones": [*had, ZONE], "masks": []}).json()
    assert "name: ramp" in preview["yaml"]
    assert site_file.read_text() == before
    status, told = put(admin, zones=[*had, ZONE])
    assert status == 200, told
    assert told["reloaded"] is False  # no daemon runs here
    assert "no floorwatch of this user runs" in told["words"]
    after = site_file.read_text()
    assert site_file.with_name("site.yaml.bak").read_text() == before
    assert [line for line in before.splitlines() if line not in after.splitlines()] == []
    assert "polygon: [[0.1, 0.1], [0.9, 0.1], [0.5, 0.8765]]" in after
    [hall, _] = load(site_file).cameras
    assert [zone.name for zone in hall.zones] == ["entrance", "ramp"]
    assert stat.S_IMODE(site_file.stat().st_mode) == 0o640
    assert sorted(one.name for one in site_file.parent.iterdir()) == ["site.yaml", "site.yaml.bak"]


def test_what_the_daemon_would_not_take_is_not_written(admin: Visitor, site_file: Path) -> None:
    before = site_file.read_text()
    status, told = put(admin, zones=[{**ZONE, "polygon": CROSSED}])
    assert (status, told["code"]) == (422, "wrong")
    assert "site.yaml:" in told["error"]
    assert "zones[0].polygon" in told["error"]
    assert str(site_file.parent) not in told["error"]
    assert site_file.read_text() == before
    assert not list(site_file.parent.glob(".*"))


@pytest.mark.parametrize(
    "zones",
    [
        [{**ZONE, "polygon": [[0, 0], [1, 1]]}],
        [{**ZONE, "polygon": [[0, 0], [1, 1], [2, 0]]}],
        [{**ZONE, "polygon": [[0, 0], [1, 1], [0.5]]}],
        [{**ZONE, "polygon": [[0, 0], [1, 1], ["0", 1]]}],
        [{**ZONE, "labels": ["fire"]}],
        [{**ZONE, "labels": []}],
        [{**ZONE, "name": ""}],
        [{**ZONE, "name": "a\nb"}],
        [{**ZONE, "name": "a/b"}],
        [{**ZONE, "name": "${x}", "polygon": None}],
        [{**ZONE, "more": 1}],
        [ZONE, ZONE],
        [ZONE] * 65,
        {},
        None,
    ],
)
def test_nonsense_is_refused_and_nothing_is_written(
    admin: Visitor, site_file: Path, zones: object
) -> None:
    before = site_file.read_text()
    status, told = put(admin, zones=zones)
    assert (status, told["code"]) == (422, "wrong")
    assert site_file.read_text() == before


def test_two_who_draw_at_once_do_not_overwrite_each_other(admin: Visitor, site_file: Path) -> None:
    old = admin.json("/api/zones/hall")["version"]
    site_file.write_text(site_file.read_text() + "# by hand\n")
    status, told = put(admin, version=old)
    assert (status, told["code"]) == (409, "changed")
    assert site_file.read_text().endswith("# by hand\n")


def test_without_a_site_file_there_is_nothing_to_draw(visitor: Visitor) -> None:
    assert visitor.me()["zones"] is False
    assert visitor.get("/api/zones").status_code == 404


def test_a_file_that_is_none_or_a_link_is_told_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text("version: 1\n")
    (tmp_path / "link.yaml").symlink_to(tmp_path / "site.yaml")
    for name, words in (("site", "no site file"), ("link", "is a link"), ("none", "no such file")):
        with pytest.raises(UserError, match=words):
            SiteFile(tmp_path / f"{name}.yaml", site_tools.check, site_tools.reload)


def test_the_daemon_takes_it_over(site_file: Path) -> None:
    """Over the socket that a daemon listens on for its orders."""
    stop, read = Event(), Queue[str]()

    def reload(_asked: object) -> dict[str, str]:
        read.put(site_file.read_text())
        return {"words": "taken over"}

    control = Control(load(site_file).state_folder, {"reload": reload}, Event())
    daemon = Thread(target=control.run, args=(stop,), name="control")
    daemon.start()
    try:
        until((site_file.parent / "st" / "control.sock").exists, "it listens")
        file = SiteFile(site_file, site_tools.check, site_tools.reload)
        [hall, _] = file.cameras()
        written = file.write("hall", {"zones": [], "masks": []}, hall.version)
        assert (written.reloaded, written.words) == (True, "taken over")
        assert read.get(timeout=5) == site_file.read_text()
        assert "    zones: []" in site_file.read_text()
    finally:
        stop.set()
        daemon.join(20)
