"""What `floorwatch loop` prints and gives back."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import Any

from rich.console import Console

from alerts.errors import UserError
from edge.config import cameras
from edge.config.load import load
from models.loop import accepting, rounds
from models.loop.asked import Asked
from models.loop.commands import command
from models.loop.judging import answered
from models.loop.places import REPORT, Loop
from models.loop.steps import WaitsForPeople

_out = Console(highlight=False, soft_wrap=True)
_paper = Console(stderr=True, highlight=False, soft_wrap=True)


class BadAsk(UserError):
    """The options name what is not there."""


def do(args: argparse.Namespace) -> int:
    """The one of `begin`, `run`, … that was asked for; the exit status."""
    what: dict[str, Callable[[argparse.Namespace, Loop], int]] = {
        "begin": _begin,
        "run": _go_on,
        "show": _show,
        "accept": _accept,
        "reject": _reject,
        "drop": _drop,
        "back": _back,
        "example": _example,
    }
    return what[args.what](args, Loop(args.folder.absolute()))


def say(words: str) -> None:
    """A line on the way."""
    _paper.print(words, markup=False)


def _begin(args: argparse.Namespace, loop: Loop) -> int:
    for path in (*args.sources, *args.also, *([args.config] if args.config else [])):
        if not path.exists():
            raise BadAsk(f"{path}: there is no such file or folder")
    if args.config is not None:
        cameras.named(load(args.config), args.camera)  # not after a night of training
    asked = Asked(
        tuple(path.absolute() for path in args.sources),
        args.config.absolute() if args.config else None,
        tuple(path.absolute() for path in args.also),
        args.recipe, args.target_recall, args.hold_last_s, args.camera,
    )  # fmt: skip
    rounds.begin(loop, asked)
    _out.print(
        f"{loop.folder}: begun; `{command('loop', 'run', loop.folder)}` is next", markup=False
    )
    return 0


def _go_on(args: argparse.Namespace, loop: Loop) -> int:
    loop.check()
    with rounds.alone(loop):
        try:
            note = rounds.go_on(loop, say, unattended=args.unattended, again=args.again)
        except WaitsForPeople as waits:
            _out.print(str(waits), markup=False)
            return 0
    tell(loop, note)
    return 0


def tell(loop: Loop, note: dict[str, Any]) -> None:
    """What a round came to."""
    judged = note["done"]["judge"]
    _out.print(f"\nround {note['number']}: {judged['verdict']}", markup=False)
    for reason in judged["reasons"]:
        _out.print(f"  {reason}", markup=False)
    _out.print(f"report: {loop.round(note['number']) / REPORT}", markup=False)
    for word in ("accept", "reject"):
        _out.print(f"  {command('loop', word, loop.folder)}", markup=False)


def _show(args: argparse.Namespace, loop: Loop) -> int:
    found = rounds.standing(loop)
    if args.json:
        print(json.dumps({"used": found.used, "rounds": found.notes}, ensure_ascii=False, indent=1))
        return 0
    used = "the model of before" if found.used == 0 else f"that of round {found.used}"
    _out.print(f"used: {used} ({loop.current})", markup=False)
    for note in found.notes:
        _out.print(f"round {note['number']}: {_how_far(note)}", markup=False)
    return 0


def _how_far(note: dict[str, Any]) -> str:
    done = note["done"]
    answer = note["answer"]
    if answer is not None and answer.get("dropped"):
        return f"dropped {answer['at']} {answer['why']}".rstrip()
    if "judge" not in done:
        return f"{', '.join(done) or 'nothing'} done; `floorwatch loop run` goes on"
    if answer is None:
        return f"{done['judge']['verdict']}; waits for accept or reject"
    return f"{done['judge']['verdict']}; {answered(answer)}"


def _accept(args: argparse.Namespace, loop: Loop) -> int:
    return _answer(args, loop, accept=True)


def _reject(args: argparse.Namespace, loop: Loop) -> int:
    return _answer(args, loop, accept=False)


def _answer(args: argparse.Namespace, loop: Loop, *, accept: bool) -> int:
    loop.check()
    with rounds.alone(loop):
        note = rounds.answer(loop, say, accept=accept, anyway=accept and args.anyway, why=args.why)
    word = "accepted" if accept else "rejected"
    _out.print(f"round {note['number']}: {word}", markup=False)
    return 0


def _drop(args: argparse.Namespace, loop: Loop) -> int:
    loop.check()
    with rounds.alone(loop):
        note = rounds.drop(loop, say, args.why)
    _out.print(f"round {note['number']}: dropped", markup=False)
    return 0


def _back(_args: argparse.Namespace, loop: Loop) -> int:
    loop.check()
    with rounds.alone(loop):
        number = accepting.back(loop, rounds.asked(loop).config, say)
    used = "the model of before" if number == 0 else f"that of round {number}"
    _out.print(f"used from now on: {used}", markup=False)
    return 0


def _example(args: argparse.Namespace, loop: Loop) -> int:
    from models.loop import example  # noqa: PLC0415  (MuJoCo opens a GL library)

    tell(loop, example.run(loop, args.cameras, say, quick=args.quick))
    return 0
