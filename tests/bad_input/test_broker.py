"""Brokers that cannot be used, through `check`. Each fault of TLS and login by itself, and what a
subscriber is told, is tried in `tests/peers/test_mqtt_security.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.bad_input.saying import SECRET, findings, site
from tests.support.certificates import Authority
from tests.support.mosquitto import Mosquitto, free_port


@dataclass(frozen=True)
class Given:
    """A folder of its own and an authority that others trust."""

    folder: Path
    authority: Authority

    def broker(self, **how: Any) -> Mosquitto:
        return Mosquitto(self.folder / "broker", **how)

    def trust(self) -> dict[str, Any]:
        return {"tls": {"ca_file": str(self.authority.certificate)}}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def given(tmp_path: Path, authority: Authority) -> Given:
    (tmp_path / "password").write_text(SECRET)
    return Given(tmp_path, authority)


LOGIN = {"username": "floor", "password_file": "password"}
Case = tuple[Callable[[Given], tuple[Mosquitto, dict[str, Any]]], str]
BROKERS: dict[str, Case] = {
    "wrong password": (
        lambda given: (given.broker(users={"floor": "another"}), LOGIN),
        "does not accept user 'floor': check user name, pass",
    ),
    "ACL": (
        lambda given: (given.broker(acl="topic readwrite elsewhere/#\n"), {}),
        "check the broker's ACL; configs/mosquitto.acl has what floorwatch/lab needs",
    ),
    "expired": (
        lambda given: (
            given.broker(tls=given.authority.issue("old", "IP:127.0.0.1", days=-1)),
            given.trust(),
        ),
        "has expired: renew it on the broker",
    ),
    "another name": (
        lambda given: (
            given.broker(tls=given.authority.issue("other", "DNS:other.example")),
            given.trust(),
        ),
        "certificate is not for 127.0.0.1",
    ),
    "unknown authority": (
        lambda given: (
            given.broker(tls=Authority.make(given.folder / "x", "x").issue("b", "IP:127.0.0.1")),
            given.trust(),
        ),
        "set tls.ca_file",
    ),
    "no certificate of ours": (
        lambda given: (
            given.broker(
                tls=given.authority.issue("broker", "IP:127.0.0.1"), wants_certificate=True
            ),
            given.trust(),
        ),
        "tls.cert_file",
    ),
    "no TLS there": (lambda given: (given.broker(), given.trust()), "no TLS on this port"),
}


@pytest.mark.parametrize("what", BROKERS)
def test_a_broker_that_refuses(given: Given, capsys: pytest.CaptureFixture[str], what: str) -> None:
    made, words = BROKERS[what]
    broker, settings = made(given)
    with broker:
        where = {"host": "127.0.0.1", "port": broker.port}
        path = site(given.folder, broker=where | settings)
        assert words in findings(capsys, Path(path))["broker"]


@pytest.mark.parametrize(
    ("host", "words"),
    [("127.0.0.1", "nobody listens there"), ("nowhere.invalid", "no such host")],
)
def test_a_broker_that_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], host: str, words: str
) -> None:
    path = site(tmp_path, broker={"host": host, "port": free_port()})
    assert words in findings(capsys, Path(path))["broker"]
