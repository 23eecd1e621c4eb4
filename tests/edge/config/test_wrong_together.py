"""Values that do not go together, addresses, time zones: with the exact line the user gets."""

from __future__ import annotations

import pytest

from tests.edge.config.conftest import Said

HEAD = "version: 1\nsite: {name: a}\n"  # lines 1 and 2
CAMERA = "cameras:\n  - name: hall\n    url: rtsp://host/s\n"  # lines 3 to 5

# What is added to HEAD and CAMERA, from line 6 on → what is said after "site.yaml:".
TOGETHER = {
    # what excludes each other, what goes together
    "name and path": (
        "model: {name: first, path: mine}",
        "6: model: give exactly one of `name:` and `path:`",
    ),
    "neither name nor path": (
        "model: {name: null}",
        "6: model: give exactly one of `name:` and `path:`",
    ),
    "two passwords": (
        "broker: {username: u, password_file: f, password_env: E}",
        "6: broker.password_env: password_file is given as well; remove one",
    ),
    "password of nobody": (
        "    password_env: CAMERA",
        "4: cameras[0].username: missing, add it (a password is given)",
    ),
    "password for a variable": (
        "    username: u\n    password_env: hunter2!",
        "7: cameras[0].password_env: found a value that is not shown here; allowed: the name of "
        "an environment variable, or null",
    ),
    "certificate without key": (
        "broker:\n  tls:\n    cert_file: me.pem",
        "7: broker.tls: cert_file and key_file go together; give both or none",
    ),
    "file options of a live camera": (
        "    file: {loop: true}",
        "6: cameras[0].file: only for recordings, but the url is a live stream; remove it",
    ),
    "record stream of a recording": (
        "  - name: b\n    url: b.mp4\n    record_url: rtsp://host/s",
        "8: cameras[1].record_url: only for rtsp cameras, the url is not of one; remove it",
    ),
    "recording as record stream": (
        "    record_url: b.mp4",
        '6: cameras[0].record_url: found the text "b.mp4"; a second stream must be rtsp://… or '
        "rtsps://…",
    ),
    "home of nobody": (
        "state: {path: ~nobody-here/x}",
        '6: state.path: found the text "~nobody-here/x"; there is no such home folder (~)',
    ),
}

URLS = {
    "credentials": (
        "rtsp://admin:hunter2@host/s",
        'found the text "rtsp://***@host/s"; user and password do not stand in an address: take '
        "out the part up to @ and give `username:` and `password_file:` or `password_env:` (an @ "
        "of the path is %40)",
    ),
    "slash in the password": (
        "rtsp://admin:12/hunter2@host/s",
        'found the text "rtsp://***@host/s"; user and password do not stand in an address: take '
        "out the part up to @ and give `username:` and `password_file:` or `password_env:` (an @ "
        "of the path is %40)",
    ),
    "no host": (
        "rtsp:///s",
        'found the text "rtsp:///s"; the address names no host and port; write '
        "rtsp://host:554/path",
    ),
    "no port": (
        "rtsp://host:hunter/s",
        'found the text "rtsp://host:hunter/s"; the address names no host and port; write '
        "rtsp://host:554/path",
    ),
    "half an address": (
        "rtsp://[::1/s?password=hunter2",
        'found the text "rtsp://[::1/s?***"; the address names no host and port; write '
        "rtsp://host:554/path",
    ),
    "http": (
        "http://host/s.mjpg",
        'found the text "http://host/s.mjpg"; allowed: rtsp://… and rtsps://…, the path of a '
        "video file or of a folder of pictures, and pattern:NAME",
    ),
    "pattern": (
        "pattern:My Room",
        'found the text "pattern:My Room"; a pattern is written pattern:NAME, in small letters',
    ),
}


@pytest.mark.parametrize(("added", "line"), TOGETHER.values(), ids=list(TOGETHER))
def test_what_does_not_go_together(added: str, line: str, said: Said) -> None:
    assert said(HEAD + CAMERA + added) == [f"site.yaml:{line}"]


@pytest.mark.parametrize(("url", "words"), URLS.values(), ids=list(URLS))
def test_an_address(url: str, words: str, said: Said) -> None:
    text = f"{HEAD}cameras:\n  - name: hall\n    url: '{url}'\n"
    assert said(text) == [f"site.yaml:5: cameras[0].url: {words}"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Europe/Wien", "did you mean Europe/Vienna?"),
        ("Vienna", "write it as Continent/City"),
        ("Europe", "write it as Continent/City"),
        ("../../etc/passwd", "write it as Continent/City"),
    ],
)
def test_a_time_zone(name: str, hint: str, said: Said) -> None:
    text = f"version: 1\nsite:\n  name: a\n  time_zone: {name}\n{CAMERA}"
    words = f'found the text "{name}"; there is no such IANA time zone; {hint}'
    assert said(text) == [f"site.yaml:4: site.time_zone: {words}"]
