"""Deciding: what came in, and what time has brought, through the rules into the book.

One transaction holds what was acted on, the lives as they are then, and everything that is to be
done for them, so that a desk that is killed at any moment has done each thing wholly or not yet.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from functools import partial

from alerts import moments
from alerts.addressed import Address, addressed
from alerts.answers import Command
from alerts.database_parts import tried
from alerts.desk import book, door, going, inputs, once, wiring, wording
from alerts.desk.chains import chosen
from alerts.desk.deeds import Deeds
from alerts.desk.inputs import Heard
from alerts.desk.intake import RECALL_TOPIC
from alerts.desk.life import advance, recalled, state_of
from alerts.desk.quarantine import Quarantine
from alerts.desk.record import (
    EventLife,
    Input,
    Moment,
    PageOut,
    Plan,
    Seen,
    Silence,
    Subject,
    Tell,
    Tick,
    Unreached,
)
from alerts.desk.schema import DeskConfig
from alerts.event import Event
from alerts.schema import NotByContract
from alerts.standing import UNTAKEN, EventState, Standing

BATCH = 100
UNREACHED_TOPIC = "desk/unreached"
Recall = Callable[[str, str], "tuple[EventState | None, Sequence[str]]"]
_AT_HAND: tuple[Standing, ...] = (*UNTAKEN, "acknowledged")
_OPENED_FORMAT = "%Y%m%dT%H%M%S%f"

_log = logging.getLogger(__name__)


class Decider:
    """Applies the rules. All methods are called inside a transaction of the holder. `recall` gives
    the last state that was told of an event and the answers to it, as the ledger remembers them:
    for a book that was lost, or of a desk that takes the place of another."""

    def __init__(
        self,
        config: DeskConfig,
        deeds: Deeds,
        now: Callable[[], datetime] = moments.now,
        recall: Recall = lambda _event_id, _site: (None, ()),
        *,
        troubled: once.Troubled = once.nobody_in_trouble,
    ) -> None:
        self._recall = recall
        self._troubled = troubled
        self._config = config
        self._deeds = deeds
        self._now = now
        self._quarantine = Quarantine(config, deeds)
        self._links = door.links(config.answers, config.folder)

    def act(self, db: sqlite3.Connection, now_s: float) -> int:
        """Acts on what came in and on what is due; gives on how many, `BATCH` of each at most."""
        now = Moment(now_s, self._now())
        heard = inputs.new(db, BATCH)
        for one in heard:
            if bug := tried(db, partial(self._act_on, db, one, now)):
                self._quarantine.message(db, one, bug, now)
        due = book.due(db, now_s, BATCH)
        for event_id in due:
            if bug := tried(db, partial(self._tick, db, event_id, now)):
                self._quarantine.life(db, event_id, bug, now)
        return len(heard) + len(due)

    def _act_on(self, db: sqlite3.Connection, heard: Heard, now: Moment) -> None:
        if self._take(db, heard, now):
            inputs.done(db, heard)

    def _tick(self, db: sqlite3.Connection, event_id: str, now: Moment) -> None:
        life = book.life_of(db, event_id)
        if life is not None:
            self.apply(db, self._current(db, life, now), Tick(), now)

    def apply(self, db: sqlite3.Connection, life: EventLife, given: Input, now: Moment) -> None:
        """One input into one life, and into the book what follows."""
        after, intents = advance(life, given, now)
        if after == life:
            return
        pages = [one for one in intents if isinstance(one, PageOut)]
        # Before anything is written: never a life that went on, and nobody who is told of it.
        planned = [self._planned(after, one, now) for one in pages]
        book.keep_life(db, after)
        for intent in intents:
            if isinstance(intent, Silence):
                book.silence(db, after.subject.event_id)
            elif isinstance(intent, Tell):
                state = state_of(intent.life, self._config.desk)
                if state is not None:
                    book.keep_state(db, state)
        book.plan_pages(db, planned, now.s)
        if after.standing != life.standing or pages:
            who = ",".join(page.recipient for page in pages)
            _log.info(
                "event=%s standing=%s step=%d by=%s telling=%s",
                after.subject.event_id, after.standing, after.step, after.by or "-", who or "-",
            )  # fmt: skip

    def _planned(self, life: EventLife, out: PageOut, now: Moment) -> book.PlannedPage:
        link = self.link(life.subject.event_id, out.recipient)
        page = wording.page(life, out, now.at, self._config.zone, link)
        perhaps_told = life.recalled and out.round == 1
        return book.PlannedPage(page, out.round, out.why, perhaps_told)

    def link(self, event_id: str, recipient: str) -> str | None:
        """Where to answer. A link of ours is for one recipient, and so never published: whoever
        may only read there could answer with it."""
        told = self._config.recipients.get(recipient)
        if self._links is not None and told is not None and told.way != "publish":
            return self._links.link(event_id, recipient)
        return self._config.pages.link

    def _take(self, db: sqlite3.Connection, heard: Heard, now: Moment) -> bool:
        """False where it has to wait for its event."""
        if heard.topic == UNREACHED_TOPIC:
            return self._unreached(db, heard, now)
        if heard.topic == RECALL_TOPIC:
            return self._former(db, heard, now)
        address = addressed(self._config.broker.prefix, heard.topic)
        if address is None:
            return True
        try:
            if address.place == "alert":
                self._event(db, Event.from_json(heard.payload), address.site, now)
                return True
            return self._command(db, heard, address, now)
        except NotByContract as fault:
            self._deeds.add("not_by_contract")
            self._deeds.tell(f"on {heard.topic}: {fault}")
            return True

    def _event(self, db: sqlite3.Connection, event: Event, site: str, now: Moment) -> None:
        life = book.life_of(db, event.event_id)
        if event.site != site or (life is not None and life.subject.site != site):
            raise NotByContract(f"site: the event is of {event.site}, not of {site}")
        if life is None:
            unborn = once.planned(db, self._config, self._unborn(event, now), event, self._troubled)
            life = self._recalled(db, unborn, now)
            inputs.wake(db, event.event_id)
        self.apply(db, life, _seen(event, now, self._config.pages.max_age_s), now)

    def _recalled(self, db: sqlite3.Connection, life: EventLife, now: Moment) -> EventLife:
        """An event that the book does not know, as everybody else does."""
        state, answers = self._recall(life.subject.event_id, life.subject.site)
        if state is None:
            return life
        self._deeds.add("recalled")
        after = recalled(life, state, answers, now)
        book.keep_life(db, after)
        book.keep_told_state(db, state)
        return after

    def _former(self, db: sqlite3.Connection, heard: Heard, now: Moment) -> bool:
        """A state that we told before the book was lost, and heard of late."""
        state = EventState.from_json(heard.payload)
        life = book.life_of(db, state.event_id)
        if life is None or state.version <= life.version:
            return True
        taken = state.standing not in UNTAKEN
        self._deeds.add("recalled")
        if not taken and not life.untaken:  # answered since: that is to be known too
            after = replace(life, version=state.version + 1)
            told = state_of(after, self._config.desk)
            if told is not None:
                book.keep_state(db, told)
        else:
            after = recalled(life, state, life.answers, now)
            book.keep_told_state(db, state)
        book.keep_life(db, after)
        if taken:
            book.silence(db, state.event_id)
        return True

    def _unborn(self, event: Event, now: Moment) -> EventLife:
        subject = Subject(
            event_id=event.event_id,
            site=event.site,
            camera=event.camera,
            label=event.label,
            zone=event.zone,
            opened_at=_opened_at(event),
            drill=event.drill,
        )
        return EventLife(subject, self._plan(subject, now))

    def _plan(self, subject: Subject, now: Moment) -> Plan:
        config = self._config
        if subject.label is None:
            return wiring.dead_man_plan(config)
        name, chain = chosen(config.chains, config.otherwise, subject, now.at, config.zone)
        return chain.plan(name, config.reopen_after_s)

    def _current(self, db: sqlite3.Connection, life: EventLife, now: Moment) -> EventLife:
        """With the plan of today's file, where its own names somebody whom that has no more."""
        named = {name for step in life.plan.steps for name in step.to}
        if named <= set(self._config.recipients):
            return life
        plan = self._plan(life.subject, now)
        _log.warning(
            "event=%s: its chain names %s, not in the file any more: it goes on with chain %s",
            life.subject.event_id, ", ".join(sorted(named - set(self._config.recipients))),
            plan.chain,
        )  # fmt: skip
        life = replace(life, plan=plan, step=min(life.step, len(plan.steps)))
        book.keep_life(db, life)  # else it would stay due, if nothing more is
        return life

    def _command(self, db: sqlite3.Connection, heard: Heard, address: Address, now: Moment) -> bool:
        heard_at = datetime.fromtimestamp(heard.put_at, timezone.utc)
        command = Command.from_payload(heard.topic, heard.payload, heard_at)
        event_id: str | None = address.event_id
        if address.place == "camera_command":
            standings = UNTAKEN if command.action == "acknowledge" else _AT_HAND
            event_id = book.newest_of_camera(db, address.site, address.camera, standings)
            if event_id is None:
                self._deeds.add("answers_to_nothing")
                self._deeds.tell(f"on {heard.topic}: that camera has no event to answer")
                return True
        life = book.life_of(db, event_id or "")
        if life is None:
            inputs.wait(db, heard)
            return False
        if life.subject.site != address.site:
            raise NotByContract(f"site: the event is of {life.subject.site}")
        self.apply(db, life, command, now)
        return True

    def _unreached(self, db: sqlite3.Connection, heard: Heard, now: Moment) -> bool:
        event_id, number, step = heard.payload.decode().rsplit(" ", 2)
        life = book.life_of(db, event_id)
        if life is not None:
            nobody = not going.any_hope(db, event_id, int(number))
            given = Unreached(int(number), int(step), nobody)
            self.apply(db, self._current(db, life, now), given, now)
        return True


def _seen(event: Event, now: Moment, age_s_max: float) -> Seen:
    told_at = event.published_at or now.at
    waited_s = max(0.0, (told_at - event.detected_at).total_seconds())
    # By the device's clock and by ours: whichever of them was set, one of both is right.
    age_s = min(waited_s, max(0.0, (now.at - event.detected_at).total_seconds()))
    return Seen(
        seq=event.seq,
        phase=event.phase,
        score=event.score,
        waited_s=waited_s,
        replayed=event.replayed,
        old=event.replayed and age_s > age_s_max,
    )


def _opened_at(event: Event) -> datetime:
    """Its id begins with it."""
    try:
        text = event.event_id.partition("Z-")[0]
        return datetime.strptime(text, _OPENED_FORMAT).replace(tzinfo=timezone.utc)
    except ValueError:
        return event.occurred_at
