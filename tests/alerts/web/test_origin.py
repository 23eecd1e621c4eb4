"""Which names we go by, and whose pages may change something."""

from __future__ import annotations

import pytest

from alerts.web.origin import HostNames, foreign, is_loopback


@pytest.mark.parametrize(
    ("host", "here", "elsewhere"),
    [
        ("localhost:8910", True, True),
        ("127.0.0.1", True, True),
        ("[::1]:8910", True, True),
        ("desk.example", False, True),
        ("DESK.example.:443", False, True),
        ("192.0.2.7:8910", False, True),  # an address cannot be rebound
        ("evil.example", False, False),
        ("localhost.evil.example", False, False),
        ("evil.example#localhost", False, False),
        ("localhost:8910:1", False, False),
        ("user@localhost", False, False),
        ("", False, False),
        ("a" * 300, False, False),
    ],
)
def test_names(host: str, here: bool, elsewhere: bool) -> None:
    assert HostNames((), loopback=True).answers_to(host) is here
    assert HostNames(("Desk.example",), loopback=False).answers_to(host) is elsewhere


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("127.8.8.8", True),
     ("0.0.0.0", False), ("::", False), ("192.0.2.7", False), ("desk.example", False)],
)  # fmt: skip
def test_what_only_this_machine_reaches(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


@pytest.mark.parametrize(
    ("headers", "scheme", "ours"),
    [
        ({}, "http", True),  # a program: the token decides
        ({"sec-fetch-site": "same-origin"}, "http", True),
        ({"sec-fetch-site": "same-site"}, "http", False),
        ({"sec-fetch-site": "cross-site"}, "http", False),
        ({"sec-fetch-site": "none"}, "http", False),
        ({"origin": "http://desk:8910"}, "http", True),
        ({"origin": "http://desk:8911"}, "http", False),
        ({"origin": "https://desk:8910"}, "http", False),
        ({"origin": "https://desk:8910"}, "https", True),
        ({"origin": "http://evil.example"}, "http", False),
        ({"origin": "null"}, "http", False),
        ({"origin": "http://desk:x"}, "http", False),
        ({"origin": "http://desk:8910", "sec-fetch-site": "cross-site"}, "http", False),
    ],
)
def test_whose_page_asks(headers: dict[str, str], scheme: str, ours: bool) -> None:
    assert (foreign({"host": "desk:8910", **headers}, scheme) is None) is ours
