"""The words all parts of the site file share: strictness, names, paths, logins."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, model_validator
from typing_extensions import Self


class Strict(BaseModel):
    """A part of the site file: frozen, no key unknown, no value bent into another type."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, hide_input_in_errors=True
    )


def _name(text: str) -> str:
    for character in text:
        if character in "/+#" or not character.isprintable():
            raise ValueError("a name may not contain / + # or control characters, MQTT forbids it")
    if text.startswith("$") or text != text.strip():
        raise ValueError("a name may not begin with $, nor begin or end with a blank")
    return text


def _from_the_site_file(path: Path, info: ValidationInfo) -> Path:
    folder = (info.context or {}).get("folder")
    return path if folder is None else folder / path.expanduser()


Name = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_name)]
"""Becomes a level of MQTT topics, so it may not contain what means something there."""

SitePath = Annotated[Path, AfterValidator(_from_the_site_file)]
"""A path; a relative one starts at the folder of the site file."""


class Login(Strict):
    """Who to say we are. The password itself never stands in the site file."""

    username: str | None = Field(
        default=None, min_length=1, max_length=256, description="The user to log in as."
    )
    password_file: SitePath | None = Field(
        default=None,
        description="A file that holds the password and nothing else (chmod 600).",
    )
    password_env: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*$",
        max_length=256,
        description="The name of the environment variable that holds the password.",
    )

    @model_validator(mode="after")
    def _one_password_of_somebody(self) -> Self:
        if self.password_file is not None and self.password_env is not None:
            raise ValueError("password_file and password_env exclude each other; remove one")
        if self.username is None and (self.password_file or self.password_env):
            raise ValueError("a password is given but no username; add `username:`")
        return self
