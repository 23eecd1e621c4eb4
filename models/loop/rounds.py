"""Rounds from their begin to a proposal, and what people answer to it."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from alerts import moments
from alerts.errors import UserError
from models.label.book import Book
from models.loop import accepting, places, settling
from models.loop.asked import Asked
from models.loop.commands import Say, command, emptied
from models.loop.places import NOTE, REPORT, Loop
from models.loop.steps import (
    AFTER,
    CHECKPOINT,
    RUN,
    STEPS,
    Round,
    Step,
    WaitsForPeople,
)

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
        os.set_inheritable(lock.fileno(), True)  # a training that outlives us is still at work
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
    try:
        return Asked.of(places.read(loop.mark)["asked"])
    except (KeyError, TypeError, ValueError):
        raise places.damaged(loop.mark) from None


def standing(loop: Loop) -> Standing:
    """How far it is. Raises BadLoop."""
    loop.check()
    notes = [_read(loop, number) for number in loop.rounds()]
    return Standing(tuple(notes), accepting.used(loop))


def go_on(loop: Loop, say: Say, *, unattended: bool, again: bool = False) -> Note:
    """The last round from where it is, or a new one; to its proposal. Raises UserError, and
    WaitsForPeople."""
    wanted = asked(loop)
    forget_data(loop, say)
    note = _note(loop)
    if note is None:
        number = max([0, *loop.rounds(), *loop.all_accepted()]) + 1
        loop.round(number).mkdir(mode=0o700, parents=True)
        note = {"number": number, "begun_at": moments.to_text(moments.now()), "done": {},
                "used_before": accepting.used(loop), "answer": None}  # fmt: skip
        places.write(loop.round(number) / NOTE, note)
    of = Round(loop, int(note["number"]), wanted, say, unattended)
    judged_by = note["done"].get("evaluate", {}).get("judged_by")
    if judged_by and not (of.folder / AFTER).is_dir():
        del note["done"]["evaluate"]  # somebody removed what could not be read
    try:
        for name, step in STEPS:
            if name not in note["done"]:
                say(f"round {of.number}: {name}")
                _do(of, name, step, note, again=again)
    except (UserError, WaitsForPeople):
        _forget(of, note)
        raise
    return note


def _do(of: Round, name: str, step: Step, note: Note, *, again: bool) -> None:
    found = step(of)
    if name == "pull":  # of this round in all, however often it was begun
        for key in ("new", "answered_at_the_desk"):
            note[key] = found[key] = found[key] + note.get(key, 0)
    note["done"][name] = found
    if name == "label":
        _check_new(of.loop, note, again=again)
    if name == STEPS[-1][0]:
        from models.loop import report  # noqa: PLC0415  (its templates)

        report.write(of.folder / REPORT, of.loop, note)
    places.write(of.folder / NOTE, note)


def _forget(of: Round, note: Note) -> None:
    """Before a network has begun to learn, a round that cannot go on is begun anew: what people do
    about it are labels and footage, and they are to count."""
    if not (of.folder / RUN / CHECKPOINT).is_file():
        emptied(of.folder / RUN)
        note["done"] = {}
        places.write(of.folder / NOTE, note)


def _note(loop: Loop) -> Note | None:
    """The last round's, if it is not at its end. Raises Answered where it waits for an answer."""
    numbers = loop.rounds()
    if numbers and not (loop.round(numbers[-1]) / NOTE).exists():
        folder = loop.round(numbers.pop())
        for part in folder.glob(f".{NOTE}-*"):  # cut off before it had begun
            part.unlink()
        try:
            folder.rmdir()
        except OSError:
            raise places.damaged(folder / NOTE) from None
    if not numbers:
        return None
    note = _read(loop, numbers[-1])
    if note["answer"] is None:
        if "judge" not in note["done"]:
            return note
        page = loop.round(note["number"]) / REPORT
        yes, no = (command("loop", word, loop.folder) for word in ("accept", "reject"))
        raise Answered(
            f"round {note['number']} proposes a model: look at {page}, then `{yes}` or `{no}`"
        )
    return None


def _read(loop: Loop, number: int) -> Note:
    """A round's note. Raises BadLoop."""
    note = places.read(loop.round(number) / NOTE)
    done = note.get("done")
    judged = done.get("judge", {"verdict": "", "reasons": []}) if isinstance(done, dict) else None
    whole = isinstance(judged, dict) and {"verdict", "reasons"} <= set(judged)
    if not whole or note.get("number") != number or "answer" not in note:
        raise places.damaged(loop.round(number) / NOTE)
    return note


def _check_new(loop: Loop, note: Note, *, again: bool) -> None:
    """Notes what the labels are. Raises Answered where the round before learnt the very same."""
    with Book.open(loop.labels) as book:
        said = sorted((n, one.answer, one.at) for n, one in book.verdicts().items())
    note["labels_sha256"] = hashlib.sha256(json.dumps(said).encode()).hexdigest()
    earlier = [_read(loop, one) for one in loop.rounds() if one < note["number"]]
    judged = [one for one in earlier if "judge" in one["done"]]  # the others were dropped
    if not judged or again:
        return
    if judged[-1].get("labels_sha256") == note["labels_sha256"]:
        raise Answered(
            f"nothing was labelled since round {judged[-1]['number']}; label more, or say --again"
        )


def answer(loop: Loop, say: Say, *, accept: bool, anyway: bool = False, why: str = "") -> Note:
    """A person's answer to the last proposal. Raises Answered, and BadConfig where the new model
    does not fit the site file: then the old one stays."""
    numbers = loop.rounds()
    note = _read(loop, numbers[-1]) if numbers else None
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
    forget_data(loop, say)
    return note


def drop(loop: Loop, say: Say, why: str = "") -> Note:
    """The round that is under way is given up: the next `run` begins another. Raises Answered where
    none is."""
    numbers = loop.rounds()
    note = _read(loop, numbers[-1]) if numbers else None
    if note is None or note["answer"] is not None:
        raise Answered(f"{loop.folder}: no round is under way")
    if "judge" in note["done"]:
        raise Answered(
            f"round {note['number']} proposes a model: `{command('loop', 'reject', loop.folder)}`"
        )
    note["answer"] = {"accepted": False, "dropped": True, "at": moments.to_text(moments.now()),
                      "why": why}  # fmt: skip
    places.write(loop.round(note["number"]) / NOTE, note)
    forget_data(loop, say)
    return note


def forget_data(loop: Loop, say: Say) -> None:
    """Deletes pictures of people from rounds that are answered."""
    for number in loop.rounds():
        if (loop.round(number) / NOTE).exists():
            settling.forget_pictures(loop, _read(loop, number), say)
