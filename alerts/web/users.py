"""Who may log in: a file of names, roles and argon2 hashes, readable by its owner alone."""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal, get_args

import yaml
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from pydantic import Field, field_validator, model_validator
from typing_extensions import Self

from alerts.errors import BadConfig, UserError
from alerts.settings.reading import load_as
from alerts.settings.terms import Strict, wrong

Role = Literal["viewer", "responder", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
PASSWORD_LENGTH_MIN = 10
PASSWORD_LENGTH_MAX = 256  # argon2 takes any length; the sender's patience does not
_USERS_MAX = 1000
_HEADER = "# Who may log in to the dashboard. Written by `floorwatch dashboard-user`.\n"

_log = logging.getLogger(__name__)
_hasher = PasswordHasher()  # argon2id, RFC 9106's second choice: 64 MiB, 3 passes


class User(Strict):
    """One who may log in. `viewer` sees, `responder` answers too, `admin` edits zones too."""

    name: str = Field(
        min_length=1, max_length=64, pattern=r"^[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$",
        description="Said in every answer they give.",
        json_schema_extra={"allowed": "1 to 64 characters without control characters"},
    )  # fmt: skip
    role: Role = Field(description="What they may do.")
    password: str = Field(max_length=512, description="The hash of their password.")

    @field_validator("password")
    @classmethod
    def _is_hash(cls, text: str) -> str:
        if not text.startswith("$argon2id$"):
            raise wrong("this is no argon2id hash; write it with `floorwatch dashboard-user add`")
        return text

    def may(self, role: Role) -> bool:
        """Whether they may do what a `role` may."""
        return ROLES.index(self.role) >= ROLES.index(role)


class Users(Strict):
    """The whole file."""

    version: Literal[1] = Field(description="Of this file's format.")
    users: tuple[User, ...] = Field(
        default=(), max_length=_USERS_MAX, description="Who may log in."
    )

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [user.name for user in self.users]
        for index, name in enumerate(names):
            if names.index(name) != index:
                raise wrong("two users have the same name; names must differ", "users", index)
        return self


class UsersFile:
    """The file at `path`, read again when it was changed, so that nobody has to start anew for it.
    Raises `BadConfig` if it is wrong at the start; later the last good one stays, loudly."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mark = _mark(path)
        self._users = _read(path)

    def users(self) -> Mapping[str, User]:
        """By name."""
        mark = _mark(self._path)
        if mark != self._mark:
            self._mark = mark
            try:
                self._users = _read(self._path)
            except BadConfig as error:
                _log.error("the users as they were are kept: %s", error)
        return self._users


class Doorman:
    """Compares passwords. It takes as long for a name that nobody has: against a hash of nothing
    known. `compared` counts how often."""

    def __init__(self, users: Callable[[], Mapping[str, User]]) -> None:
        self.compared = 0
        self._users = users
        self._nobody = _hasher.hash(secrets.token_urlsafe(32))

    def knows(self, name: str, stamp: str, role: Role | None) -> bool:
        """Whether there still is such a user, with that password and role."""
        user = self._users().get(name)
        return user is not None and (stamp_of(user.password), user.role) == (stamp, role)

    def user(self, name: str, password: str) -> User | None:
        """The user, if that is their password. Some 50 ms of a core and 64 MiB."""
        user = self._users().get(name)
        self.compared += 1
        try:
            _hasher.verify(self._nobody if user is None else user.password, password)
        except (VerificationError, InvalidHashError):
            return None
        return user


def stamp_of(password_hash: str) -> str:
    """What a session keeps of the password it began with."""
    return hashlib.sha256(password_hash.encode()).hexdigest()[:16]


def add(path: Path, name: str, role: Role, password: str) -> bool:
    """Writes a user, or changes the one of that name; True if it is a new one. Raises `UserError`
    for a password that is too short, or a file that cannot be used."""
    if not PASSWORD_LENGTH_MIN <= len(password) <= PASSWORD_LENGTH_MAX:
        raise UserError(
            f"the password has {len(password)} characters; choose one of "
            f"{PASSWORD_LENGTH_MIN} to {PASSWORD_LENGTH_MAX}"
        )
    known = _read(path) if path.exists() else {}
    _write(path, {**known, name: User(name=name, role=role, password=_hasher.hash(password))})
    return name not in known


def remove(path: Path, name: str) -> None:
    """Takes a user out; their sessions end with it. Raises `UserError` if there is none."""
    known = dict(_read(path))
    if known.pop(name, None) is None:
        said = ", ".join(known) or "nobody"
        raise UserError(f"{path} has no user {name!r}; it has: {said}")
    _write(path, known)


def _read(path: Path) -> Mapping[str, User]:
    instead = "`floorwatch dashboard-user add` makes one"
    found = load_as(Users, path, kind="a file of users", instead=instead)
    if path.stat().st_mode & 0o077:
        _log.warning("%s: others on this machine may read the hashes in it; chmod 600 it", path)
    return {user.name: user for user in found.users}


def _write(path: Path, users: Mapping[str, User]) -> None:
    fields = {"version": 1, "users": [user.model_dump() for user in users.values()]}
    text = _HEADER + yaml.safe_dump(fields, sort_keys=False, allow_unicode=True, width=1000)
    try:
        # mkstemp makes it readable by its owner alone.
        number, name = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}-")
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}") from error


def _mark(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size
