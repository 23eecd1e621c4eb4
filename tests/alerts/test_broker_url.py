from __future__ import annotations

from pathlib import Path

import pytest

from alerts.broker import TlsSettings
from alerts.broker_url import PASSWORD_VARIABLE, settings_from_url
from alerts.errors import UserError


def test_what_an_address_means(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(PASSWORD_VARIABLE, "from the variable")
    plain = settings_from_url("mqtt://broker.local", "id")
    assert (plain.host, plain.port, plain.tls, plain.username) == ("broker.local", 1883, None, None)
    assert plain.password is None
    assert plain.protocol == "5"
    assert settings_from_url("mqtt://broker", "id", protocol="3.1.1").protocol == "3.1.1"
    known = settings_from_url("mqtt://d%40sk@[::1]:1234", "id")
    assert (known.host, known.port, known.username) == ("::1", 1234, "d@sk")
    assert known.password == "from the variable"
    secret = tmp_path / "secret"
    secret.write_text("from the file\n")
    tls = settings_from_url("mqtts://desk@broker", "id", password_file=secret)
    assert (tls.port, tls.tls, tls.password) == (8883, TlsSettings(), "from the file")
    assert tls.tls is not None
    assert tls.tls.called("ca_file") == "--ca-file"
    assert TlsSettings().called("ca_file") == "tls.ca_file"


def test_what_cannot_be_meant_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="write mqtts://"):
        settings_from_url("mqtt://broker", "id", tls=TlsSettings())
    with pytest.raises(UserError, match="cannot be read"):
        settings_from_url("mqtt://desk@broker", "id", password_file=tmp_path / "missing")
