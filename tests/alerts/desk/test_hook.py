from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path

import httpx
import pytest

from alerts import signing
from alerts.answers import Command
from alerts.desk.answering import Answering
from alerts.desk.hook import BODY_BYTES_MAX, Hook, asker
from alerts.desk.links import BadLink, Links, Ticket, key_at
from alerts.errors import DiskRefused, UserError
from tests.alerts.samples import an_event
from tests.support.chromium import chromium
from tests.support.until import until

KEY, LINK_KEY = bytes(range(32)), bytes(range(1, 33))
EVENT = an_event().event_id
BODY = {"event_id": EVENT, "action": "acknowledge", "who": "Kim", "note": "on my way"}


@dataclass
class Desk:
    """Who takes the answers, and its door."""

    taken: list[tuple[str, Command]] = field(default_factory=list)
    disk_refuses: bool = False
    url: str = ""

    def take(self, event_id: str, command: Command) -> bool:
        if self.disk_refuses:
            raise DiskRefused("full")
        self.taken.append((event_id, command))
        return event_id == EVENT

    def post(self, fields: object, **changes: str) -> httpx.Response:
        body = fields if isinstance(fields, bytes) else json.dumps(fields).encode()
        signed = signing.headers(KEY, "msg_1", int(time.time()), body)
        told = {name: value for name, value in (signed | changes).items() if value}
        return httpx.post(f"{self.url}/answer", content=body, headers=told, trust_env=False)

    def links(self) -> Links:
        return Links(LINK_KEY, self.url)


@pytest.fixture
def desk() -> Iterator[Desk]:
    made, stop = Desk(), threading.Event()
    links = Links(LINK_KEY, "https://not.used")
    answering = Answering(made.take, [bytes(32), KEY], links, lambda _: "Collapse in hall <floor>")
    hook = Hook("127.0.0.1", 0, answering)
    thread = threading.Thread(target=hook.run, args=(stop,), name="hook")
    thread.start()
    until(lambda: hook.url, "the hook listens")
    made.url = hook.url or ""
    yield made
    stop.set()
    thread.join(20)
    assert not thread.is_alive()


def test_a_signed_answer_is_taken_and_known_again_when_it_is_repeated(desk: Desk) -> None:
    answers = [desk.post(BODY) for _ in range(2)]
    assert [one.status_code for one in answers] == [202, 202]
    assert answers[0].json() == answers[1].json()
    (event_id, command), (_, again) = desk.taken
    assert event_id == EVENT
    assert (command.action, command.who, command.note) == ("acknowledge", "Kim", "on my way")
    assert command.via == "webhook"
    assert command.command_id == again.command_id == answers[0].json()["command_id"]
    other = desk.post(
        BODY, **signing.headers(KEY, "msg_2", int(time.time()), json.dumps(BODY).encode())
    )
    assert other.json()["command_id"] != command.command_id


def test_unsigned_changed_and_old_answers_are_not(desk: Desk) -> None:
    for changes in (
        {signing.SIGNATURE: ""},
        {signing.SIGNATURE: "v1,AAAA"},
        {signing.ID: "msg_2"},
        {signing.TIMESTAMP: "1614265330"},
    ):
        assert desk.post(BODY, **changes).status_code == 401, changes
    assert desk.taken == []


def test_rubbish_is_refused_in_words(desk: Desk) -> None:
    for fields in (
        b"", b"{", b"[]", b"[" * 9000, b"\xff", b'{"event_id": NaN}',
        BODY | {"action": "delete"}, BODY | {"action": ["resolve"]}, BODY | {"event_id": ""},
        BODY | {"event_id": "x" * 201}, BODY | {"event_id": 7}, BODY | {"who": "a\nb"},
        BODY | {"who": "x" * 65}, BODY | {"note": "x" * 501}, BODY | {"note": None},
    ):  # fmt: skip
        answer = desk.post(fields)
        assert answer.status_code == 400, fields
        assert answer.json()["error"]
    assert desk.taken == []


def test_an_unknown_event_and_a_full_disk_are_told_apart(desk: Desk) -> None:
    assert desk.post(BODY | {"event_id": an_event(7).event_id}).status_code == 404
    desk.disk_refuses = True
    assert desk.post(BODY).status_code == 503


def test_too_much_and_too_often_are_refused(desk: Desk) -> None:
    assert desk.post(b"x" * (BODY_BYTES_MAX + 1)).status_code == 413
    answers = [desk.post(BODY).status_code for _ in range(40)]
    assert answers[0] == 202
    assert answers[-1] == 429
    later = desk.post(BODY)
    assert int(later.headers["Retry-After"]) >= 1


PROXIES = [ip_network("10.0.0.0/24"), ip_network("127.0.0.1")]


