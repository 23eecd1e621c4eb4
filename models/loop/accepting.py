"""Which model is used: a link that one step flips, and that one step flips back.

The site file names `current`, once; after that no file of the site is touched.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from alerts.errors import BadConfig, UserError
from edge import wiring, zoo
from edge.config.load import load
from models.lineage import SHIPPED_MODEL
from models.loop.commands import Say, emptied
from models.loop.places import CURRENT, MODEL, THRESHOLDS, BadLoop, Loop
from models.loop.steps import RUN

_BEFORE = "before"  # in what was accepted: the number of what was used until then


class NothingBefore(UserError):
    """There is no earlier model to go back to."""


def start(loop: Loop, config: Path | None) -> None:
    """What is used before any round: the site file's model and thresholds, else those that ship."""
    site = None if config is None else load(config)
    model = zoo.find(SHIPPED_MODEL, None) if site is None else wiring.model(site)
    to = loop.accepted(0)
    to.mkdir(mode=0o700, parents=True, exist_ok=True)
    _copy(model.path.parent, to, None if site is None else site.thresholds)
    _point(loop, 0)


def used(loop: Loop) -> int:
    """The number of what is used. Raises BadLoop."""
    try:
        return int(Path(loop.current.readlink()).name)
    except (OSError, ValueError):
        raise BadLoop(f"{loop.current}: is no link to one of {loop.folder / 'accepted'}") from None


def accept(loop: Loop, number: int, config: Path | None, say: Say) -> None:
    """A round's model is used from now on. Raises BadConfig where the site file cannot use it."""
    before = used(loop)
    if before == number:  # cut off before that was noted: it is used, and is left alone
        _use(loop, number, config, say)
        return
    to, made = loop.accepted(number), loop.round(number)
    part = emptied(to.with_name(f".{to.name}"))
    part.mkdir(mode=0o700, parents=True)
    _copy(made / RUN / MODEL, part, made / THRESHOLDS)
    (part / _BEFORE).write_text(f"{before}\n", "utf-8")
    find(part / MODEL)
    part.replace(emptied(to))
    try:
        _use(loop, number, config, say, judged=True)
    except UserError:
        emptied(to)  # it was never used: nobody goes back to it
        raise


def back(loop: Loop, config: Path | None, say: Say) -> int:
    """What was used before this one was accepted is used again; its number. What somebody has gone
    back from is not come back to. Raises NothingBefore, BadModel where it is damaged."""
    now = used(loop)
    if now == 0:
        raise NothingBefore(f"{loop.folder}: the first model is used, there is none before it")
    file = loop.accepted(now) / _BEFORE
    try:
        earlier = int(file.read_text("utf-8"))
    except (OSError, ValueError):
        raise BadLoop(f"{file}: does not say what was used before; put it back") from None
    find(loop.accepted(earlier) / MODEL)
    _use(loop, earlier, config, say)
    return earlier


def find(folder: Path) -> None:
    """Raises BadModel unless a model is there, whole."""
    zoo.find(None, folder)


def _use(loop: Loop, number: int, config: Path | None, say: Say, *, judged: bool = False) -> None:
    before = used(loop)
    _point(loop, number)
    if config is None:
        say("no site file was named: " + _lines(loop))
        return
    try:
        site = load(config)
        if wiring.model(site).path.parent.resolve() != (loop.current / MODEL).resolve():
            say(f"{config} does not use it yet: {_lines(loop)}")
            return
        wiring.tuned(site, wiring.model(site).card)
        if site.thresholds is None and (loop.current / THRESHOLDS).is_file():
            _without(config, say, judged=judged)
    except UserError as fault:
        _point(loop, before)
        raise BadConfig(f"{fault}; the model before stays: {_lines(loop, number)}") from None
    say(f"{config} uses it from the daemon's next start on: `systemctl restart floorwatch`")


def _without(config: Path, say: Say, *, judged: bool) -> None:
    words = f"{config} names no thresholds, and this model has its own, which it was judged by"
    if judged:
        raise BadConfig(words)
    say(f"{words}: those of its card are used, which promise nothing")


def _lines(loop: Loop, number: int | None = None) -> str:
    """What the site file has to say."""
    at = loop.current if number is None else loop.accepted(number)
    has = (at / THRESHOLDS).is_file()
    thresholds = (loop.folder / CURRENT / THRESHOLDS).absolute() if has else "null"
    model = (loop.folder / CURRENT / MODEL).absolute()
    return f"it has to say `model: {{path: {model}}}` and `thresholds: {thresholds}`"


def _copy(model: Path, to: Path, thresholds: Path | None) -> None:
    """The files of a model's folder, not what lies below it: that may be all of a site."""
    (to / MODEL).mkdir(mode=0o700, exist_ok=True)
    for file in model.iterdir():
        if file.is_file():
            shutil.copy2(file, to / MODEL)
    if thresholds is not None and thresholds.is_file():
        shutil.copy2(thresholds, to / THRESHOLDS)


def _point(loop: Loop, number: int) -> None:
    """At once: there is no moment at which `current` leads nowhere."""
    beside = loop.folder / f".{CURRENT}"
    beside.unlink(missing_ok=True)
    beside.symlink_to(os.path.relpath(loop.accepted(number), loop.folder))
    beside.replace(loop.current)
