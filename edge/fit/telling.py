"""How long a picture must be bad before it is said, and good before it is taken back.

Each reason has a level from 0 to 1 that rises while it is found and falls while it is not. It is
said at 1 and taken back at 0, so a flicker neither raises nor clears it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from alerts.status import Reason

_GAP_S_MAX = 3.0  # of a pause between pictures only so much counts
_CLEAR_S = 15.0  # how long a picture has to be good
SAY_S: Mapping[Reason, float] = {"dark": 15.0, "bright": 25.0, "frozen": 30.0}


@dataclass(frozen=True)
class Finding:
    """What is wrong in one picture. `detail` is in words for an operator, `share` of the view."""

    reason: Reason
    detail: str = ""
    share: float = 1.0


OK = Finding("ok", "", 0.0)


@dataclass(frozen=True)
class Verdict:
    """Whether the camera can see, since when (camera time), why in words for an operator, and how
    much of the view is blind, 0–1."""

    reason: Reason
    since_ns: int
    detail: str
    share: float


@dataclass(frozen=True)
class Telling:
    """How near each reason is to being said, since when it is found, and what is said now."""

    levels: Mapping[Reason, float] = field(default_factory=dict)
    began_ns: Mapping[Reason, int] = field(default_factory=dict)
    said: Verdict | None = None
    last_ns: int | None = None


def told(before: Telling, finding: Finding, at_ns: int) -> Telling:
    """After one more picture."""
    gap_s = 0.0 if before.last_ns is None else (at_ns - before.last_ns) / 1e9
    gap_s = min(max(gap_s, 0.0), _GAP_S_MAX)
    levels: dict[Reason, float] = {}
    began: dict[Reason, int] = {}
    for reason, say_s in SAY_S.items():
        found = reason == finding.reason
        step = gap_s / say_s if found else -gap_s / _CLEAR_S
        level = min(max(before.levels.get(reason, 0.0) + step, 0.0), 1.0)
        if found or level > 0:
            levels[reason] = level
            began[reason] = before.began_ns.get(reason, at_ns)
    return Telling(levels, began, _said(before, levels, began, finding, at_ns), at_ns)


def _said(
    before: Telling,
    levels: Mapping[Reason, float],
    began: Mapping[Reason, int],
    finding: Finding,
    at_ns: int,
) -> Verdict:
    said = before.said or Verdict("ok", at_ns, "", 0.0)
    if levels.get(finding.reason, 0.0) >= 1.0:
        since_ns = said.since_ns if said.reason == finding.reason else began[finding.reason]
        return Verdict(finding.reason, since_ns, finding.detail, finding.share)
    if said.reason != "ok" and said.reason not in levels:
        return Verdict("ok", at_ns, "", 0.0)
    return said
