"""Who may come in, and what is told to whoever may not: one line, what to change, no password."""

from __future__ import annotations

import logging
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from alerts.broker import BrokerSettings, TlsSettings, tls_context
from alerts.errors import SinkLost, UserError
from alerts.mqtt import MqttSink, connector
from alerts.ports import Message, Receipt
from tests.support.certificates import Authority
from tests.support.mosquitto import Mosquitto, free_port

SECRET = "not to be seen 7f3a"
PING = Message("ping", b"x")


def why(settings: BrokerSettings) -> str:
    """What is told when connecting fails."""
    with pytest.raises(SinkLost) as raised, MqttSink(settings) as sink:
        sink.send(PING)
    text = str(raised.value)
    assert "\n" not in text
    assert SECRET not in text
    assert str(settings.port) in text or "tls." in text
    return text


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def here(authority: Authority) -> TlsSettings:
    return authority.issue("broker", "IP:127.0.0.1")


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_user_and_password(tmp_path: Path, protocol: Literal["5", "3.1.1"]) -> None:
    with Mosquitto(tmp_path, users={"device": SECRET}) as broker:
        open_ = replace(broker.settings(), protocol=protocol)
        good = replace(open_, username="device", password=SECRET)
        with MqttSink(good) as sink:
            assert isinstance(sink.send(PING), Receipt)
        for bad in (replace(good, password=SECRET + "!"), replace(good, username="dev")):
            assert f"does not accept user {bad.username!r}: check user name, pass" in why(bad)
        assert "does not accept a client without a user name" in why(open_)
    assert SECRET not in repr(good)


def test_tls_with_the_right_name(tmp_path: Path, here: TlsSettings) -> None:
    with Mosquitto(tmp_path, tls=here) as broker:
        settings = replace(broker.settings(), tls=TlsSettings(here.ca_file))
        with MqttSink(settings) as sink:
            assert sink.send(PING) == Receipt(matched=False)
        assert "no host" not in why(replace(settings, tls=None))


def test_tls_with_the_wrong_name(tmp_path: Path, authority: Authority) -> None:
    with Mosquitto(tmp_path, tls=authority.issue("wrong", "DNS:other.example")) as broker:
        settings = replace(broker.settings(), tls=TlsSettings(authority.certificate))
        assert "certificate is not for 127.0.0.1" in why(settings)


def test_an_expired_certificate(tmp_path: Path, authority: Authority) -> None:
    old = authority.issue("old", "IP:127.0.0.1", days=-1)
    with Mosquitto(tmp_path, tls=old) as broker:
        settings = replace(broker.settings(), tls=TlsSettings(authority.certificate))
        assert "has expired: renew it on the broker" in why(settings)


def test_an_unknown_authority(tmp_path: Path, here: TlsSettings) -> None:
    other = Authority.make(tmp_path / "other", "other")
    with Mosquitto(tmp_path, tls=here) as broker:
        for trusted in (other.certificate, None):
            text = why(replace(broker.settings(), tls=TlsSettings(trusted)))
            assert "is not trusted" in text
            assert "set tls.ca_file" in text
        by_option = TlsSettings(other.certificate, given_as="options")
        assert "set --ca-file" in why(replace(broker.settings(), tls=by_option))


def test_client_certificates(tmp_path: Path, authority: Authority, here: TlsSettings) -> None:
    stranger = Authority.make(tmp_path / "stranger", "stranger").issue("client")
    with Mosquitto(tmp_path, tls=here, wants_certificate=True) as broker:
        ours = authority.issue("client")
        with MqttSink(replace(broker.settings(), tls=ours)) as sink:
            sink.send(PING)
        without = replace(broker.settings(), tls=TlsSettings(here.ca_file))
        # Whether we hear why before the line is cut is a matter of microseconds.
        assert re.search(r"wants? a client certificate.*tls\.cert_file", why(without))
        by_option = replace(without, tls=TlsSettings(here.ca_file, given_as="options"))
        assert re.search(r"wants? a client certificate.*--cert-file and --key", why(by_option))
        wrong = replace(stranger, ca_file=here.ca_file)
        text = why(replace(broker.settings(), tls=wrong))
        assert re.search(r"accept our client certificate.*tls\.cert_file", text)


def test_tls_to_a_port_without_it(tmp_path: Path, here: TlsSettings) -> None:
    with Mosquitto(tmp_path) as broker:
        settings = replace(broker.settings(), tls=TlsSettings(here.ca_file))
        assert "no TLS on this port" in why(settings)


def test_tls_files_that_cannot_be_used_are_told_at_the_start(
    tmp_path: Path, authority: Authority, here: TlsSettings
) -> None:
    def told(tls: TlsSettings) -> str:
        with pytest.raises(UserError) as raised:
            connector(BrokerSettings("127.0.0.1", "id", tls=tls), None)
        assert "\n" not in str(raised.value)
        return str(raised.value)

    rubbish = tmp_path / "rubbish.pem"
    rubbish.write_text("no certificate")
    assert "tls.ca_file: there is no file" in told(TlsSettings(tmp_path / "missing"))
    assert "tls.ca_file" in told(TlsSettings(rubbish))
    assert "tls.cert_file: there is no file" in told(replace(here, cert_file=tmp_path / "missing"))
    other = authority.issue("another")
    assert "not a certificate and its key" in told(replace(here, key_file=other.key_file))
    assert "without tls.cert_file" in told(replace(here, cert_file=None))
    tls_context(here)
    # The files were there at the start: later it is a connection that cannot be made, and retried.
    gone = BrokerSettings("127.0.0.1", "id", tls=TlsSettings(tmp_path / "missing"))
    assert "there is no file" in why(gone)


def test_nobody_there_and_nowhere() -> None:
    settings = BrokerSettings("127.0.0.1", "id", port=free_port(), password=SECRET, username="u")
    assert "nobody listens there" in why(settings)
    assert "no such host" in why(replace(settings, host="nowhere.invalid"))


def test_something_else_than_a_broker() -> None:
    with _listener(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        text = why(BrokerSettings("127.0.0.1", "id", port=port, connect_timeout_s=1.0))
        assert "hung up before it answered" in text or "does not answer" in text
    with _listener(b"") as port:
        settings = BrokerSettings("127.0.0.1", "id", port=port, connect_timeout_s=0.3)
        assert "does not answer: is it MQTT?" in why(settings)
        assert "no answer within 0.3 s" in why(replace(settings, tls=TlsSettings()))


@contextmanager
def _listener(answer: bytes) -> Iterator[int]:
    """Takes connections, answers with `answer` and hangs up; with none it only keeps them."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        stop = threading.Event()
        thread = threading.Thread(target=_answer, args=(server, answer, stop))
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            stop.set()
            thread.join(10)


def _answer(server: socket.socket, answer: bytes, stop: threading.Event) -> None:
    server.settimeout(0.05)
    held: list[socket.socket] = []
    while not stop.is_set():
        try:
            line, _ = server.accept()
        except TimeoutError:
            continue
        if answer:
            line.sendall(answer)
            line.close()
        else:
            held.append(line)
    for line in held:
        line.close()


def test_under_3_1_1_a_refusal_looks_like_success_and_that_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    with Mosquitto(tmp_path, acl="topic readwrite open/#\n") as broker:
        connect = connector(replace(broker.settings(), protocol="3.1.1"), None)
        for _ in range(2):
            with connect() as sink:
                assert sink.send(Message("closed", b"x")) == Receipt(matched=True)
    warnings = [record.getMessage() for record in caplog.records]
    assert len(warnings) == 1
    assert "a refused alert looks like a delivered one" in warnings[0]
