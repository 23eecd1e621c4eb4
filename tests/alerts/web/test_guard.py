"""What the dashboard refuses, over real HTTP: each promise fails without the line that keeps it."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from alerts.rates import Rates
from alerts.web.app import Timing
from alerts.web.attempts import Attempts
from alerts.web.guard import BODY_BYTES_MAX, Limits
from alerts.web.patience import Patience
from alerts.web.users import add, remove
from tests.alerts.web.conftest import unhurried
from tests.house.tree import ROOT
from tests.support.certificates import Authority
from tests.support.dashboard import Served, Visitor
from tests.support.mosquitto import Mosquitto
from tests.support.sse import Listener
from tests.support.until import until

PASSWORD = "a long password"
PEOPLE = {"vera": "viewer", "rosa": "responder", "ada": "admin"}
EVENT = "20261120T174512345Z-1f2e3d4c5b"
PAGES = ("/", "/history", f"/events/{EVENT}", "/zones", "/login")
API = (
    "/api/overview",
    "/api/events",
    f"/api/events/{EVENT}",
    f"/api/events/{EVENT}/snapshot",
    f"/api/events/{EVENT}/plain",
    f"/api/events/{EVENT}/clip",
    "/api/cameras/site/hall/snapshot",
    "/api/cameras/site/hall/view",
    "/api/history/counts",
    "/api/stream",
    "/api/zones",
    "/api/no-such-thing",
)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def guarded(
    mosquitto: Mosquitto, authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """With users, over TLS, open to others."""
    folder = tmp_path_factory.mktemp("guarded")
    for name, role in PEOPLE.items():
        add(folder / "users.yaml", name, role, PASSWORD)  # type: ignore[arg-type]
    tls = authority.issue("desk", "IP:127.0.0.1,DNS:localhost")
    site_file = folder / "site.yaml"
    shutil.copy(ROOT / "configs" / "example.yaml", site_file)
    more = {
        "host": "0.0.0.0",
        "site_file": site_file,
        "names": ("localhost",),
        "users": folder / "users.yaml",
        "tls": {"cert_file": tls.cert_file, "key_file": tls.key_file},
    }
    context = ssl.create_default_context(cafile=authority.certificate)
    with Served(
        folder / "state", mosquitto.settings("guarded"), more, unhurried(), verify=context
    ) as running:
        yield running


def come_in(guarded: Served, name: str) -> Visitor:
    visitor = guarded.visitor()
    answer = visitor.log_in(name, PASSWORD)
    assert answer.status_code == 200, answer.text
    return visitor


def test_strangers_see_the_login_page_and_nothing_else(guarded: Served) -> None:
    with guarded.visitor() as stranger:
        for page in PAGES[:-1]:
            answer = stranger.get(page + "?wall")
            assert answer.status_code == 303
            assert answer.headers["location"].startswith(f"/login?next={page}")
        assert stranger.get("/login").status_code == 200
        assert stranger.get("/static/tokens.css").status_code == 200
        assert stranger.me()["role"] is None
        for path in API:
            answer = stranger.get(path)
            assert (answer.status_code, answer.json()["code"]) == (401, "login"), path
        answer = stranger.post(f"/api/events/{EVENT}/answer", {"action": "resolve"})
        assert answer.status_code == 401


@pytest.mark.parametrize(
    "path",
    ["/static/../users.py", "/static/%2e%2e/users.py", "/static/..%2fusers.py",
     "/static//etc/passwd", "/static/"],
)  # fmt: skip
def test_nothing_beside_the_static_files_is_given(guarded: Served, path: str) -> None:
    answer = httpx.get(guarded.url + path, verify=stranger_context(guarded))
    assert answer.status_code in {303, 404}
    assert "argon2" not in answer.text


def stranger_context(guarded: Served) -> ssl.SSLContext:
    assert isinstance(guarded.verify, ssl.SSLContext)
    return guarded.verify


def test_every_answer_carries_what_binds_the_browser(guarded: Served) -> None:
    with come_in(guarded, "ada") as ada:
        for path in (*PAGES, *API[:3], "/static/tokens.css", "/no-such-page"):
            headers = ada.get(path).headers
            policy = headers["content-security-policy"]
            assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
            assert "unsafe" not in policy
            assert "frame-ancestors 'none'" in policy
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "no-referrer"
            assert headers["cross-origin-opener-policy"] == "same-origin"
            assert headers["cross-origin-resource-policy"] == "same-origin"
            assert headers["strict-transport-security"]
            assert headers["cache-control"] in {"no-store", "no-cache"}
            assert "server" not in headers


def test_the_cookie_is_for_this_server_and_for_no_script(guarded: Served) -> None:
    with guarded.visitor() as visitor:
        [line] = visitor.get("/login").headers.get_list("set-cookie")
    name, *flags = [part.strip() for part in line.split(";")]
    assert name.startswith("__Host-floorwatch=")
    assert set(flags) == {"Path=/", "HttpOnly", "SameSite=Strict", "Secure"}


def test_a_login_changes_the_session_and_a_logout_ends_it(guarded: Served) -> None:
    with guarded.visitor() as visitor:
        before = visitor.me()
        planted = visitor.http.cookies["__Host-floorwatch"]
        answer = visitor.log_in("rosa", PASSWORD).json()
        assert (answer["name"], answer["role"]) == ("rosa", "responder")
        cookie = visitor.http.cookies["__Host-floorwatch"]
        assert cookie != planted
        assert answer["csrf"] != before["csrf"]
        for old in (planted, "x", cookie[:-2]):
            with guarded.visitor() as other:
                other.http.cookies.set("__Host-floorwatch", old)
                assert other.get("/api/overview").status_code == 401
                assert other.me()["csrf"] != before["csrf"]
        assert visitor.get("/api/overview").status_code == 200
        assert visitor.post("/logout", {}).status_code == 200
        with guarded.visitor() as other:
            other.http.cookies.set("__Host-floorwatch", cookie)
            assert other.get("/api/overview").status_code == 401


def test_roles(guarded: Served) -> None:
    answers = {}
    for name in PEOPLE:
        with come_in(guarded, name) as visitor:
            assert visitor.get("/api/overview").status_code == 200
            answer = visitor.post(f"/api/events/{EVENT}/answer", {"action": "resolve"})
            answers[name] = answer.status_code
    assert answers == {"vera": 403, "rosa": 404, "ada": 404}  # there is no such event


def test_only_admins_draw(guarded: Served) -> None:
    empty = {"zones": [], "masks": [], "version": "x"}
    codes = {}
    for name in PEOPLE:
        with come_in(guarded, name) as visitor:
            codes[name] = [
                visitor.get("/api/zones").status_code,
                visitor.get("/api/zones/hall").status_code,
                visitor.post("/api/zones/hall/preview", empty).status_code,
                visitor.http.put("/api/zones/hall", json=empty).status_code,
            ]
            assert visitor.me()["zones"] is (name == "ada")
    assert codes == {"vera": [403] * 4, "rosa": [403] * 4, "ada": [200, 200, 200, 409]}


def test_a_proxy_is_believed_and_nobody_else(mosquitto: Mosquitto, tmp_path: Path) -> None:
    users = tmp_path / "users.yaml"
    add(users, "rosa", "responder", PASSWORD)
    told = {"x-forwarded-proto": "https", "x-forwarded-for": "198.51.100.7", "host": "localhost"}
    found = {}
    for proxy in ("127.0.0.1", "192.0.2.1"):
        more = {"users": users, "behind_proxy": (proxy,)}
        with (
            Served(tmp_path / proxy, mosquitto.settings(f"by-{proxy}"), more) as served,
            served.visitor() as visitor,
        ):
            found[proxy] = [
                visitor.get("/login").json().get("code"),  # plain: a password would be read
                visitor.get("/login", headers=told).status_code,
            ]
    assert found == {"127.0.0.1": ["plain", 200], "192.0.2.1": ["plain", 400]}


def test_a_change_needs_the_token_of_its_session(guarded: Served) -> None:
    path, body = f"/api/events/{EVENT}/answer", {"action": "resolve"}
    with come_in(guarded, "rosa") as rosa, come_in(guarded, "ada") as ada:
        for token in ("", "x", ada.http.headers["x-csrf-token"], "é"):
            answer = rosa.post(path, body, headers={"x-csrf-token": token.encode()})
            assert (answer.status_code, answer.json()["code"]) == (403, "csrf")
        assert rosa.post(path, body).status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_a_change_comes_from_our_own_pages(guarded: Served, headers: dict[str, str]) -> None:
    with come_in(guarded, "rosa") as rosa:
        answer = rosa.post(f"/api/events/{EVENT}/answer", {"action": "resolve"}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "origin")
        answer = rosa.post(
            f"/api/events/{EVENT}/answer",
            {"action": "resolve"},
            headers={"origin": guarded.url, "sec-fetch-site": "same-origin"},
        )
        assert answer.status_code == 404


def test_a_form_is_not_taken_for_json(guarded: Served) -> None:
    with come_in(guarded, "rosa") as rosa:
        answer = rosa.http.post(f"/api/events/{EVENT}/answer", data={"action": "resolve"})
        assert answer.status_code == 415


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "desk", ""])
def test_other_names_are_not_ours(served: Served, visitor: Visitor, host: str) -> None:
    """A name of somebody else's that points here would be of our own origin."""
    for path in ("/", "/api/me", "/api/overview", "/static/tokens.css"):
        answer = visitor.get(path, headers={"host": host})
        assert answer.status_code == 400, path
        assert "set-cookie" not in answer.headers


