"""A real mosquitto for a test: users, ACL, TLS, persistence; stopped, killed, restarted."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import pytest
from typing_extensions import Self

from alerts.broker import BrokerSettings, TlsSettings
from tests.support.until import until

_PLACES = ("/usr/sbin", "/usr/local/sbin", "/usr/bin")


def need(program: str, package: str) -> str:
    """The path of a program; a visible skip where it is missing, a failure in CI."""
    places = os.pathsep.join([os.environ.get("PATH", ""), *_PLACES])
    found = shutil.which(program, path=places)
    if found is None:
        missing = f"{program} is missing: apt-get install {package}"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return found


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Mosquitto:
    """A broker on `host`, its files in `folder`. Entering starts it, leaving ends it.

    `users` are names and passwords (then nobody else may come in), `acl` the text of an ACL file,
    `tls` CA, certificate and key of the broker, with `wants_certificate` also of its clients.
    """

    folder: Path
    users: dict[str, str] = field(default_factory=dict)
    acl: str | None = None
    tls: TlsSettings | None = None
    wants_certificate: bool = False
    persistence: bool = False
    more: str = ""
    config: str | None = None
    port: int = field(default_factory=free_port)
    host: str = "127.0.0.1"

    def __post_init__(self) -> None:
        self._program = need("mosquitto", "mosquitto")
        self._process: subprocess.Popen[bytes] | None = None
        self.folder.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.kill()

    def settings(self, client_id: str = "test") -> BrokerSettings:
        """How to reach it, with short waiting times."""
        return BrokerSettings(
            host=self.host,
            port=self.port,
            client_id=client_id,
            connect_timeout_s=5.0,
            ack_timeout_s=10.0,
        )

    @property
    def log(self) -> str:
        """What the broker said."""
        return (self.folder / "log").read_text("utf-8", "replace")

    def start(self) -> None:
        """Starts it (again, on the same port) and waits until it listens."""
        config = self.folder / "mosquitto.conf"
        config.write_text(self.config if self.config is not None else self._config())
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._program, "-c", str(config)], stdout=log, stderr=subprocess.STDOUT
            )
        process = self._process
        until(lambda: self._listens() or process.poll() is not None, "mosquitto listens")
        assert process.poll() is None, self.log

    def stop(self) -> None:
        """Ends it as a system that shuts down would."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Ends it as a power cut would."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """It stays connected and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on after `freeze`."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(timeout=10)
            self._process = None

    def _listens(self) -> bool:
        try:
            socket.create_connection((self.host, self.port), timeout=1).close()
        except OSError:
            time.sleep(0.01)
            return False
        return True

    def _config(self) -> str:
        lines = [
            "user root",  # only heeded by root: else it could not read the test's folder
            f"listener {self.port} {self.host}",
            f"allow_anonymous {'false' if self.users else 'true'}",
            "log_type all",
        ]
        if self.users:
            lines.append(f"password_file {self._passwords()}")
        if self.acl is not None:
            (self.folder / "acl").write_text(self.acl)
            (self.folder / "acl").chmod(0o600)
            lines.append(f"acl_file {self.folder / 'acl'}")
        if self.tls is not None:
            lines += [
                f"cafile {self.tls.ca_file}",
                f"certfile {self.tls.cert_file}",
                f"keyfile {self.tls.key_file}",
                f"require_certificate {'true' if self.wants_certificate else 'false'}",
            ]
        if self.persistence:
            lines += ["persistence true", f"persistence_location {self.folder}/"]
        return "\n".join([*lines, self.more, ""])

    def _passwords(self) -> Path:
        return password_file(self.folder / "passwords", self.users)


def password_file(path: Path, users: dict[str, str]) -> Path:
    """A password file as mosquitto_passwd makes it."""
    program = need("mosquitto_passwd", "mosquitto")
    path.write_text("".join(f"{name}:{password}\n" for name, password in users.items()))
    path.chmod(0o600)
    subprocess.run([program, "-U", str(path)], check=True, timeout=20)
    return path
