"""The life of one event at the desk: who is told when, and what people make of it.

    opened ─▶ open ─▶ escalated        each step of the chain at its time, none left out
                └───────┴─▶ acknowledged ─▶ resolved ─▶ (seen again much later) open
                                any but a false alarm ─▶ false_alarm, for good

Everything that changes it is here, and nothing else: no clock, no disk, no network. `advance` is
given the life, what happened and the time, and gives the life as it is then and what is to be done.
What happened twice changes nothing the second time, whatever came between. A chain that could tell
nobody at all begins again, until somebody is told. A camera or a site that
went blind has a life too: it is opened and closed by the desk itself, and its end is told.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from alerts.answers import Command
from alerts.desk.record import (
    Course,
    EventLife,
    Input,
    Intent,
    Moment,
    PageOut,
    Seen,
    Silence,
    Tell,
    Unreached,
    Why,
)
from alerts.standing import UNTAKEN, EventState, Standing

DRILL_S_MAX = 900.0  # a drill whose end was never told is over then
_ANSWERS_MAX = 64  # remembered answers of one event, to know a copy by
_UNREACHED = "Nobody of the last step could be told."
_NOBODY = "Nobody could be told. All are tried again."
_AGAIN_S, _AGAIN_S_MAX = 60.0, 3600.0  # before a chain that told nobody begins again; doubling

_Due = Literal["again", "drill", "reminder", "step"]  # in this order where they are due at once


def advance(life: EventLife, given: Input, now: Moment) -> Course:
    """What becomes of `life`, and what is to be done, in this order. One version at most."""
    after, intents = _react(life, given, now)
    after, due = _fire_due(after, now)
    if isinstance(given, Unreached):  # after what is due: else it would be of the step to come
        after, more = _unreached(after, given, now)
        due += more
    done = tuple(one for one in (*intents, *due) if _holds(after, one))
    if _shown(after) != _shown(life):
        after = replace(after, version=after.version + 1)
        done = (*done, Tell(after))
    return after, done


def recalled(life: EventLife, state: EventState, answers: Iterable[str], now: Moment) -> EventLife:
    """As `state` says it stood before the book was lost: what somebody answered stays answered, and
    versions go on from there, for nobody heeds a lower one. `answers` are those known since."""
    if life.untaken and state.standing in UNTAKEN:
        return replace(life, version=state.version)  # its chain is on its way again
    life = replace(life, recalled=life.recalled or life.at is None, version=state.version)
    life = replace(life, step=min(state.step, len(life.plan.steps)), answers=tuple(answers))
    life = _standing(life, state.standing, state.by, state.note, now)
    score, ongoing = max(life.score, state.score), state.ongoing and life.ongoing
    return replace(life, at=state.at, score=score, ongoing=ongoing)


def _holds(after: EventLife, intent: Intent) -> bool:
    """A page that was due, and was overtaken by the end within the same moment, is not to go."""
    if not isinstance(intent, PageOut) or intent.why == "over":
        return True
    return after.standing == "acknowledged" if intent.why == "reminder" else after.untaken


def next_due_s(life: EventLife) -> float | None:
    """When a `Tick` next changes something, on the desk's clock; None for never."""
    due = _next_due(life)
    return None if due is None else due[0]


def state_of(life: EventLife, desk: str) -> EventState | None:
    """As it is published by the desk of that name; None for what is no event of a camera's."""
    subject = life.subject
    if subject.camera is None or subject.label is None or life.at is None:
        return None
    return EventState(
        event_id=subject.event_id,
        version=life.version,
        standing=life.standing,
        by=life.by,
        at=life.at,
        note=life.note,
        step=life.step,
        site=subject.site,
        camera=subject.camera,
        label=subject.label,
        zone=subject.zone,
        opened_at=subject.opened_at,
        ongoing=life.ongoing,
        score=life.score,
        desk=desk,
    )


def _shown(life: EventLife) -> tuple[object, ...]:
    return life.at, life.standing, life.by, life.note, life.step, life.ongoing


def _react(life: EventLife, given: Input, now: Moment) -> Course:
    if isinstance(given, Seen):
        return _seen(life, given, now)
    if isinstance(given, Command):
        return _answered(life, given, now)
    return life, ()


def _seen(life: EventLife, seen: Seen, now: Moment) -> Course:
    if seen.seq <= life.seq:
        return life, ()  # a copy, or one that was overtaken
    after = replace(
        life, seq=seen.seq, ongoing=seen.phase != "closed", score=max(life.score, seen.score)
    )
    late = life.untaken and not life.paging and _calls_now(after, seen)
    if life.at is None:
        after = _begun(after, now, paging=not seen.old)
    elif late or _reopens(life, seen, now):
        after = _begun(after, now, paging=True)
    return _ended(after, now) if not after.ongoing and life.ends_itself else (after, ())


def _calls_now(life: EventLife, seen: Seen) -> bool:
    """Of what was not taken and is not told on: whether it was recorded as an old one and is still
    there, or the book was lost and nobody knows who was told."""
    return life.ongoing and not seen.replayed if not life.recalled else not seen.old


def _reopens(life: EventLife, seen: Seen, now: Moment) -> bool:
    """Whether it is still seen, so long after somebody said that it was over."""
    if life.standing != "resolved" or seen.phase == "closed" or seen.replayed:
        return False
    return now.s - seen.waited_s >= life.stood_s + life.plan.reopen_after_s


