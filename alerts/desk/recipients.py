"""Recipients: who can be told, and how. A part of the desk's file."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator
from typing_extensions import Self

from alerts.settings.broker import Tls
from alerts.settings.terms import Login, SitePath, Strict, wrong

Way = Literal["publish", "webhook", "email", "command"]
WAYS: tuple[Way, ...] = ("publish", "webhook", "email", "command")
_VARIABLE = r"^[A-Za-z_][A-Za-z0-9_]*$"


class Webhook(Strict):
    """A server that takes pages as signed JSON."""

    url: str = Field(min_length=8, max_length=2048, description="https://… of the receiver.")
    secret_file: SitePath | None = Field(
        default=None, description="A file with the secret to sign with: whsec_ and base64."
    )
    secret_env: str | None = Field(
        default=None,
        pattern=_VARIABLE,
        max_length=256,
        json_schema_extra={"allowed": "the name of an environment variable"},
        description="Or the environment variable that has it.",
    )
    timeout_s: float = Field(default=10, ge=1, le=30, description="How long one try may take.")
    tls: Tls | None = Field(default=None, description="Whom to trust; null is the system's list.")

    @field_validator("url")
    @classmethod
    def _is_url(cls, url: str) -> str:
        if "@" in url.partition("?")[0].rpartition("//")[2].partition("/")[0]:
            raise ValueError("user and password do not stand in an address; sign with a secret")
        if not re.match(r"https?://", url) or not urlsplit(url).hostname:
            raise ValueError("write it as https://host/path")
        return url

    @model_validator(mode="after")
    def _one_secret(self) -> Self:
        if self.secret_file is not None and self.secret_env is not None:
            raise wrong("secret_file is given as well; remove one", "secret_env")
        return self


class Email(Strict):
    """People with an e-mail address."""

    to: tuple[str, ...] = Field(
        min_length=1, max_length=32, description="The addresses, each name@example.org."
    )

    @field_validator("to")
    @classmethod
    def _are_addresses(cls, to: tuple[str, ...]) -> tuple[str, ...]:
        for number, address in enumerate(to):
            if not re.fullmatch(r"[^\s@<>,;]{1,64}@[^\s@<>,;]{1,255}", address):
                raise wrong("no e-mail address; write name@example.org", number)
        return to


class Command(Strict):
    """A program on this machine."""

    argv: tuple[str, ...] = Field(
        min_length=1, max_length=64, description="The program and its arguments; no shell."
    )
    timeout_s: float = Field(default=20, ge=1, le=30, description="How long it may take.")
    environment: tuple[str, ...] = Field(
        default=(), max_length=64, description="Names of the variables it may see, of ours."
    )


class Recipient(Strict):
    """Somebody who can be told, in one way."""

    publish: bool = Field(default=False, description="true: on the topic pages/NAME.")
    webhook: Webhook | None = Field(default=None, description="To a server, signed.")
    email: Email | None = Field(default=None, description="By e-mail; needs `smtp`.")
    command: Command | None = Field(default=None, description="By a program on this machine.")

    @property
    def way(self) -> Way:
        """How."""
        return next(way for way in WAYS if getattr(self, way))

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        given = [way for way in WAYS if getattr(self, way)]
        if len(given) != 1:
            found = " and ".join(given) or "nothing"
            raise wrong(f"found {found}; allowed: exactly one of {', '.join(WAYS)}")
        return self


class Smtp(Login):
    """The server that takes our e-mails."""

    host: str = Field(
        min_length=1,
        max_length=253,
        pattern=r"^[^\s/@]+$",
        description="Its name or address.",
        json_schema_extra={"allowed": "a host name or an address, without user or port"},
    )
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="none only on this machine or a network of its own."
    )
    port: int | None = Field(
        default=None, ge=1, le=65_535, description="null: 587 for starttls, 465 for tls, 25."
    )
    sender: str = Field(
        min_length=3, max_length=320, description="Who it comes from: Floorwatch <me@example.org>."
    )
    timeout_s: float = Field(default=20, ge=1, le=30, description="How long one try may take.")
    tls: Tls | None = Field(default=None, description="Whom to trust; null is the system's list.")
