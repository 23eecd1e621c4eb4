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
from models.loop.commands import Say
from models.loop.places import CURRENT, MODEL, THRESHOLDS, BadLoop, Loop
from models.loop.steps import RUN


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
    to, made = loop.accepted(number), loop.round(number)
    if to.exists():
        shutil.rmtree(to)
    to.mkdir(mode=0o700, parents=True)
    _copy(made / RUN / MODEL, to, made / THRESHOLDS)
    _use(loop, number, config, say)


def back(loop: Loop, config: Path | None, say: Say) -> int:
    """The one that was accepted before is used again; its number. Raises NothingBefore."""
    now = used(loop)
    earlier = [one for one in loop.all_accepted() if one < now]
    if not earlier:
        raise NothingBefore(f"{loop.folder}: the first model is used, there is none before it")
    _use(loop, earlier[-1], config, say)
    return earlier[-1]


def _use(loop: Loop, number: int, config: Path | None, say: Say) -> None:
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
    except BadConfig as fault:
        _point(loop, before)
        raise BadConfig(f"{fault}; the model before stays: {_lines(loop, number)}") from None
    say(f"{config} uses it from the daemon's next start on: `systemctl restart floorwatch`")


def _lines(loop: Loop, number: int | None = None) -> str:
    """What the site file has to say."""
    at = loop.current if number is None else loop.accepted(number)
    has = (at / THRESHOLDS).is_file()
    thresholds = (loop.folder / CURRENT / THRESHOLDS).absolute() if has else "null"
    model = (loop.folder / CURRENT / MODEL).absolute()
    return f"it has to say `model: {{path: {model}}}` and `thresholds: {thresholds}`"


def _copy(model: Path, to: Path, thresholds: Path | None) -> None:
    shutil.copytree(model, to / MODEL, dirs_exist_ok=True)
    if thresholds is not None and thresholds.is_file():
        shutil.copy2(thresholds, to / THRESHOLDS)


def _point(loop: Loop, number: int) -> None:
    """At once: there is no moment at which `current` leads nowhere."""
    beside = loop.folder / f".{CURRENT}"
    beside.unlink(missing_ok=True)
    beside.symlink_to(os.path.relpath(loop.accepted(number), loop.folder))
    beside.replace(loop.current)
