"""Passwords: from file or environment, and never in a text."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from alerts.errors import BadConfig
from alerts.settings.problem import without_secrets
from edge.config import Broker, password
from tests.edge.config.conftest import Read

FROM_ENV = Broker(username="u", password_env="BROKER")


def from_file(path: Path) -> Broker:
    return Broker(username="u", password_file=path)


def test_none_is_named() -> None:
    assert password(Broker(), "broker") is None


@pytest.mark.parametrize(
    ("text", "secret"),
    [("geheim", "geheim"), ("geheim\n", "geheim"), ("geheim\r\n", "geheim"), (" a b ", " a b ")],
)
def test_one_line_end_is_not_part_of_it(text: str, secret: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(text.encode())
    assert password(from_file(tmp_path / "secret"), "broker") == secret
    assert password(FROM_ENV, "broker", {"BROKER": text}) == secret


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "there is no such file (relative paths start at the site file's folder)"),
        (b"", "the password is empty"),
        (b"\n", "the password is empty"),
        (b"hunter2\n\n", "the password has more than one line"),
        (b"hunter2\xff", "the file is not UTF-8 text"),
        (b"hunter2" * 1000, "the file is larger than 4096 bytes; this is no password"),
    ],
)
def test_what_cannot_be_used_is_said_without_it(
    content: bytes | None, words: str, tmp_path: Path
) -> None:
    path = tmp_path / "hunter2"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadConfig) as caught:
        password(from_file(path), "cameras[3]")
    assert str(caught.value) == f"cameras[3].password_file: {words}"


def test_a_folder_is_no_password(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="cannot be read: Is a directory"):
        password(from_file(tmp_path), "broker")


def test_a_variable_that_is_not_set() -> None:
    with pytest.raises(BadConfig) as caught:
        password(FROM_ENV, "broker", {})
    words = "no environment variable of this name is set; set it"
    assert str(caught.value) == f"broker.password_env: {words}"


@pytest.mark.parametrize(("mode", "warned"), [(0o600, False), (0o640, False), (0o644, True)])
def test_a_file_for_everybody_is_warned_of(
    mode: int, warned: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "secret"
    path.write_text("geheim")
    path.chmod(mode)
    with caplog.at_level(logging.WARNING):
        password(from_file(path), "broker")
    assert ("chmod 600" in caplog.text) is warned
    assert "geheim" not in caplog.text


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("rtsp://u:p@host:554/s", "rtsp://***@host:554/s"),
        ("rtsp://u:p@q/r@host/s", "rtsp://***@host/s"),
        ("rtsp://host/s?user=u&password=p", "rtsp://host/s?***"),
        ("u:p@host", "***@host"),
        ("films/what?.mp4", "films/what?.mp4"),
        ("rtsp://host/s", "rtsp://host/s"),
    ],
)
def test_addresses_are_shown_without_secrets(address: str, shown: str) -> None:
    assert without_secrets(address) == shown


# Marked, so that it cannot be part of a message by chance.
secrets = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF), max_size=20).map(
    lambda tail: "Zq9x" + tail
)
PLACES = {
    "url": "cameras: [{{name: a, url: {address}}}]",
    "record_url": "cameras: [{{name: a, url: 'rtsp://h/s', record_url: {address}}}]",
    "url of another kind": "cameras: [{{name: a, url: {http}}}]",
    "host": "broker: {{host: {address}}}",
    "broker": "broker: {address}",
    "password": "broker: {{password: {secret}}}",
    "password of a camera": "cameras: [{{name: a, url: 'rtsp://h/s', password: {secret}}}]",
    "password_env": "broker: {{username: u, password_env: {secret}, port: 0}}",
    "password_file": "broker: {{username: u, password_file: {secret}, port: 0}}",
    "unknown key": "broker: {{passphrase: {secret}}}",
    "never closed": "broker: {{passphrase: {secret}",
    "behind a tab": "\tpassword: {secret}",
}


@pytest.mark.parametrize("place", PLACES.values(), ids=list(PLACES))
@example(secret="Zq9x://")
@given(secret=secrets)
@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_secret_in_the_wrong_place_is_not_repeated(read: Read, place: str, secret: str) -> None:
    def quoted(text: str) -> str:
        return "'" + text.replace("'", "''") + "'"

    text = place.format(
        secret=quoted(secret),
        address=quoted(f"rtsp://user:{secret}@host/s"),
        http=quoted(f"http://user:{secret}@host/s"),
    )
    with pytest.raises(BadConfig) as caught:
        read(f"version: 1\nsite: {{name: a}}\n{text}")
    assert "Zq9x" not in str(caught.value)
