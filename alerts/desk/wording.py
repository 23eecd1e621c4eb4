"""What a page says, for people who are to run: what, where, since when, how it stands."""

from __future__ import annotations

import hashlib
from datetime import datetime, timezone
from typing import get_args
from urllib.parse import quote
from zoneinfo import ZoneInfo

from alerts.desk.record import EventLife, PageOut
from alerts.event import Label
from alerts.paging import Page
from alerts.shapes import Limits, Link, matches

WHAT: dict[Label, str] = {
    "collapse": "A person has collapsed",
    "spill": "Liquid on the floor",
    "camera": "The camera cannot see",
    "unusual": "Something unusual",
}
_SHORT: dict[Label, str] = {
    "collapse": "COLLAPSE",
    "spill": "SPILL",
    "camera": "CANNOT SEE",
    "unusual": "UNUSUAL",
}
_WORDS_MAX = 300  # of what is the matter with a camera, which whoever writes its health words
_NAME_MAX = 30  # of a camera's name in an id, which is to be one level of a topic


def page(
    life: EventLife, out: PageOut, at: datetime, zone: ZoneInfo, link: str | None = None
) -> Page:
    """The page that `out` asks for, due at `at` (UTC); times are told on the clock of `zone`.
    `link` is where to answer, with `{event_id}` in it; one that is no address is left out, for a
    page without it is better than none."""
    about = life.subject
    lines = [_headline(life, out), *_particulars(life, at, zone)]
    if link is not None:
        link = _address(link.replace("{event_id}", quote(about.event_id, safe="")))
    if link is not None:
        lines.append(f"Answer: {link}")
    if about.drill:
        lines.insert(0, "This is a DRILL: nobody is hurt. Please answer it as if it were real.")
    return Page(
        page_id=out.page_id,
        event_id=about.event_id,
        step=out.step,
        recipient=out.recipient,
        subject=_subject(life, out),
        text="\n".join(lines),
        at=at,
        site=about.site,
        camera=about.camera,
        label=about.label,
        zone=about.zone,
        link=link,
        drill=about.drill,
    )


def blind_id(site: str, camera: str | None, at: datetime) -> str:
    """What it is called that a camera, or a whole site, went blind at `at` (UTC): for each of
    them something else, also where two sites have a camera of one name."""
    kind, name = ("site", site) if camera is None else ("camera", camera)
    digest = hashlib.sha256(f"{site}\0{camera or ''}".encode("utf-8", "replace")).hexdigest()[:8]
    return f"{kind}-{name[:_NAME_MAX]}-{at.strftime('%Y%m%dT%H%M%SZ')}-{digest}"


def _address(link: str) -> str | None:
    limits: Limits = get_args(Link)[1]
    fits = len(link) <= (limits.max_length or 0) and matches(limits.pattern or "", link)
    return link if fits else None


def _one_line(words: str) -> str:
    plain = "".join(sign if sign.isprintable() else " " for sign in words)
    return " ".join(plain.split())[:_WORDS_MAX]


def _subject(life: EventLife, out: PageOut) -> str:
    about = life.subject
    what = "CANNOT SEE" if about.label is None else _SHORT[about.label]
    if out.why == "over":
        what = "SEES AGAIN" if about.label in {None, "camera"} else f"{what} is over"
    elif out.why == "reminder":
        what = f"Still going on: {what}"
    elif out.step > 1:
        what = f"NOBODY HAS ANSWERED: {what}"
    where = " / ".join(part for part in (about.site, about.camera, about.zone) if part)
    return f"{'DRILL ' if about.drill else ''}{what}, {where}"[:200]


def _headline(life: EventLife, out: PageOut) -> str:
    about = life.subject
    if about.label is None:
        who = f"Camera {about.camera}" if about.camera else "The whole site"
        return (
            f"{who} sees again."
            if out.why == "over"
            else f"{who} cannot see: {_one_line(about.words)}"
        )
    what = WHAT[about.label] + (f" ({_one_line(about.words)})" if about.words else "")
    if out.why == "reminder":
        return f"{what}; {life.by} has taken it, and it is still going on."
    if out.why == "over":
        return f"{what}: it is over."
    if out.step <= 1:
        return f"{what}."
    reached = " Those before could not be reached." if out.why == "early" else ""
    return f"{what}, and nobody has taken it.{reached}"


def _particulars(life: EventLife, at: datetime, zone: ZoneInfo) -> list[str]:
    about = life.subject
    since_s = max(0.0, (at - about.opened_at).total_seconds())
    told = [f"Site: {about.site}"]
    told += [f"Camera: {about.camera}"] if about.camera else []
    told += [f"Zone: {about.zone}"] if about.zone else []
    told.append(f"Since: {clock(about.opened_at, zone)} ({_ago(since_s)})")
    if about.label is not None:
        still = "Still so" if about.label == "camera" else "Still seen"
        told.append(f"{still}: " + ("yes" if life.ongoing else "no"))
        if about.label != "camera":
            told.append(f"Score: {life.score:.2f}")
    return [*told, f"Event: {about.event_id}"]


def clock(moment: datetime, zone: ZoneInfo) -> str:
    """Day and time there, with the name of the zone."""
    local = moment.astimezone(zone if zone.key != "UTC" else timezone.utc)
    return local.strftime("%Y-%m-%d %H:%M:%S %Z")


def _ago(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s ago"
    return f"{seconds / 60:.0f} min ago" if seconds < 7200 else f"{seconds / 3600:.0f} h ago"