def test_wrong_passwords_have_to_wait_whoever_it_is(mosquitto: Mosquitto, tmp_path: Path) -> None:
    users = tmp_path / "users.yaml"
    add(users, "rosa", "responder", PASSWORD)
    more = {"users": users}
    timing = unhurried()
    timing.by_account, timing.by_address = Attempts(2, 60.0), Attempts(6, 60.0)
    with Served(tmp_path / "state", mosquitto.settings("wait"), more, timing) as served:
        for name in ("rosa", "nobody"):
            with served.visitor() as visitor:
                codes = [visitor.log_in(name, f"wrong {n}").status_code for n in range(4)]
                assert codes == [401] * 2 + [429] * 2
                assert int(visitor.log_in(name, PASSWORD).headers["retry-after"]) >= 1
        with served.visitor() as other:
            assert other.log_in("rosa", PASSWORD).status_code == 429  # of the account
        with served.visitor() as spray:
            codes = [spray.log_in(f"name {n}", "wrong").status_code for n in range(4)]
            assert codes == [401] * 2 + [429] * 2  # of the address


def test_a_user_who_is_taken_out_is_out_at_once(mosquitto: Mosquitto, tmp_path: Path) -> None:
    users = tmp_path / "users.yaml"
    add(users, "rosa", "responder", PASSWORD)
    add(users, "vera", "viewer", PASSWORD)
    more = {"users": users}
    with (
        Served(tmp_path / "state", mosquitto.settings("out"), more, unhurried()) as served,
        come_in(served, "rosa") as rosa,
        come_in(served, "vera") as vera,
    ):
        pages = [Listener(rosa), Listener(vera)]
        with pages[0], pages[1]:
            add(users, "rosa", "responder", PASSWORD + "!")  # a new password ends what was
            remove(users, "vera")
            for page in pages:
                until(page.ended.is_set, "the stream ends")
                assert page.names()[-1] == "bye"
        assert rosa.get("/api/overview").status_code == 401
        assert vera.get("/api/overview").status_code == 401


