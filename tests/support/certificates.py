"""Throw-away certificates, made with the openssl command while a test runs."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from alerts.broker import TlsSettings
from tests.support.mosquitto import need


@dataclass(frozen=True)
class Authority:
    """A certificate authority of its own, its files in `folder`."""

    folder: Path
    name: str

    @classmethod
    def make(cls, folder: Path, name: str = "ca") -> Authority:
        """A new one."""
        folder.mkdir(parents=True, exist_ok=True)
        made = cls(folder, name)
        made._openssl(
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
            "-subj", f"/CN={name}", "-keyout", str(made._key), "-out", str(made.certificate),
        )  # fmt: skip
        return made

    @property
    def certificate(self) -> Path:
        """What others trust."""
        return self.folder / f"{self.name}.pem"

    @property
    def _key(self) -> Path:
        return self.folder / f"{self.name}.key"

    def issue(self, name: str, hosts: str = "", *, days: int = 2) -> TlsSettings:
        """A certificate for `hosts` (`IP:127.0.0.1,DNS:localhost`); expired if `days` is < 0."""
        key, request, out = (self.folder / f"{name}.{ending}" for ending in ("key", "csr", "pem"))
        self._openssl(
            "req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}",
            "-keyout", str(key), "-out", str(request),
        )  # fmt: skip
        extensions = self.folder / f"{name}.ext"
        extensions.write_text(
            f"subjectAltName={hosts}\n" if hosts else "keyUsage=digitalSignature\n"
        )
        self._openssl(
            "x509", "-req", "-in", str(request), "-CA", str(self.certificate),
            "-CAkey", str(self._key), "-CAcreateserial", "-days", str(days),
            "-extfile", str(extensions), "-out", str(out),
        )  # fmt: skip
        return TlsSettings(self.certificate, out, key)

    @staticmethod
    def _openssl(*arguments: str) -> None:
        program = need("openssl", "openssl")
        subprocess.run([program, *arguments], check=True, capture_output=True, timeout=60)
