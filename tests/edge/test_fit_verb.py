"""`floorwatch fit`: what a camera's view is taken for, and learning it anew after it was turned."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from alerts.main import main
from tests.edge.test_attending import ROOM, Site, room
from tests.support.site import site_file

Verb = Callable[..., int]
URL = "rtsp://door.invalid/"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A camera called door, whose state lies where the verb looks for it."""
    return Site(tmp_path / "state" / "fit", shows=URL)


@pytest.fixture
def verb(tmp_path: Path) -> Verb:
    """`floorwatch fit WHAT door …`."""
    path = site_file(tmp_path, [{"name": "door", "url": URL}], site={"name": "lab"})

    def run(what: str, *args: object, camera: str = "door", privacy: str = "none") -> int:
        site_file(tmp_path, [{"name": "door", "url": URL}], evidence={"privacy": privacy})
        return main(["fit", what, camera, "--config", str(path), *map(str, args)])

    return run


def turned(site: Site, seconds: int) -> None:
    for _ in range(seconds):
        site.shows(np.roll(room(), (17, 26), (0, 1)))


def view(path: Path) -> NDArray[np.float32]:
    """The first look that is drawn."""
    picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    return picture[92:362, 24:504].astype(np.float32)


def test_a_turned_camera_is_moved_until_somebody_forgets_its_view(
    site: Site, verb: Verb, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    site.shows(ROOM, 60)
    site.fitness.keep("door")
    turned(site, 60)
    assert site.phases() == [("opened", "moved")]
    named = "`floorwatch fit forget door --config SITE`"
    assert any(
        "cannot see: moved" in one.message and named in one.message for one in caplog.records
    )
    assert verb("show", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["reason"], found["event_id"]) == ("moved", site.told[0].event.event_id)
    assert found["since"].startswith("2026-11-20T12:01:")
    assert verb("forget") == 0
    assert "forgotten; a daemon that runs begins anew" in capsys.readouterr().out
    site.fitness.keep("door")  # as the onlooker asks every ten seconds
    turned(site, 45)
    assert site.phases() == [("opened", "moved"), ("closed", "moved")]
    site.fitness.keep("door")
    assert verb("show", "--json") == 0
    assert json.loads(capsys.readouterr().out)["reason"] == "ok"


def test_what_is_known_is_said_and_drawn(
    site: Site, verb: Verb, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site.shows(ROOM, 70)
    site.fitness.keep("door")
    assert verb("show", "--out", tmp_path / "door.png") == 0
    words = capsys.readouterr().out
    assert "no alert of this camera is open" in words
    assert "look 1: seen 0.0 h, brightness 1" in words
    assert "0 minutes ago; the daemon writes it hourly at the latest" in words
    assert verb("show", "--out", tmp_path / "coarse.png", privacy="others") == 0
    fine, coarse = (view(tmp_path / name) for name in ("door.png", "coarse.png"))
    bright = cv2.resize(ROOM, (16, 9), interpolation=cv2.INTER_AREA).mean(axis=2)
    blocks = cv2.resize(coarse, (16, 9), interpolation=cv2.INTER_AREA)
    assert np.corrcoef(blocks.ravel(), bright.ravel())[0, 1] > 0.9, "it is that room"
    edges = [np.abs(cv2.Laplacian(one, cv2.CV_32F)).mean() for one in (fine, coarse)]
    assert edges[0] > 5 * edges[1], "none where people are to be hidden"


def test_what_cannot_be_shown_says_why(
    site: Site, verb: Verb, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verb("show") == 2
    assert "door: nothing is known yet" in capsys.readouterr().err
    assert verb("forget") == 0
    assert "nothing was known" in capsys.readouterr().out
    assert verb("show", camera="yard") == 2
    assert "the site file has no camera yard; it has: door" in capsys.readouterr().err
    other = Site(tmp_path / "state" / "fit", shows="rtsp://another")
    other.shows(ROOM, 40)
    other.fitness.keep("door", last=True)
    assert verb("show") == 2
    assert "is of another address of the camera; the daemon begins anew" in capsys.readouterr().err
    site.fitness.forget("door")
    site.shows(ROOM, 40)
    site.fitness.keep("door", last=True)
    assert verb("show", "--out", tmp_path / "door.jpg") == 2
    assert "name a .png" in capsys.readouterr().err
    (path,) = (tmp_path / "state" / "fit").glob("*.bin")
    path.write_bytes(path.read_bytes()[:-9])
    assert verb("show") == 2
    assert "is damaged; the daemon begins anew" in capsys.readouterr().err
