"""Passwords, from the file or the environment variable that the site file names.

No message here repeats a path or a name from the site file: people put the password itself there.
"""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from alerts.errors import BadConfig
from alerts.settings import unread
from alerts.settings.terms import Login

SIZE_MAX = 4096  # bytes

_log = logging.getLogger(__name__)


def password(login: Login, where: str, environment: Mapping[str, str] = os.environ) -> str | None:
    """The password of a broker or camera, None if it has none. `where` names it in messages
    (`broker`, `cameras[0]`). One newline at the end is not part of it. Raises `BadConfig`."""
    found = (login.password_file, login.password_env)
    return _secret(*found, f"{where}.password", "password", environment)


def secret(
    file: Path | None, variable: str | None, where: str, environment: Mapping[str, str] = os.environ
) -> str | None:
    """As `password`, of the keys `secret_file` and `secret_env` that stand at `where`."""
    return _secret(file, variable, f"{where}.secret", "secret", environment)


def _secret(
    file: Path | None, variable: str | None, where: str, what: str, environment: Mapping[str, str]
) -> str | None:
    if variable is not None:
        key = f"{where}_env"
        text = environment.get(variable)
        if text is None:
            raise BadConfig(f"{key}: no environment variable of this name is set; set it")
    elif file is not None:
        key = f"{where}_file"
        text = _read(file, key)
    else:
        return None
    text = text[:-1].removesuffix("\r") if text.endswith("\n") else text
    if not text:
        raise BadConfig(f"{key}: the {what} is empty")
    if any(character in text for character in "\r\n\0"):
        raise BadConfig(f"{key}: the {what} has more than one line")
    return text


def _read(path: Path, key: str) -> str:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read(SIZE_MAX + 1)
    except FileNotFoundError:
        raise BadConfig(
            f"{key}: there is no such file (relative paths start at the site file's folder)"
        ) from None
    except (OSError, ValueError) as error:
        raise BadConfig(f"{key}: the file cannot be read: {unread.why(error)}") from None
    if len(data) > SIZE_MAX:
        raise BadConfig(f"{key}: the file is larger than {SIZE_MAX} bytes; this is no password")
    if mode & stat.S_IROTH:
        _log.warning("%s: everybody on this machine may read the file; chmod 600 it", key)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise BadConfig(f"{key}: the file is not UTF-8 text") from None
