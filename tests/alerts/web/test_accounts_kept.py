"""Users, passwords, sessions and failed logins, apart from the web."""

from __future__ import annotations

import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from alerts.errors import BadConfig, UserError
from alerts.main import main
from alerts.web.attempts import Attempts
from alerts.web.sessions import Lifetime, Sessions
from alerts.web.users import Doorman, UsersFile, add, remove

PASSWORD = "a long password"


class Clock:
    def __init__(self) -> None:
        self.s = 1000.0

    def __call__(self) -> float:
        return self.s


def test_a_user_is_kept_as_a_hash_for_the_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "users.yaml"
    assert add(path, "anna", "responder", PASSWORD)
    assert not add(path, "anna", "admin", PASSWORD)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text()
    assert PASSWORD not in text
    assert "$argon2id$" in text
    assert UsersFile(path).users()["anna"].role == "admin"
    assert [one.name for one in tmp_path.iterdir()] == ["users.yaml"]


def test_roles_contain_each_other(tmp_path: Path) -> None:
    path = tmp_path / "users.yaml"
    add(path, "anna", "responder", PASSWORD)
    anna = UsersFile(path).users()["anna"]
    assert [anna.may("viewer"), anna.may("responder"), anna.may("admin")] == [True, True, False]


@pytest.mark.parametrize("password", ["short", "x" * 257, ""])
def test_a_password_has_a_length(tmp_path: Path, password: str) -> None:
    with pytest.raises(UserError, match="characters"):
        add(tmp_path / "users.yaml", "anna", "viewer", password)


def test_the_file_is_read_again_and_a_wrong_one_keeps_the_last_good(tmp_path: Path) -> None:
    path = tmp_path / "users.yaml"
    add(path, "anna", "viewer", PASSWORD)
    file = UsersFile(path)
    add(path, "ben", "viewer", PASSWORD)
    assert set(file.users()) == {"anna", "ben"}
    path.write_text("version: 1\nusers: 7\n")
    assert set(file.users()) == {"anna", "ben"}
    with pytest.raises(BadConfig, match=r"users\.yaml:2: users"):
        UsersFile(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("version: 1\nusers: [{name: a, role: god, password: $argon2id$}]", "viewer, responder"),
        ("version: 1\nusers: [{name: a, role: viewer, password: secret}]", "dashboard-user add"),
        ("version: 1\nusers: [{name: '', role: viewer, password: $argon2id$}]", "characters"),
    ],
)
def test_a_wrong_file_says_what_is_wrong(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "users.yaml"
    path.write_text(text)
    with pytest.raises(BadConfig, match=words) as raised:
        UsersFile(path)
    assert "secret" not in str(raised.value)


def test_nobody_is_compared_as_everybody_is(tmp_path: Path) -> None:
    path = tmp_path / "users.yaml"
    add(path, "anna", "viewer", PASSWORD)
    doorman = Doorman(UsersFile(path).users)
    assert doorman.user("anna", PASSWORD) is not None
    assert doorman.user("anna", PASSWORD + " ") is None
    assert doorman.compared == 2
    assert doorman.user("nobody", PASSWORD) is None
    assert doorman.compared == 3


def test_users_by_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "users.yaml"
    asked = ["dashboard-user", "add", "anna", "--role", "admin", "--users", str(path)]
    done = subprocess.run(
        [sys.executable, "-m", "alerts.main", *asked],
        input=PASSWORD + "\n",
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0
    assert main(["dashboard-user", "list", "--json", "--users", str(path)]) == 0
    assert '{"name": "anna", "role": "admin"}' in capsys.readouterr().out
    assert main(["dashboard-user", "remove", "ben", "--users", str(path)]) == 2
    assert "it has: anna" in capsys.readouterr().err
    assert main(["dashboard-user", "remove", "anna", "--users", str(path)]) == 0
    assert not UsersFile(path).users()
    with pytest.raises(UserError):
        remove(path, "anna")


def test_a_session_is_known_by_its_cookie_alone_and_survives_a_restart(tmp_path: Path) -> None:
    with closing(Sessions(tmp_path)) as sessions:
        cookie, session = sessions.begin("anna", "stamp")
        assert sessions.of(cookie) == session
        for wrong in ("", "x", cookie[:-1], cookie.partition(".")[0], f"x{cookie}", "é" * 40):
            assert sessions.of(wrong) is None
        stored = (tmp_path / "sessions.sqlite").read_bytes()
        stored += (tmp_path / "sessions.sqlite-wal").read_bytes()
        assert session.digest.encode() in stored
        assert cookie.partition(".")[0].encode() not in stored
    with closing(Sessions(tmp_path)) as sessions:
        assert sessions.of(cookie) == session
        sessions.end(session)
        assert sessions.of(cookie) is None
    with closing(Sessions(tmp_path)) as sessions:
        assert sessions.of(cookie) is None
    for name in ("sessions.sqlite", "cookie.key"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_a_session_ends_unused_and_ends_of_age(tmp_path: Path) -> None:
    clock = Clock()
    with closing(Sessions(tmp_path, Lifetime(idle_s=600, absolute_s=3600), clock)) as sessions:
        idle, _ = sessions.begin("anna")
        busy, session = sessions.begin("ben")
        for _ in range(7):
            clock.s += 500
            assert sessions.of(busy) is not None
        assert sessions.of(idle) is None
        assert sessions.lives(session)
        clock.s += 500
        assert not sessions.lives(session)
        assert sessions.of(busy) is None


def test_too_many_sessions_push_out_strangers_first(tmp_path: Path) -> None:
    clock = Clock()
    with closing(Sessions(tmp_path, now_s=clock)) as sessions:
        cookie, _ = sessions.begin("anna")
        strangers = []
        for _ in range(10_000):
            clock.s += 0.001
            strangers.append(sessions.begin()[0])
        assert sessions.of(cookie) is not None
        assert sessions.of(strangers[0]) is None
        assert sessions.of(strangers[-1]) is not None


def test_failures_cost_more_and_more_time_up_to_a_cap() -> None:
    clock = Clock()
    attempts = Attempts(free=3, first_s=1, cap_s=8, now_s=clock)
    waits = []
    for _ in range(8):
        attempts.failed("anna")
        waits.append(attempts.wait_s("anna"))
    assert waits == [0, 0, 1, 2, 4, 8, 8, 8]
    assert attempts.wait_s("ben") == 0
    clock.s += 8
    assert attempts.wait_s("anna") == 0
    attempts.succeeded("anna")
    attempts.failed("anna")
    assert attempts.wait_s("anna") == 0


def test_failures_of_very_many_names_take_no_more_room() -> None:
    attempts = Attempts(free=1)
    for number in range(20_000):
        attempts.failed(f"name {number}")
    assert attempts.wait_s("name 0") == 0
    assert attempts.wait_s("name 19999") > 0
