"""All that `configs/dashboard.yaml` may say, with its defaults; and what makes it safe to run."""

from __future__ import annotations

import hashlib
import socket
import ssl
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator
from typing_extensions import Self

from alerts.errors import BadConfig, UserError
from alerts.own_folder import own_folder
from alerts.settings.broker import Broker
from alerts.settings.reading import load_as
from alerts.settings.terms import SiteName, SitePath, Strict, wrong
from alerts.web.origin import is_loopback

_Host = Annotated[
    str,
    Field(
        min_length=1, max_length=253, pattern=r"^[A-Za-z0-9._:-]+$",
        json_schema_extra={"allowed": "a name or an address of this machine, without a port"},
    ),
]  # fmt: skip


class ServerTls(Strict):
    """The certificate that browsers see."""

    cert_file: SitePath = Field(description="PEM: our certificate, with those above it.")
    key_file: SitePath = Field(description="PEM: its key.")


class Sessions(Strict):
    """How long a login holds."""

    idle_hours: float = Field(default=12, ge=0.25, le=720, description="Without any request.")
    hours_max: float = Field(default=168, ge=0.25, le=8760, description="However busy it was.")


class Keep(Strict):
    """How much is kept on this machine."""

    days: int = Field(default=90, ge=1, le=3650, description="Older events are forgotten.")
    events_max: int = Field(default=50_000, ge=100, le=1_000_000, description="The newest.")
    pictures_mb_max: int = Field(
        default=2000, ge=10, le=10_000_000, description="Above this the oldest go first."
    )


class DashboardConfig(Strict):
    """A whole file."""

    version: Literal[1] = Field(description="Of this file's format.")
    broker: Broker = Field(default=Broker(), description="Where alerts come from.")
    site: SiteName | None = Field(default=None, description="One site; null is all of them.")
    title: str = Field(
        default="floorwatch", min_length=1, max_length=64, description="Stands above every page."
    )
    language: Literal["en", "ko"] | None = Field(
        default=None, description="en or ko; null is what each browser prefers."
    )
    host: _Host = Field(default="127.0.0.1", description="The address it is served on.")
    port: int = Field(default=8910, ge=0, le=65_535, description="0 takes any that is free.")
    names: tuple[_Host, ...] = Field(
        default=(), max_length=32, description="Names that browsers use for this machine."
    )
    users: SitePath | None = Field(
        default=None, description="Who may log in; null: this machine alone, without a login."
    )
    tls: ServerTls | None = Field(default=None, description="Encryption to the browsers.")
    behind_proxy: tuple[_Host, ...] = Field(
        default=(), max_length=8, description="Addresses of the proxy that speaks TLS for us."
    )
    site_file: SitePath | None = Field(
        default=None, description="Site file whose zones admins may draw; null: they cannot."
    )
    evidence: SitePath | None = Field(
        default=None, description="The device's evidence folder, if it is on this machine."
    )
    state: SitePath | None = Field(
        default=None, description="Folder of what is kept here; null is the user's own."
    )
    sessions: Sessions = Field(default=Sessions(), description="How long a login holds.")
    keep: Keep = Field(default=Keep(), description="How much is kept on this machine.")
    streams_max: int = Field(
        default=100, ge=1, le=1000, description="Pages that may be open at a time."
    )

    @property
    def state_folder(self) -> Path:
        """Where the ledger and the sessions live; nothing is created here."""
        return self.state or own_folder() / "dashboard"

    @property
    def client_id(self) -> str:
        """At the broker: the same for the same folder on the same machine, so that what came
        while we were away is kept for us."""
        place = f"{socket.gethostname()}\0{self.state_folder.absolute()}"
        return f"floorwatch-dashboard-{hashlib.sha256(place.encode()).hexdigest()[:12]}"

    @property
    def names_known(self) -> tuple[str, ...]:
        """The names browsers may call us by; of this machine, where others reach it."""
        if is_loopback(self.host):
            return self.names
        return (*self.names, self.host, socket.gethostname())

    @property
    def secure(self) -> bool:
        """Whether browsers come over TLS."""
        return self.tls is not None or bool(self.behind_proxy)

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        if self.tls is not None and self.behind_proxy:
            raise wrong("the proxy speaks TLS; take tls out", "behind_proxy")
        if is_loopback(self.host) and not self.behind_proxy:
            return self
        where = f"{self.host} can be reached from other machines" if not self.behind_proxy else (
            "a proxy lets other machines in"
        )  # fmt: skip
        if self.users is None:
            raise wrong(f"missing, add it ({where}: people must log in)", "users")
        if not self.secure:
            raise wrong(f"missing, add it ({where}: passwords must not go plain)", "tls")
        return self


def load(path: Path) -> DashboardConfig:
    """The file at `path`. Raises `BadConfig`."""
    return load_as(
        DashboardConfig,
        path,
        kind="a file of the dashboard",
        instead="configs/dashboard.yaml is one",
    )


def check_tls(tls: ServerTls) -> None:
    """Raises `UserError` naming the file that cannot be used."""
    for name, path in (("cert_file", tls.cert_file), ("key_file", tls.key_file)):
        if not path.is_file():
            raise UserError(f"tls.{name}: there is no file {path}")
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls.cert_file, tls.key_file, password="")
    except (ssl.SSLError, OSError) as error:
        raise BadConfig(
            f"tls: {tls.cert_file} and {tls.key_file} are not a certificate and its key without a "
            f"pass phrase ({getattr(error, 'reason', None) or error.strerror})"
        ) from error
