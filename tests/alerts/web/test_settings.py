"""What `floorwatch dashboard` takes: its file, its options, and what it will not run with."""

from __future__ import annotations

import argparse
import json
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from alerts.errors import BadConfig, UserError
from alerts.main import build_parser, main
from alerts.settings.explain import all_keys
from alerts.web.screen import chosen
from alerts.web.settings import DashboardConfig, load
from tests.house.tree import ROOT
from tests.support.certificates import Authority
from tests.support.dashboard import Served, Visitor
from tests.support.mosquitto import Mosquitto
from tests.support.sse import Listener

EXAMPLE = ROOT / "configs" / "dashboard.yaml"
TEXT = EXAMPLE.read_text("utf-8")


def options(*given: str) -> argparse.Namespace:
    return build_parser().parse_args(["dashboard", *given])


def test_the_example_shows_every_default() -> None:
    assert load(EXAMPLE) == DashboardConfig(version=1)


def test_the_example_has_every_key(tmp_path: Path) -> None:
    """With the blocks in comments in place of their `null`."""
    text = re.sub(r"^( *)(\w+): null.*\n(?=\1# \2:)", "", TEXT, flags=re.MULTILINE)
    text = re.sub(r"^( *)# ( *\w+:(?: \S+)?(?: +#.*)?)$", r"\1\2", text, flags=re.MULTILINE)
    (tmp_path / "dashboard.yaml").write_text(text)
    config = load(tmp_path / "dashboard.yaml")
    assert config.tls is not None
    assert config.tls.cert_file == tmp_path / "desk.pem"
    for path, _ in all_keys(of=DashboardConfig):
        name = path.rpartition(".")[2].removesuffix("[]")
        assert re.search(rf"^ *{name}:", text, re.MULTILINE), f"{path} is missing"


def test_options_say_the_same_as_a_file(tmp_path: Path) -> None:
    file = tmp_path / "dashboard.yaml"
    file.write_text(f"version: 1\nport: 8999\nsite: hall-3\nstate: {tmp_path}\n")
    from_file, _ = chosen(options(str(file)))
    from_options, broker = chosen(
        options("--port", "8999", "--site", "hall-3", "--state", str(tmp_path), "--url", "mqtt://b")
    )
    assert from_options == from_file
    assert (broker.host, broker.port, broker.session_expiry_s) == ("b", 1883, 86_400)
    assert broker.client_id == from_file.client_id


def test_two_folders_are_two_clients_and_one_stays_the_same(tmp_path: Path) -> None:
    one = DashboardConfig(version=1, state=tmp_path / "a").client_id
    assert one == DashboardConfig(version=1, state=tmp_path / "a").client_id
    assert one != DashboardConfig(version=1, state=tmp_path / "b").client_id


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["--host", "0.0.0.0"], "--users: missing, add it (0.0.0.0 can be reached"),
        (["--host", "::"], "--users: missing"),
        (["--host", "desk.example"], "--users: missing"),
        (["--host", "0.0.0.0", "--users", "u.yaml"], "--tls-cert: missing, add it"),
        (["--behind-proxy", "192.0.2.1"], "--users: missing, add it (a proxy lets other"),
        (["--port", "70000"], "--port: found the number 70000"),
        (["--host", "http://x"], "--host: found"),
        (["--tls-cert", "x.pem"], "--tls-cert and --tls-key go together"),
        (["--tls-cert", "x.pem", "--tls-key", "y.pem"], "tls.cert_file: there is no file x.pem"),
        (["--url", "http://x"], "--url: write mqtt://"),
        (["--url", "mqtt://a:secret@x"], "--url: a password there"),
        (["--site", "a/b"], "--site: site name"),
        (["no-such.yaml"], "no such file"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(
    given: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["dashboard", *given]) == 2
    told = capsys.readouterr().err
    assert words in told
    assert told.count("\n") == 1
    assert "secret" not in told


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("version: 1\nhost: 0.0.0.0\n", "users: missing"),
        ("version: 1\nhost: 0.0.0.0\nusers: u.yaml\n", "tls: missing"),
        ("version: 1\nprot: 1\n", "did you mean port"),
        ("version: 2\n", "update floorwatch"),
        ("version: 1\ntls: {cert_file: a}\n", "tls.key_file: missing"),
        ("version: 1\nbroker: {password: x}\n", "passwords do not stand"),
    ],
)
def test_a_wrong_file_names_its_line(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "dashboard.yaml").write_text(text)
    with pytest.raises(BadConfig, match=re.escape(words)) as raised:
        load(tmp_path / "dashboard.yaml")
    assert "dashboard.yaml:" in str(raised.value)


def test_with_users_and_tls_it_may_be_reached_from_elsewhere(tmp_path: Path) -> None:
    tls = Authority.make(tmp_path).issue("desk", "DNS:desk")
    config, _ = chosen(
        options(
            "--host", "0.0.0.0", "--users", "u.yaml", "--name", "desk", "--name", "desk.example",
            "--tls-cert", str(tls.cert_file), "--tls-key", str(tls.key_file),
        )
    )  # fmt: skip
    assert config.secure
    assert config.names == ("desk", "desk.example")
    with pytest.raises(UserError, match="not a certificate and its key"):
        chosen(options("--tls-cert", str(tls.cert_file), "--tls-key", str(tmp_path / "ca.key")))


def test_a_port_that_is_taken_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["dashboard", "--state", str(tmp_path), "--port", port]) == 2
        assert "another program listens there" in capsys.readouterr().err


def test_two_do_not_use_one_folder(
    tmp_path: Path, mosquitto: Mosquitto, capsys: pytest.CaptureFixture[str]
) -> None:
    with Served(tmp_path, mosquitto.settings("one")):
        url = f"mqtt://127.0.0.1:{mosquitto.port}"
        assert main(["dashboard", "--url", url, "--state", str(tmp_path), "--port", "0"]) == 2
        assert "in use by another dashboard" in capsys.readouterr().err


def test_it_says_where_it_is_and_ends_when_told(tmp_path: Path, mosquitto: Mosquitto) -> None:
    url = f"mqtt://127.0.0.1:{mosquitto.port}"
    command = ["dashboard", "--url", url, "--state", str(tmp_path), "--port", "0", "--json"]
    with subprocess.Popen(
        [sys.executable, "-m", "alerts.main", *command], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert told["login"] is False
        with Visitor(told["url"].rstrip("/")) as visitor, Listener(visitor):
            assert visitor.me()["role"] == "admin"
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0  # also while a page is open
