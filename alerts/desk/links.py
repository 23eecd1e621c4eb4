"""Links to answer with, as they stand in e-mails: who was told of which event, signed by the desk,
and good for a day. Whoever has the link may answer, so it is made for one recipient and one event.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from itsdangerous import BadData, SignatureExpired, URLSafeTimedSerializer

from alerts.errors import UserError

PATH = "/answer/"
_KEY_BYTES = 32
_TOKEN_LENGTH_MAX = 1024


class BadLink(Exception):
    """A link that the desk did not make, or that is too old (`expired`)."""

    def __init__(self, *, expired: bool) -> None:
        super().__init__("the link has expired" if expired else "the link is not one of ours")
        self.expired = expired


@dataclass(frozen=True)
class Ticket:
    """What a link stands for: an event, and who was told of it."""

    event_id: str
    who: str


class Links:
    """Makes links below `root` (`https://desk.example`) and reads them again."""

    def __init__(self, key: bytes, root: str, *, age_s_max: int = 24 * 3600) -> None:
        self._root = root.rstrip("/")
        self._age_s_max = age_s_max
        self._signed = URLSafeTimedSerializer(
            key,
            salt="floorwatch answer",
            signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
        )

    def link(self, event_id: str, who: str) -> str:
        """The address at which `who` answers."""
        return f"{self._root}{PATH}{self._signed.dumps([event_id, who])}"

    def read(self, token: str) -> Ticket:
        """What stands behind `PATH`. Raises `BadLink`."""
        if len(token) > _TOKEN_LENGTH_MAX:
            raise BadLink(expired=False)
        try:
            event_id, who = self._signed.loads(token, max_age=self._age_s_max)
        except SignatureExpired:
            raise BadLink(expired=True) from None
        except (BadData, UnicodeError):
            raise BadLink(expired=False) from None
        return Ticket(event_id, who)


def key_at(path: Path) -> bytes:
    """The key kept at `path`, made when there is none: for this user's eyes. Desks that stand in
    for each other share it. Raises `UserError`."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            return _whole(path)
        part = path.with_suffix(f".{secrets.token_hex(4)}.part")
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(_KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):  # another desk was faster: its key it is
            os.link(part, path)
        part.unlink()
        return _whole(path)
    except OSError as error:
        raise UserError(
            f"{path} cannot be used ({error.strerror}): check the folder's owner and rights"
        ) from error


def _whole(path: Path) -> bytes:
    found = path.read_bytes()
    if len(found) != _KEY_BYTES:
        raise UserError(f"{path} is no key of ours: delete it, and another is made")
    return found