def test_too_many_requests_are_told_to_wait(mosquitto: Mosquitto, tmp_path: Path) -> None:
    timing = Timing(limits=Limits(Rates(per_s=0.01, burst=20), Rates(per_s=0.01, burst=3)))
    with Served(tmp_path, mosquitto.settings("rates"), timing=timing) as served:
        with served.visitor() as visitor:
            visitor.me()
            codes = [visitor.post("/logout", {"x": 1}).status_code for _ in range(5)]
            assert codes == [422] * 3 + [429] * 2
        with served.visitor() as visitor:
            answers = [visitor.get("/api/overview", headers={"cookie": ""}) for _ in range(21)]
            assert answers[0].status_code == 200
            assert answers[-1].status_code == 429
            assert int(answers[-1].headers["retry-after"]) >= 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 422),
        (b'{"action": "resolve", "x": 1}', 422),
        (b'{"action": "shout"}', 422),
        (b'{"action": 1}', 422),
        (b'{"action": "resolve", "note": "a\\u0000b"}', 422),
        (b'{"action": "resolve", "note": "a\\ud800"}', 400),
        (b'{"action": "resolve", "command_id": "../.."}', 422),
        (b'{"action": "resolve", "note": NaN}', 400),
        (b"[" * 60_000, 400),
        (b'{"action": "resolve", "note": "' + b"x" * 501 + b'"}', 422),
        (b" " * (BODY_BYTES_MAX + 1), 413),
        (b"\xff\xfe", 400),
    ],
)
def test_bodies_that_make_no_sense(visitor: Visitor, body: bytes, status: int) -> None:
    answer = visitor.http.post(
        f"/api/events/{EVENT}/answer", content=body, headers={"content-type": "application/json"}
    )
    assert answer.status_code == status
    assert answer.json()["error"]


