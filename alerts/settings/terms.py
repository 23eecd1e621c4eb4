"""The words all files of settings share: strictness, names, paths, logins."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError
from typing_extensions import Self

from alerts.errors import UserError
from alerts.topics import check_name


class Strict(BaseModel):
    """A part of such a file: frozen, no key unknown, no value bent into another type."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, hide_input_in_errors=True
    )


def wrong(words: str, *at: str | int) -> PydanticCustomError:
    """An error to raise in a validator whose words are complete. `at` are the keys, further in,
    of what is to be mended."""
    return PydanticCustomError("told", "{words}", {"words": words, "at": at})


def _named(kind: str) -> AfterValidator:
    """A check that a name can be a level of MQTT topics, a prefix several, divided by /."""

    def check(name: str) -> str:
        try:
            for level in name.split("/") if kind == "prefix" else [name]:
                check_name(kind, level)
        except UserError as error:
            raise wrong(str(error)) from None
        return name

    return AfterValidator(check)


def from_the_site_file(path: Path, info: ValidationInfo) -> Path:
    """`path` as seen from the folder of the site file, if one is being read; `~` is followed."""
    try:
        path = path.expanduser()
    except RuntimeError:
        raise ValueError("there is no such home folder (~)") from None
    folder = (info.context or {}).get("folder")
    return path if folder is None else folder / path


SiteName = Annotated[str, _named("site")]
CameraName = Annotated[str, _named("camera")]
AreaName = Annotated[str, _named("zone or mask")]
RecipientName = Annotated[str, _named("recipient")]
Prefix = Annotated[str, Field(max_length=128), _named("prefix")]
SitePath = Annotated[Path, AfterValidator(from_the_site_file)]


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
        json_schema_extra={"allowed": "the name of an environment variable"},
        description="The name of the environment variable that holds the password.",
    )

    @model_validator(mode="after")
    def _one_password_of_somebody(self) -> Self:
        if self.password_file is not None and self.password_env is not None:
            raise wrong("password_file is given as well; remove one", "password_env")
        if self.username is None and (self.password_file or self.password_env):
            raise wrong("missing, add it (a password is given)", "username")
        return self
