"""Rounds from their begin to a proposal, and what people answer to it."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from alerts import moments
from alerts.errors import UserError
from models.label.book import Book
from models.loop import accepting, places
from models.loop.commands import Say, command
from models.loop.places import NOTE, REPORT, Loop
from models.loop.steps import STEPS, Asked, Round

Note = dict[str, Any]


class Answered(UserError):
    """What is asked does not fit how far the loop is."""


@dataclass(frozen=True)
class Standing:
    """How far a loop is: its rounds' notes, and the number of what is used."""

    notes: tuple[Note, ...]
    used: int


@contextmanager
def alone(loop: Loop) -> Iterator[None]:
    """Keeps others out. Raises Answered where one is at work."""
    with (loop.folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Answered(
                f"{loop.folder}: is being worked on; wait until that has ended"
            ) from None
        yield


def begin(loop: Loop, asked: Asked) -> None:
    """Makes the folder, with the model that is used now. Raises Answered where there is one."""
    if loop.mark.exists():
        raise Answered(f"{loop.folder}: is a loop already; `{command('loop', 'run', loop.folder)}`")
    loop.folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # pictures of people
    accepting.start(loop, asked.config)
    places.write(loop.mark, {"version": 1, "begun_at": moments.to_text(moments.now()),
                             "asked": asked.to_json()})  # fmt: skip


def asked(loop: Loop) -> Asked:
    """What the loop was begun with. Raises BadLoop."""
    loop.check()
    return Asked.of(places.read(loop.mark)["asked"])


def standing(loop: Loop) -> Standing:
    """How far it is. Raises BadLoop."""
    loop.check()
    notes = [places.read(loop.round(number) / NOTE) for number in loop.rounds()]
    return Standing(tuple(notes), accepting.used(loop))


def go_on(loop: Loop, say: Say, *, unattended: bool, again: bool = False) -> Note:
    """The last round from where it is, or a new one; to its proposal. Raises UserError, and
    WaitsForPeople."""
    wanted = asked(loop)
    note = _note(loop)
    if note is None:
        number = max(loop.rounds(), default=0) + 1
        loop.round(number).mkdir(mode=0o700, parents=True)
        note = {"number": number, "begun_at": moments.to_text(moments.now()), "done": {},
                "used_before": accepting.used(loop), "answer": None}  # fmt: skip
        places.write(loop.round(number) / NOTE, note)
    of = Round(loop, int(note["number"]), wanted, say, unattended)
    for name, step in STEPS:
        if name in note["done"]:
            continue
        say(f"round {of.number}: {name}")
        note["done"][name] = step(of)
        if name == "label":
            _check_new(loop, note, again=again)
        places.write(of.folder / NOTE, note)
    from models.loop import report  # noqa: PLC0415  (its templates)

    report.write(of.folder / REPORT, loop, note)
    return note


def _note(loop: Loop) -> Note | None:
    """The last round's, if it is not at its end. Raises Answered where it waits for an answer."""
    numbers = loop.rounds()
    with contextlib.suppress(FileNotFoundError):
        if numbers and not (loop.round(numbers[-1]) / NOTE).exists():
            loop.round(numbers[-1]).rmdir()  # cut off before it had begun
            numbers.pop()
    if not numbers:
        return None
    note = places.read(loop.round(numbers[-1]) / NOTE)
    if "judge" not in note["done"]:
        return note
    if note["answer"] is None:
        page = loop.round(note["number"]) / REPORT
        yes, no = (command("loop", word, loop.folder) for word in ("accept", "reject"))
        raise Answered(
            f"round {note['number']} proposes a model: look at {page}, then `{yes}` or `{no}`"
        )
    return None


def _check_new(loop: Loop, note: Note, *, again: bool) -> None:
    """Notes what the labels are. Raises Answered where the round before learnt the very same."""
    with Book.open(loop.labels) as book:
        said = sorted((n, one.answer, one.at) for n, one in book.verdicts().items())
    note["labels_sha256"] = hashlib.sha256(json.dumps(said).encode()).hexdigest()
    earlier = [one for one in loop.rounds() if one < note["number"]]
    if not earlier or again:
        return
    last = places.read(loop.round(earlier[-1]) / NOTE)
    if last.get("labels_sha256") == note["labels_sha256"]:
        raise Answered(
            f"nothing was labelled since round {earlier[-1]}; label more, or say --again"
        )


def answer(loop: Loop, say: Say, *, accept: bool, anyway: bool = False, why: str = "") -> Note:
    """A person's answer to the last proposal. Raises Answered, and BadConfig where the new model
    does not fit the site file: then the old one stays."""
    numbers = loop.rounds()
    note = places.read(loop.round(numbers[-1]) / NOTE) if numbers else None
    if note is None or "judge" not in note["done"] or note["answer"] is not None:
        raise Answered(
            f"{loop.folder}: no model is proposed; "
            f"`{command('loop', 'run', loop.folder)}` makes one"
        )
    verdict = note["done"]["judge"]["verdict"]
    if accept and verdict != "better" and not anyway:
        raise Answered(
            f"round {note['number']} is {verdict}: {' '.join(note['done']['judge']['reasons'])} "
            "--anyway accepts it all the same"
        )
    if accept:
        accepting.accept(loop, int(note["number"]), asked(loop).config, say)
    note["answer"] = {"accepted": accept, "at": moments.to_text(moments.now()), "why": why,
                      "anyway": bool(anyway and verdict != "better")}  # fmt: skip
    places.write(loop.round(note["number"]) / NOTE, note)
    return note