def test_a_body_without_a_length_is_cut_off(visitor: Visitor) -> None:
    answer = visitor.http.post(
        f"/api/events/{EVENT}/answer",
        content=iter([b" " * 10_000] * 10),
        headers={"content-type": "application/json"},
    )
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=201", "limit=-1", "limit=x", "limit=١", "limit=99999999999999999999",
        "from=yesterday", "from=9999-99-99", "until=0000-00-00", "from=2026-01-01T00:00:00",
        "standing=lost", "cursor=x", "cursor=%00", "text=%00", f"text={'x' * 201}",
        "label=%0a", "camera=%ff%fe",
    ],
)  # fmt: skip
def test_queries_that_make_no_sense(visitor: Visitor, query: str) -> None:
    answer = visitor.get(f"/api/events?{query}")
    assert answer.status_code in {200, 400}, answer.text
    assert answer.status_code == 400 or query == "camera=%ff%fe"
    if answer.status_code == 400:
        assert answer.json()["error"]


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "OPTIONS", "TRACE", "FOO"])
def test_other_methods(visitor: Visitor, method: str) -> None:
    assert visitor.http.request(method, "/api/overview").status_code == 405


@pytest.mark.parametrize(
    "path",
    ["/api/events/..%2f..%2fetc", "/api/cameras/..%2f/..%2fx/snapshot", "/api/events/%00/clip",
     "/api/cameras/site/%ff/snapshot", f"/api/events/{'x' * 5000}"],
)  # fmt: skip
def test_paths_that_lead_nowhere(visitor: Visitor, path: str) -> None:
    assert visitor.get(path).status_code == 404


def test_heads_that_are_too_long_or_no_http(served: Served) -> None:
    host, port = served.url.removeprefix("http://").split(":")
    for head in (b"GET / HTTP/1.1\r\nx: " + b"y" * 40_000, b"\x16\x03\x01\x00", b"GET /\x00"):
        with socket.create_connection((host, int(port)), timeout=10) as line:
            line.sendall(head + b"\r\n\r\n")
            said = b""
            try:
                while piece := line.recv(4096):
                    said += piece
            except ConnectionResetError:
                pass
            assert b"200 OK" not in said


def test_who_never_ends_a_question_is_hung_up_on(mosquitto: Mosquitto, tmp_path: Path) -> None:
    patience = Patience(ask_s=0.3, look_s=0.1)
    with Served(tmp_path, mosquitto.settings("slow"), patience=patience) as served:
        host, port = served.url.removeprefix("http://").split(":")
        begun = b"POST /login HTTP/1.1\r\nhost: localhost\r\n"
        for part in (b"", begun, begun + b"content-length: 10\r\n\r\n{"):
            with socket.create_connection((host, int(port)), timeout=10) as line:
                line.sendall(part)
                try:
                    while line.recv(4096):
                        pass
                except ConnectionResetError:
                    pass  # hung up, without a word


def test_one_address_cannot_take_all_connections(mosquitto: Mosquitto, tmp_path: Path) -> None:
    with Served(
        tmp_path, mosquitto.settings("many"), patience=Patience(ask_s=60, each_max=5)
    ) as served:
        host, port = served.url.removeprefix("http://").split(":")
        lines = [socket.create_connection((host, int(port)), timeout=10) for _ in range(5)]
        try:
            assert turned_away(host, int(port))
        finally:
            for line in lines:
                line.close()


def turned_away(host: str, port: int) -> bool:
    """Whether a new line is cut off, be it before the other end has heard that it stands."""
    try:
        with socket.create_connection((host, port), timeout=10) as line:
            return not line.recv(1)
    except ConnectionResetError:
        return True


def test_many_bodies_at_once(visitor: Visitor, served: Served) -> None:
    """Ten visitors with nonsense do not keep the eleventh from being served."""
    stop = threading.Event()

    def shout() -> None:
        with served.visitor() as one:
            one.me()
            while not stop.is_set():
                one.http.post("/login", content=b"[" * 1000)

    crowd = [threading.Thread(target=shout) for _ in range(10)]
    for one in crowd:
        one.start()
    try:
        assert visitor.json("/api/overview")["open"] == []
    finally:
        stop.set()
        for one in crowd:
            one.join()


def test_json_is_said_to_be_json(visitor: Visitor) -> None:
    answer = visitor.get("/api/overview")
    assert answer.headers["content-type"] == "application/json"
    assert json.loads(answer.content)["broker"]["connected"] in {True, False}
