"""One verb of floorwatch in a process of its own: what crashes or runs out of memory there does
not take the loop with it, and every step can be done by hand with the command that is printed."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from alerts.errors import UserError

Say = Callable[[str], None]


class StepFailed(UserError):
    """A step did not do what it should; its own words stand above."""


def command(*words: object) -> str:
    """As a person would type it."""
    return shlex.join(["floorwatch", *map(str, words)])


def run(words: Sequence[object], say: Say, *, fine: tuple[int, ...] = (0,)) -> int:
    """Its exit status, one of `fine`. Raises StepFailed for any other."""
    say(f"$ {command(*words)}")
    done = subprocess.run(  # noqa: S603  (our own verbs)
        [sys.executable, "-m", "alerts.main", *map(str, words)],
        check=False,
        stdin=subprocess.DEVNULL,
        close_fds=False,  # it holds on to the loop's lock, should the loop be killed
    )
    if done.returncode in fine:
        return done.returncode
    raise StepFailed(
        f"`{command(*words)}` ended with {done.returncode}; what is wrong stands above. Once it is "
        "mended, the same loop goes on from there; `floorwatch loop drop` gives the round up"
    )


def emptied(folder: Path) -> Path:
    """The folder, which a step before us may have left half done."""
    if folder.exists():
        shutil.rmtree(folder)
    return folder
