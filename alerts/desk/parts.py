"""Two parts of the desk's file: answers that come by HTTP, and what is kept for training."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from pydantic import Field, field_validator, model_validator
from typing_extensions import Self

from alerts.settings.terms import SitePath, Strict, wrong

_VARIABLE = r"^[A-Za-z_][A-Za-z0-9_]*$"


class Door(Strict):
    """Answers by HTTP: a signed webhook, and links in e-mails that ask before they answer."""

    enabled: bool = Field(default=False, description="Whether anybody is let in.")
    host: str = Field(
        default="127.0.0.1",
        max_length=64,
        json_schema_extra={"allowed": "an IP address of this machine"},
        description="Where to listen; put a proxy with TLS in front for everybody else.",
    )
    port: int = Field(default=8474, ge=0, le=65_535, description="0 is any that is free.")
    secret_file: SitePath | None = Field(
        default=None, description="A file with the secret of the webhook: whsec_ and base64."
    )
    secret_env: str | None = Field(
        default=None,
        pattern=_VARIABLE,
        max_length=256,
        json_schema_extra={"allowed": "the name of an environment variable"},
        description="Or the environment variable that has it; neither: no webhook.",
    )
    url: str | None = Field(
        default=None,
        max_length=1000,
        pattern=r"^https?://[^\s{}?#]+$",
        json_schema_extra={"allowed": "an address such as https://desk.example"},
        description="How people reach it: pages bear links below it; null is no links.",
    )
    proxies: tuple[str, ...] = Field(
        default=(),
        max_length=8,
        json_schema_extra={"allowed": "IP addresses, or networks such as 10.0.0.0/24"},
        description="Proxies in front: what they say of who asks (X-Forwarded-For) is believed.",
    )
    link_hours: int = Field(default=24, ge=1, le=168, description="How long a link is good.")

    @field_validator("host")
    @classmethod
    def _is_address(cls, host: str) -> str:
        try:
            ip_address(host)
        except ValueError:
            raise wrong("write an IP address, such as 127.0.0.1 or ::1") from None
        return host

    @field_validator("proxies")
    @classmethod
    def _are_addresses(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        for number, one in enumerate(proxies):
            try:
                ip_network(one, strict=False)
            except ValueError:
                raise wrong("write an IP address, or a network as 10.0.0.0/24", number) from None
        return proxies

    @model_validator(mode="after")
    def _one_secret(self) -> Self:
        if self.secret_file is not None and self.secret_env is not None:
            raise wrong("secret_file is given as well; remove one", "secret_env")
        if self.enabled and not (self.secret_file or self.secret_env or self.url):
            raise wrong("nobody could answer: name secret_file, secret_env or url too", "enabled")
        return self


class Negatives(Strict):
    """False alarms kept for the next training, with their clips."""

    enabled: bool = Field(default=True, description="Whether they are kept.")
    path: SitePath | None = Field(
        default=None, description="Folder; null is hard_negatives in the desk's own."
    )
    evidence_folder: SitePath | None = Field(
        default=None,
        description="The device's evidence, where it is on this machine: clips are taken from "
        "there. Else devices have to send them (evidence.send_clip).",
    )
    keep_days: int = Field(default=180, ge=1, le=3650, description="Then they are deleted.")
    mb_max: int = Field(default=5000, ge=10, le=1_000_000, description="The oldest go first.")
