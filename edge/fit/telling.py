"""How long a picture must be bad before it is said, and good before it is taken back.

Each reason has a level from 0 to 1 that rises while it is found and falls while it is not. It is
said at 1 and taken back at 0, so a flicker neither raises nor clears it. What is found in turns by
several names (a hand that is dark, then blocks) rises together and is said by the name found most.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from alerts.status import Reason

_GAP_S_MAX = 3.0  # of a pause between pictures only so much counts
_CLEAR_S = 15.0  # how long a picture has to be good
_SPARSE_S = 40.0
_NAMED = 0.3  # of a level
SAY_S: Mapping[Reason, float] = {
    "dark": 15.0, "bright": 25.0, "frozen": 20.0, "damaged": 12.0, "moved": 25.0, "blurred": 25.0,
    "blocked": 25.0,
}  # fmt: skip


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
    """How near each reason is to being said, since when anything is found, what was found of each
    last, and what is said now."""

    levels: Mapping[Reason, float] = field(default_factory=dict)
    latest: Mapping[Reason, Finding] = field(default_factory=dict)
    began_ns: int | None = None
    last_ns: int | None = None
    said: Verdict | None = None


def told(before: Telling, finding: Finding, at_ns: int) -> tuple[Telling, Verdict]:
    """After one more picture."""
    gap_s = 0.0 if before.last_ns is None else (at_ns - before.last_ns) / 1e9
    gap_s = min(max(gap_s, 0.0), _GAP_S_MAX)
    levels: dict[Reason, float] = {}
    for reason, say_s in SAY_S.items():
        step = gap_s / say_s if reason == finding.reason else -gap_s / _fall_s(reason, finding)
        level = min(max(before.levels.get(reason, 0.0) + step, 0.0), 1.0)
        if level > 0 or reason == finding.reason:
            levels[reason] = level
    latest = {**before.latest, finding.reason: finding}
    began_ns = (at_ns if before.began_ns is None else before.began_ns) if levels else None
    said = before.said or Verdict("ok", at_ns, "", 0.0)
    if began_ns is None:
        said = said if said.reason == "ok" else Verdict("ok", at_ns, "", 0.0)
    else:
        said = _said(said, levels, _name(levels, finding), latest, began_ns)
    return Telling(levels, latest, began_ns, at_ns, said), said


def _fall_s(reason: Reason, finding: Finding) -> float:
    """Another reason takes a name back slowly, a good picture fast; but a damaged stream shows good
    pictures in between."""
    return (
        4 * _CLEAR_S if finding.reason != "ok" else _SPARSE_S if reason == "damaged" else _CLEAR_S
    )


def _name(levels: Mapping[Reason, float], finding: Finding) -> Reason:
    """What it is called: what is found now, if that is not new, or else what was found most."""
    if levels.get(finding.reason, 0.0) >= _NAMED:
        return finding.reason
    return max(levels, key=lambda reason: levels[reason])


def _said(
    said: Verdict,
    levels: Mapping[Reason, float],
    name: Reason,
    latest: Mapping[Reason, Finding],
    began_ns: int,
) -> Verdict:
    """What is said while something is found, or was not long ago."""
    if said.reason == "ok":
        if sum(levels.values()) < 1.0:
            return said
    elif levels[name] <= levels.get(said.reason, 0.0):
        name = said.reason
    since_ns = said.since_ns if said.reason == name else began_ns
    finding = latest[name]
    return Verdict(name, since_ns, finding.detail, finding.share)
