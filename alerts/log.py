"""Logging: one line a record on standard error, `key=value`, the thread's name in front.

    grab:hall level=warning at=2026-11-20T17:45:12.345Z from=edge.grab msg="no frames for 20 s"

Further fields are given as `extra={"fields": {"camera": "hall"}}`. Floods are summed once a second
(`alerts.floods`).
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping
from datetime import datetime, timezone

from alerts import moments
from alerts.floods import FloodSummary

LEVELS = ("debug", "info", "warning", "error")


class KeyValueFormatter(logging.Formatter):
    """One line, whatever the message holds: values are quoted, line breaks written `\\n`."""

    def format(self, record: logging.LogRecord) -> str:
        """The record's line."""
        at = datetime.fromtimestamp(record.created, timezone.utc)
        fields: dict[str, object] = {
            "level": record.levelname.lower(),
            "at": moments.to_text(at),
            "from": record.name,
            "msg": record.getMessage(),
        }
        further = getattr(record, "fields", None)
        if isinstance(further, Mapping):
            fields.update(further)
        if record.exc_info:
            fields["exc"] = self.formatException(record.exc_info)
        pairs = " ".join(f"{key}={_value(value)}" for key, value in fields.items())
        return f"{record.threadName} {pairs}"


def _value(value: object) -> str:
    text = json.dumps(value) if value is None or isinstance(value, bool) else str(value)
    plain = text and all(sign.isalnum() or sign in "._:-+/@" for sign in text)
    if plain:
        return text
    # json escapes line breaks, and we what else could command a terminal.
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in quoted)


def set_up(level: str) -> None:
    """Sends all records from `level` on to standard error. For the one command, at its start."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(KeyValueFormatter())
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(FloodSummary(handler))
    root.setLevel(level.upper())