@pytest.mark.parametrize(
    ("peer", "forwarded", "who"),
    [
        ("192.0.2.1", [], "192.0.2.1"),
        ("192.0.2.1", ["198.51.100.7"], "192.0.2.1"),  # no proxy of ours: anybody writes that
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", ["198.51.100.7"], "198.51.100.7"),
        ("127.0.0.1", ["1.2.3.4, 198.51.100.7"], "198.51.100.7"),  # the first was his own idea
        ("127.0.0.1", ["1.2.3.4, 198.51.100.7, 10.0.0.9"], "198.51.100.7"),
        ("127.0.0.1", ["1.2.3.4", "198.51.100.7"], "198.51.100.7"),
        ("127.0.0.1", ["2001:db8::1"], "2001:db8::1"),
        ("127.0.0.1", ["unknown"], "127.0.0.1"),
        ("127.0.0.1", ["198.51.100.7, "], "127.0.0.1"),
    ],
)
def test_who_asks_is_believed_of_our_own_proxies_alone(
    peer: str, forwarded: list[str], who: str
) -> None:
    assert asker(peer, forwarded, PROXIES) == who


@pytest.mark.parametrize(("proxies", "code"), [((), 429), (("127.0.0.1",), 202)])
def test_behind_a_proxy_each_has_a_rate_of_their_own(proxies: tuple[str, ...], code: int) -> None:
    made, stop = Desk(), threading.Event()
    hook = Hook("127.0.0.1", 0, Answering(made.take, [KEY]), proxies)
    thread = threading.Thread(target=hook.run, args=(stop,), name="hook")
    thread.start()
    try:
        until(lambda: hook.url is not None, "it listens")
        made.url = hook.url or ""
        asked = {"X-Forwarded-For": "198.51.100.7"}
        assert 429 in [made.post(BODY, **asked).status_code for _ in range(40)]
        assert made.post(BODY, **{"X-Forwarded-For": "198.51.100.8"}).status_code == code
    finally:
        stop.set()
        thread.join(20)


@pytest.mark.parametrize(
    "sent",
    [
        b"POST /answer HTTP/1.1\r\n\r\n",
        b"DELETE /answer HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"POST /answer HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
    ],
)
def test_what_is_no_request_of_ours_is_refused_and_it_goes_on(desk: Desk, sent: bytes) -> None:
    host, port = desk.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 5) as line:
        line.sendall(sent)
        said = b""
        while heard := line.recv(4096):
            said += heard
    assert b'{"error": ' in said
    assert desk.post(BODY).status_code == 202


def test_opening_a_link_asks_and_a_press_answers(desk: Desk) -> None:
    link = desk.links().link(EVENT, "supervisor")
    for _ in range(3):  # as mail scanners do
        page = httpx.get(link, trust_env=False)
        assert page.status_code == 200
        assert httpx.head(link, trust_env=False).status_code == 200
    assert desk.taken == []
    assert "Collapse in hall &lt;floor&gt;" in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    pressed = httpx.post(link, data={"action": "resolve", "note": "a chair"}, trust_env=False)
    assert pressed.status_code == 202
    ((event_id, command),) = desk.taken
    assert (event_id, command.action, command.who) == (EVENT, "resolve", "supervisor")
    assert (command.note, command.via) == ("a chair", "webhook")


def test_a_link_of_somebody_else_or_of_yesterday_answers_nothing(desk: Desk) -> None:
    made = desk.links().link(EVENT, "supervisor")
    root, _, token = made.rpartition("/")
    forged = Links(bytes(32), desk.url).link(EVENT, "supervisor")
    for link in (f"{root}/{token[:-2]}", f"{root}/x{token}", forged, f"{root}/{'x' * 2000}"):
        assert httpx.get(link, trust_env=False).status_code == 404
        assert httpx.post(link, data={"action": "resolve"}, trust_env=False).status_code == 404
    for form in ({}, {"action": "delete"}, {"action": "resolve", "note": "x" * 501}):
        assert httpx.post(made, data=form, trust_env=False).status_code == 400
    assert desk.taken == []
    short = Links(LINK_KEY, "https://a", age_s_max=-1)
    with pytest.raises(BadLink) as told:
        short.read(short.link(EVENT, "floor").rpartition("/")[2])
    assert told.value.expired


def test_a_key_is_made_once_for_this_user_alone(tmp_path: Path) -> None:
    path = tmp_path / "state" / "links.key"
    key = key_at(path)
    assert key_at(path) == key
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["links.key"]
    token = Links(key, "https://a").link(EVENT, "floor").rpartition("/")[2]
    assert Links(key_at(path), "https://b").read(token) == Ticket(EVENT, "floor")
    path.write_bytes(b"short")
    with pytest.raises(UserError, match="delete it"):
        key_at(path)


@pytest.mark.parametrize(
    ("language", "button"), [("ko-KR", "제가 처리하겠습니다"), ("de-DE", "I take care of it")]
)
def test_in_a_browser(desk: Desk, language: str, button: str) -> None:
    with chromium() as browser:
        phone = browser.new_context(locale=language, viewport={"width": 390, "height": 700})
        page = phone.new_page()
        faults: list[str] = []
        page.on("console", lambda said: faults.append(said.text))
        page.goto(desk.links().link(EVENT, "floor"))
        page.get_by_role("textbox").fill("on my way")
        page.get_by_role("button", name=button).click()
        page.get_by_role("heading", name=button).wait_for()
    assert [(one.action, one.note) for _, one in desk.taken] == [("acknowledge", "on my way")]
    assert not [one for one in faults if "favicon" not in one]
