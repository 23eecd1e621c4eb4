"""Those whom the desk tells go away, hang, or hang up once they have heard it, and come back."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

from alerts.idents import plain
from tests.campaign.dispatch import Dispatch, dispatch
from tests.campaign.row import Findings, Lab
from tests.support import receiver as http
from tests.support import smtp_sink as smtp
from tests.support.until import until

_MANNERS = ("refused", "hang", "cut")
_WHO = ("webhook", "mail", "both")
_TRY_S = 1.0  # one try may take so long: the shortest that a desk's file allows
_AWAY_S = (1.0, 4.0)
_BACK_S = 120.0


@dataclass(frozen=True)
class _Told:
    """One page as it reached somebody. `agrees`: its headers say the same as its body, or as what
    was to be told."""

    page_id: str
    repeat: bool
    agrees: bool


def away(lab: Lab) -> Findings:
    """A webhook receiver and a mail server are taken away and brought back while events flow."""
    chance = random.Random(lab.seed)
    plan = list(product(_MANNERS, _WHO)) * lab.count(3, 1)
    with smtp.SmtpSink() as mail, dispatch(lab, "one", **_desk(mail)) as at:
        for number, (manner, who) in enumerate(plan):
            at.say(2)
            time.sleep(chance.uniform(0, 0.2))
            with _troubled(at.receiver, mail, manner, who):
                at.say(3)
                time.sleep(chance.uniform(*_AWAY_S))
            began_s = time.monotonic()
            until(partial(_all_told, at, mail), f"told after {manner} of {who}", _BACK_S)
            at.findings.recover_s.append(time.monotonic() - began_s)
            at.findings.faults += 1
            lab.say(f"{number + 1} of {len(plan)}: {manner}, {who}")
        at.findings.recover_of = "receiver back → everybody told of everything"
        webhooks = [_webhook(one) for one in [*at.receiver.seen, *at.receiver.taken]]
        letters = [_letter(one) for one in [*mail.seen, *mail.taken]]
        _balance(at.findings, "webhook", webhooks, _wanted(at, 1), len(at.receiver.seen))
        _balance(at.findings, "mail", letters, _wanted(at, 2), len(mail.seen))
        return at.findings


def _desk(mail: smtp.SmtpSink) -> dict[str, Any]:
    """Both are told at once; who does not answer soon is left."""
    server = mail.server()
    return {
        "webhook": {"timeout_s": _TRY_S},
        "others": {"mail": {"email": {"to": ["kim@example.org"]}}},
        "smtp": {
            "host": server.host,
            "port": server.port,
            "security": "none",
            "sender": "Floorwatch <desk@example.org>",
            "timeout_s": _TRY_S,
        },
        "otherwise": {"steps": [{"after_s": 0, "to": ["floor", "mail"]}]},
    }


@contextmanager
def _troubled(
    receiver: http.Receiver, mail: smtp.SmtpSink, manner: str, who: str
) -> Iterator[None]:
    """As long as this lasts."""
    named: dict[str, tuple[http.Receiver | smtp.SmtpSink, ...]]
    named = {"webhook": (receiver,), "mail": (mail,), "both": (receiver, mail)}
    for one in named[who]:
        if manner == "refused":
            one.away()
        else:
            one.manner = manner
    yield
    for one in named[who]:
        if manner == "refused":
            one.back()
        one.manner = "well"


def _webhook(posted: http.Posted) -> _Told:
    page = json.loads(posted.body)["data"]
    page_id, headers = page["page_id"], posted.headers
    ids = {plain(page_id), headers.get("webhook-id"), headers.get("idempotency-key")}
    marked = headers.get("x-floorwatch-repeat") == "true"
    return _Told(page_id, page["repeat"], len(ids) == 1 and marked == page["repeat"])


def _letter(posted: smtp.Posted) -> _Told:
    letter = posted.letter
    marked = letter["X-Floorwatch-Repeat"] == "true"
    page_id = str(letter["Message-ID"]).partition("@")[0].lstrip("<")
    body = letter.get_body(("plain",))
    said = body is not None and "This may have been sent before" in body.get_content()
    return _Told(page_id, marked, said == marked)


def _wanted(at: Dispatch, number: int) -> set[str]:
    """The pages of all events that were said, to the recipient of that number in the step."""
    return {f"{at.event(one).event_id}-s1-{number}" for one in at.said}


def _all_told(at: Dispatch, mail: smtp.SmtpSink) -> bool:
    posted = {_webhook(one).page_id for one in list(at.receiver.taken)}
    written = {_letter(one).page_id for one in list(mail.taken)}
    return _wanted(at, 1) <= posted and _wanted(at, 2) <= written


def _balance(
    findings: Findings, way: str, told: Sequence[_Told], wanted: set[str], badly: int
) -> None:
    """What must hold of everything that reached the receiver, answered well or badly."""
    lost = wanted - {one.page_id for one in told}
    unmarked = Counter(one.page_id for one in told if not one.repeat)
    unknown = sum(count - 1 for count in unmarked.values())
    strange = sum(one.page_id not in wanted or not one.agrees for one in told)
    findings.goal(f"{way}: pages lost", f"{len(lost)} of {len(wanted)}", not lost)
    findings.goal(f"{way}: repeats that are not marked", str(unknown), unknown == 0)
    findings.goal(f"{way}: headers and body name the same page", f"{strange} do not", not strange)
    repeats = len(told) - len({one.page_id for one in told})
    findings.goal(f"{way}: some were told twice, or nothing is shown", str(repeats), repeats > 0)
    marked = sum(one.repeat for one in told)
    findings.notes.append(
        f"{way}: {len(told)} arrived, {badly} of them hung or cut; {repeats} were repeats, "
        f"{marked} were marked as perhaps one"
    )
