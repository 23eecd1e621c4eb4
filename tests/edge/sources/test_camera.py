from __future__ import annotations

from threading import Event
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import SourceLost
from edge.sources.camera import Camera, resolve


@given(st.text(min_size=1, max_size=20), st.text(max_size=20))
def test_any_credentials_survive_the_address_and_stay_out_of_sight(user: str, word: str) -> None:
    camera = Camera("rtsp://cam.lan:8554/a?b=1", username=user, password="§§" + word)
    parts = urlsplit(camera.address)
    assert unquote(parts.username or "") == user
    assert unquote(parts.password or "") == "§§" + word
    assert (parts.hostname, parts.port, parts.path, parts.query) == ("cam.lan", 8554, "/a", "b=1")
    assert "§§" not in repr(camera)
    assert "§§" not in camera.where


def test_credentials_in_the_url_are_kept_and_those_apart_come_first() -> None:
    url = "rtsp://joe:a%2Fb@cam.lan/x"
    assert Camera(url).address == url
    assert Camera(url, username="ann", password="c").address == "rtsp://ann:c@cam.lan/x"
    assert Camera(url).where == "cam.lan:554"
    assert "a%2Fb" not in repr(Camera(url))


def test_an_address_without_credentials_is_left_alone() -> None:
    assert Camera("rtsp://[fe80::1]:554/x").address == "rtsp://[fe80::1]:554/x"
    assert Camera("rtsp://[fe80::1]:554/x").where == "fe80::1:554"


@pytest.mark.parametrize(
    "url",
    [
        "rtsp://joe:se#cret@cam.lan/x",
        "rtsp://joe:12#cret@cam.lan/x",
        "rtsp://joe:se/cret@cam.lan/x",
        "rtsp://cam.lan:99999/x",
        "rtsp:///x",
        "cam.lan",
    ],
)
def test_an_address_that_falls_apart_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(SourceLost, match="percent-encode") as caught:
        resolve(Camera(url))
    assert "cret" not in str(caught.value)
    assert "se" not in str(caught.value).split()


def test_an_unknown_host_is_called_that() -> None:
    with pytest.raises(SourceLost, match=r"unknown host nowhere\.invalid"):
        resolve(Camera("rtsp://nowhere.invalid/x"))


def test_a_name_server_that_does_not_answer_is_waited_for_no_longer_than_the_camera() -> None:
    answered = Event()

    def hangs(host: str, port: int) -> list[tuple[object, ...]]:
        answered.wait(20)
        return [(host, port)]

    camera = Camera("rtsp://cam.lan/x", connect_timeout_s=0.2)
    with pytest.raises(SourceLost, match=r"host cam\.lan was not found within 0\.2 s"):
        resolve(camera, hangs)
    answered.set()


def test_a_host_has_addresses() -> None:
    assert ("127.0.0.1", 8554) in resolve(Camera("rtsp://127.0.0.1:8554/x"))
