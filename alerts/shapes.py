"""What a field of a message may hold, said once, on the field of the type.

`Annotated[str, Limits(...), Doc("...")]`: the limits become keywords of JSON Schema, the text its
description (`alerts.contract`). Patterns are written for JSON Schema (ECMA-262): `$` is the end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

EVENT_ID = r"^[0-9]{8}T[0-9]{9}Z-[0-9a-f]{10}$"
WHOLE_MAX = 2**53 - 1  # what JSON's readers agree on (RFC 8259, section 6)


@dataclass(frozen=True)
class Limits:
    """Keywords of JSON Schema for one field, as they are named there. With `named` they stand
    once, below `$defs`, with the text `says`."""

    pattern: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    min_length: int | None = field(default=None, metadata={"keyword": "minLength"})
    max_length: int | None = field(default=None, metadata={"keyword": "maxLength"})
    named: str | None = field(default=None, metadata={"keyword": None})
    says: str = field(default="", metadata={"keyword": "description"})

    def keywords(self) -> dict[str, Any]:
        """Those that are set."""
        found = {}
        for one in self.__dataclass_fields__.values():
            keyword, value = one.metadata.get("keyword", one.name), getattr(self, one.name)
            if keyword is not None and value not in {None, ""}:
                found[keyword] = value
        return found


class Keys:
    """The keys that a mapping has, all of them and no others."""

    def __init__(self, *names: str) -> None:
        self.names = names


class Added:
    """Marks a field that came after the first version of the contract: older messages have none,
    and it is left out where there is nothing to say."""


def matches(pattern: str, text: str) -> bool:
    """Whether `text` holds what `pattern` asks for, as JSON Schema means it: Python's own `$` lets
    a line feed follow."""
    ours = pattern[:-1] + r"\Z" if pattern.endswith("$") else pattern
    return re.search(ours, text) is not None


_CONTROLS = r"\u0000-\u001f\u007f-\u009f\u2028\u2029"
_TEXT_CONTROLS = r"\u0000-\u0008\u000b-\u001f\u007f-\u009f"  # a note may have lines

Name = Annotated[
    str,
    Limits(
        named="name",
        says="A topic level: none of / + #, no control characters, no leading $.",
        pattern=rf"^(?!\$)(?!\.\.?$)[^/+#{_CONTROLS}]+$",
        min_length=1,
        max_length=64,
    ),
]
Moment = Annotated[
    datetime,
    Limits(
        named="moment",
        says="RFC 3339 in UTC with milliseconds.",
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$",
    ),
]
EventId = Annotated[str, Limits(pattern=EVENT_ID)]
Fraction = Annotated[float, Limits(named="fraction", minimum=0, maximum=1)]
Sha256 = Annotated[str, Limits(named="sha256", pattern="^[0-9a-f]{64}$")]
Count = Annotated[int, Limits(minimum=0, maximum=WHOLE_MAX)]
Word = Annotated[str, Limits(min_length=1)]
# Who did it, and which message it was: one line each.
Person = Annotated[str, Limits(min_length=1, max_length=64, pattern=f"^[^{_CONTROLS}]+$")]
RequestId = Annotated[str, Limits(pattern="^[A-Za-z0-9_-]{1,64}$")]
Note = Annotated[str, Limits(max_length=500, pattern=f"^[^{_TEXT_CONTROLS}]*$")]
Line = Annotated[str, Limits(max_length=200, pattern=f"^[^{_CONTROLS}]*$")]
Key = Annotated[str, Limits(max_length=200, pattern=f"^[^/+#{_CONTROLS}]+$")]
Text = Annotated[str, Limits(max_length=4000, pattern=f"^[^{_TEXT_CONTROLS}]*$")]
Link = Annotated[str, Limits(max_length=2000, pattern=f"^[^ {_CONTROLS}]+$")]