def _begun(life: EventLife, now: Moment, *, paging: bool) -> EventLife:
    """The chain begins, at its beginning."""
    life = _standing(life, "open", None, "", now)
    life = replace(life, paging=paging, round=life.round + 1, step=0, began_s=now.s)
    return replace(life, unreached_s=None)


def _standing(
    life: EventLife, standing: Standing, by: str | None, note: str, now: Moment
) -> EventLife:
    return replace(
        life, standing=standing, by=by, note=note, at=now.at, stood_s=now.s, reminded_s=now.s
    )


def _answered(life: EventLife, command: Command, now: Moment) -> Course:
    if life.at is None or command.command_id in life.answers:
        return life, ()
    answers = (*life.answers, command.command_id)[-_ANSWERS_MAX:]
    life = replace(life, answers=answers)
    becomes: dict[str, Standing] = {}
    if life.standing in UNTAKEN:
        becomes = {"acknowledge": "acknowledged", "resolve": "resolved"}
    elif life.standing == "acknowledged":
        becomes = {"resolve": "resolved"}
    if life.standing != "false_alarm":
        becomes["false_alarm"] = "false_alarm"
    standing = becomes.get(command.action)
    if standing is None:
        return life, ()
    return _standing(life, standing, command.who, command.note, now), (Silence(),)


def _unreached(life: EventLife, unreached: Unreached, now: Moment) -> Course:
    if not life.untaken or life.round != unreached.round:
        return life, ()
    current, last = life.step == unreached.step, life.step >= len(life.plan.steps)
    if last and unreached.nobody:
        return replace(life, note=_NOBODY, unreached_s=now.s), ()
    if not current:
        return life, ()
    return (replace(life, note=_UNREACHED), ()) if last else _fire(life, now, "early")


def _again(life: EventLife, now: Moment) -> EventLife:
    """All are told anew, for by now one of them may be reached."""
    life = replace(life, round=life.round + 1, step=0, began_s=now.s)
    return replace(life, note="", unreached_s=None)


def _ended(life: EventLife, now: Moment) -> Course:
    """It ended by itself."""
    if life.standing in {"resolved", "false_alarm"}:
        return life, ()
    words = "The drill is over." if life.subject.drill else "It ended by itself."
    after = _standing(life, "resolved", None, words, now)
    after, pages = _pages(after, 0, _paged(after), "over") if life.plan.end_is_told else (after, ())
    return after, (Silence(), *pages)


def _fire_due(life: EventLife, now: Moment) -> Course:
    """All that is due by now, in its order: a desk that was away leaves no step out."""
    intents: tuple[Intent, ...] = ()
    while (due := _next_due(life)) is not None and due[0] <= now.s:
        if due[1] == "step":
            life, more = _fire(life, now, "step")
        elif due[1] == "again":
            life, more = _again(life, now), ()
        else:
            life, more = _remind(life, now) if due[1] == "reminder" else _ended(life, now)
        intents += more
    return life, intents


def _next_due(life: EventLife) -> tuple[float, _Due] | None:
    due: list[tuple[float, _Due]] = []
    plan, taken = life.plan, life.standing == "acknowledged"
    if life.untaken and life.paging and life.step < len(plan.steps):
        due.append((life.began_s + plan.steps[life.step].after_s, "step"))
    if life.untaken and life.unreached_s is not None:
        wait_s = min(_AGAIN_S_MAX, _AGAIN_S * 2.0 ** min(life.round - 1, 10))
        due.append((life.unreached_s + wait_s, "again"))
    if taken and life.ongoing and plan.remind_s and life.step:
        due.append((life.reminded_s + plan.remind_s, "reminder"))
    if life.subject.drill and (life.untaken or taken):
        due.append((life.began_s + DRILL_S_MAX, "drill"))
    return min(due, default=None)


def _fire(life: EventLife, now: Moment, why: Why) -> Course:
    """The next step. The first leaves it open, each further one makes it escalated, from now on: so
    far up it stands since then."""
    step = life.step + 1
    if step > 1:
        life = _standing(life, "escalated", None, "", now)
    life = replace(life, step=step)
    return _pages(life, step, life.plan.steps[step - 1].to, why)


def _remind(life: EventLife, now: Moment) -> Course:
    life = replace(life, reminded_s=now.s)
    return _pages(life, life.step, life.plan.steps[life.step - 1].to, "reminder")


def _paged(life: EventLife) -> tuple[str, ...]:
    """Everybody a page went out for, each once."""
    fired = [step for number, step in enumerate(life.plan.steps, 1) if _count(life, number)]
    return tuple(dict.fromkeys(name for step in fired for name in step.to))


def _count(life: EventLife, step: int) -> int:
    return life.told[step] if step < len(life.told) else 0


def _pages(life: EventLife, step: int, to: Iterable[str], why: Why) -> Course:
    first = _count(life, step) + 1
    pages = tuple(
        PageOut(f"{life.subject.event_id}-s{step}-{number}", life.round, step, name, why)
        for number, name in enumerate(to, first)
    )
    told = [_count(life, one) for one in range(len(life.plan.steps) + 1)]
    told[step] += len(pages)
    return replace(life, told=tuple(told)), pages
