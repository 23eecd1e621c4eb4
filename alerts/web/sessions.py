"""Sessions: kept here, known to the browser by a random id alone, in a signed cookie.

On disk stands the digest of the id, so that whoever reads the file can be nobody. They outlive a
restart: a wall screen goes on without anybody logging in at night.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from itsdangerous import BadSignature, Signer

from alerts.errors import UserError

_SESSIONS_MAX = 10_000
_TOLD_S = 60.0  # how often "seen" goes to disk
_TABLES = """
CREATE TABLE IF NOT EXISTS session (
    digest TEXT PRIMARY KEY, name TEXT, stamp TEXT NOT NULL, csrf TEXT NOT NULL,
    begun_s REAL NOT NULL, seen_s REAL NOT NULL);
"""


@dataclass(frozen=True)
class Lifetime:
    """A session ends after `idle_s` without a request, and `absolute_s` after it began."""

    idle_s: float = 12 * 3600.0
    absolute_s: float = 7 * 24 * 3600.0


@dataclass(frozen=True)
class Session:
    """One browser. `name` is who logged in, None before that; `stamp` is of their password, so
    that a new one ends the sessions of the old. `csrf` is what every change has to show."""

    digest: str
    name: str | None
    stamp: str
    csrf: str
    begun_s: float
    seen_s: float


class Sessions:
    """All sessions, in one file of `folder` (0700). Not safe for several threads. Raises
    `UserError` if the folder cannot be used."""

    def __init__(
        self,
        folder: Path,
        lifetime: Lifetime = Lifetime(),
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self._lifetime = lifetime
        self._now_s = now_s
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._signer = Signer(_key(folder / "cookie.key"), salt="floorwatch.session")
            path = folder / "sessions.sqlite"
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode=WAL")
            # Not fsynced: who loses a session logs in again.
            self._db.execute("PRAGMA synchronous=OFF")
            self._db.executescript(_TABLES)
            rows = self._db.execute(
                "SELECT digest, name, stamp, csrf, begun_s, seen_s FROM session ORDER BY seen_s"
            )
            self._known = {row[0]: Session(*row) for row in rows}
        except (OSError, sqlite3.Error) as error:
            raise UserError(
                f"sessions in {folder} cannot be kept ({error}): mend the folder's rights or give "
                "another one with --state"
            ) from error

    def begin(self, name: str | None = None, stamp: str = "") -> tuple[str, Session]:
        """A new session, and its cookie's value. The ones unused for longest end when there are
        too many; those without a name first."""
        now_s = self._now_s()
        secret = secrets.token_urlsafe(32)
        csrf = secrets.token_urlsafe(32)
        session = Session(_digest(secret), name, stamp, csrf, now_s, now_s)
        if len(self._known) >= _SESSIONS_MAX:
            self._make_room()
        self._known[session.digest] = session
        self._db.execute(
            "INSERT INTO session VALUES (?, ?, ?, ?, ?, ?)",
            (session.digest, name, stamp, csrf, now_s, now_s),
        )
        return self._signer.sign(secret).decode(), session

    def of(self, cookie: str) -> Session | None:
        """The session of a cookie, if it is one of ours and has not ended; it is seen by this."""
        try:
            secret = self._signer.unsign(cookie).decode()
        except (BadSignature, UnicodeDecodeError):
            return None
        session = self._known.get(_digest(secret))
        if session is None:
            return None
        if not self.seen(session):
            self.end(session)
            return None
        return self._known[session.digest]

    def seen(self, session: Session) -> bool:
        """Whether it lives; if so, it is in use now."""
        if not self.lives(session):
            return False
        now_s, known = self._now_s(), self._known[session.digest]
        if now_s - known.seen_s > _TOLD_S:
            self._known[session.digest] = replace(known, seen_s=now_s)
            self._db.execute(
                "UPDATE session SET seen_s = ? WHERE digest = ?", (now_s, session.digest)
            )
        return True

    def lives(self, session: Session) -> bool:
        """Whether it is still one of ours, and neither idle nor old."""
        known = self._known.get(session.digest)
        if known is None:
            return False
        now_s, life = self._now_s(), self._lifetime
        return (
            now_s - known.seen_s <= life.idle_s + _TOLD_S
            and now_s - known.begun_s <= life.absolute_s
        )

    def end(self, session: Session) -> None:
        """Its cookie is worth nothing from now on."""
        self._known.pop(session.digest, None)
        self._db.execute("DELETE FROM session WHERE digest = ?", (session.digest,))

    def close(self) -> None:
        """Lets go of the file."""
        self._db.close()

    def _make_room(self) -> None:
        order = sorted(self._known.values(), key=lambda one: (one.name is not None, one.seen_s))
        for session in order[: _SESSIONS_MAX // 10]:
            self.end(session)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _key(path: Path) -> bytes:
    """The key the cookies are signed with; made at the first start."""
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
    except FileExistsError:
        pass
    key = path.read_bytes()
    if len(key) < 32:
        raise UserError(f"{path} is no key of ours: delete it; everybody logs in again")
    return key
