"""Events that were open when the process ended without a word: killed, or without power.

Nobody would ever close them, and whoever waits for the end would wait for ever. Should the person
still lie there, that is seen anew, and told as a new event.
"""

from __future__ import annotations

import json
from datetime import datetime

from alerts import moments


def goes_on(payload: bytes) -> bool:
    """Whether the next process goes on with it by itself: a camera that could not see is seldom
    mended by a restart, and would be told of twice."""
    try:
        return bool(json.loads(payload)["label"] == "camera")
    except (ValueError, TypeError, KeyError, RecursionError):
        return False


def closing(payload: bytes, at: datetime) -> tuple[int, bytes] | None:
    """The `closed` that follows the last phase told of an event: its seq and its JSON. None where
    that was no event. Not by way of `Event`: an older version may have written it."""
    try:
        fields = json.loads(payload)
        seq = int(fields["seq"]) + 1
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    fields |= {
        "seq": seq,
        "phase": "closed",
        "detected_at": moments.to_text(at),
        "published_at": None,
    }
    return seq, json.dumps(fields, ensure_ascii=False).encode()
