"""What a file of settings says of the broker, and how that broker is reached."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator
from typing_extensions import Self

from alerts.broker import BrokerSettings, TlsSettings
from alerts.settings.secrets import password
from alerts.settings.terms import Login, Prefix, SitePath, Strict, wrong


class Tls(Strict):
    """Encryption to the broker."""

    ca_file: SitePath | None = Field(
        default=None, description="Who signs the broker's certificate; null is the system's list."
    )
    cert_file: SitePath | None = Field(default=None, description="Our own certificate.")
    key_file: SitePath | None = Field(default=None, description="The key of our certificate.")

    @model_validator(mode="after")
    def _is_pair(self) -> Self:
        if (self.cert_file is None) != (self.key_file is None):
            raise wrong("cert_file and key_file go together; give both or none")
        return self


class Broker(Login):
    """The MQTT broker that carries the alerts."""

    host: str = Field(
        default="localhost",
        min_length=1,
        max_length=253,
        pattern=r"^[^\s/@]+$",
        description="The broker's name or address.",
        json_schema_extra={"allowed": "a host name or an address, without mqtt://, user or port"},
    )
    port: int = Field(
        default=1883, ge=1, le=65_535, description="1883, or 8883 where tls is given."
    )
    protocol: Literal["5", "3.1.1"] = Field(
        default="5", description='"3.1.1" for old brokers; they cannot say that they refuse.'
    )
    prefix: Prefix = Field(default="floorwatch", description="First levels of every topic.")
    client_id: str | None = Field(
        default=None,
        min_length=1,
        max_length=128,
        description="Unique at the broker; null makes one from the site's name.",
    )
    tls: Tls | None = Field(default=None, description="Encryption; null is none.")
    keepalive_s: int = Field(
        default=30, ge=5, le=3600, description="How often the line is felt for."
    )

    @model_validator(mode="before")
    @classmethod
    def _port_of_tls(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("tls") is not None:
            return {"port": 8883, **given}
        return given


def settings_of(chosen: Broker, client_id: str) -> BrokerSettings:
    """How that broker is reached. `client_id` is taken where the file names none. Raises
    `BadConfig` where there is no password to be had."""
    tls = None
    if chosen.tls is not None:
        tls = TlsSettings(chosen.tls.ca_file, chosen.tls.cert_file, chosen.tls.key_file)
    return BrokerSettings(
        host=chosen.host,
        port=chosen.port,
        protocol=chosen.protocol,
        client_id=chosen.client_id or client_id,
        username=chosen.username,
        password=password(chosen, "broker"),
        tls=tls,
        keepalive_s=chosen.keepalive_s,
    )
