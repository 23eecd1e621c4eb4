"""The door for answers that come by HTTP, and where they go from there."""

from __future__ import annotations

import time
from pathlib import Path
from zoneinfo import ZoneInfo

from alerts import signing
from alerts.addressed import Address
from alerts.answers import Command
from alerts.desk import inputs, wording
from alerts.desk.answering import Answering
from alerts.desk.deeds import Bell
from alerts.desk.desk_file import DeskFile
from alerts.desk.hook import Hook
from alerts.desk.intake import command_key
from alerts.desk.links import Links, key_at
from alerts.desk.parts import Door
from alerts.ledger import Ledger
from alerts.settings.secrets import secret
from alerts.topics import Topics


def links(door: Door, folder: Path) -> Links | None:
    """The links that pages bear, None where there are none. The key is kept in `folder`. Raises
    `UserError`."""
    if not door.enabled or door.url is None:
        return None
    return Links(key_at(folder / "links.key"), door.url, age_s_max=door.link_hours * 3600)


def keys(door: Door) -> tuple[bytes, ...]:
    """What webhooks may be signed with. Raises `UserError`."""
    text = secret(door.secret_file, door.secret_env, "answers")
    return () if text is None else (signing.key_of(text, "answers.secret"),)


class AnswersIn:
    """Writes an answer down as if it had come from the broker; any desk on the file may, whoever
    acts will find it."""

    def __init__(
        self, file: DeskFile, ledger: Ledger, prefix: str, decided: Bell, zone: ZoneInfo
    ) -> None:
        self._zone = zone
        self._file = file
        self._ledger = ledger
        self._prefix = prefix
        self._decided = decided

    def take(self, event_id: str, command: Command) -> bool:
        """On disk when it returns; False where no such event is known. Raises `DiskRefused`."""
        site = self._site(event_id)
        if site is None:
            return False
        topic = Topics(self._prefix, site).event_command(event_id)
        key = command_key(Address("command", site, event_id=event_id), command)
        with self._file.writing() as db:
            payload = command.to_json().encode()
            inputs.put(db, key, event_id, topic, payload, put_at=time.time())
        self._decided.ring()
        return True

    def about(self, event_id: str) -> str:
        """What an event is, in one line, on the clock of the desk's file."""
        row = self._ledger.event(event_id)
        if row is None:
            return ""
        where = " / ".join(part for part in (row.site, row.camera, row.zone) if part)
        return f"{row.label}, {where}, {wording.clock(row.opened_at, self._zone)}"

    def _site(self, event_id: str) -> str | None:
        for (site,) in self._file.rows("SELECT site FROM life WHERE event_id = ?", event_id):
            return str(site)
        row = self._ledger.event(event_id)
        return None if row is None else row.site


def hook(door: Door, folder: Path, answers: AnswersIn) -> Hook:
    """What listens. Raises `UserError`."""
    answering = Answering(answers.take, keys(door), links(door, folder), answers.about)
    return Hook(door.host, door.port, answering, door.proxies)
