"""What a newer device tells and this version does not know: shown plainly, since no alert may be
invisible, and no camera that cannot see."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

_WORDS_MAX = 60


@dataclass(frozen=True)
class UnknownAlert:
    """What can be told of it: `key` tells copies apart where it has an id, `text` is its JSON."""

    key: tuple[str, int] | None
    words: str
    text: str


def unknown_alert(topic: str, payload: bytes) -> UnknownAlert | None:
    """The alert in `payload`, taken for what its topic says; None if it is no JSON object."""
    fields = _object(payload)
    if fields is None:
        return None
    *_, site, _, camera, label = ["", "", "", "", *topic.split("/")]
    told = [f"{site} / {camera} ", label, *(_word(fields, name) for name in ("phase", "event_id"))]
    words = " ".join(word for word in told if word)
    return UnknownAlert(_key(fields), words, json.dumps(fields))


def unknown_health(topic: str, payload: bytes) -> str | None:
    """What is said of the camera of that topic; None if nothing is."""
    fields = _object(payload)
    reason = _word(fields or {}, "reason")
    *_, site, _, camera, _ = ["", "", "", "", *topic.split("/")]
    return f"{site} / {camera}  cannot see: {reason}" if reason not in {"", "ok"} else None


def _object(payload: bytes) -> dict[str, Any] | None:
    try:
        fields = json.loads(payload)
        json.dumps(fields)
    except (ValueError, RecursionError):
        return None
    return fields if isinstance(fields, dict) else None


def _key(fields: dict[str, Any]) -> tuple[str, int] | None:
    name, seq = fields.get("event_id"), fields.get("seq")
    return (name, seq) if isinstance(name, str) and type(seq) is int else None


def _word(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    return value[:_WORDS_MAX] if isinstance(value, str) else ""
