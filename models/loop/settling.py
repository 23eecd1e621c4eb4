"""What an answered round keeps: numbers, reports and its model, but no pictures of people.

They would otherwise outlive the retention of devices and desk.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from alerts.errors import UserError
from models.loop.commands import Say
from models.loop.places import REPORT, Loop
from models.loop.steps import AFTER, BEFORE, DATA, MINED, PAGE, RUN, STORES

_SHOWN = b"data:image"


def forget_pictures(loop: Loop, note: Mapping[str, Any], say: Say) -> None:
    """Delete what an answered round learnt from and what was drawn of it; its page is written anew
    without pictures. Of a round that waits for its answer nothing is touched."""
    if note.get("answer") is None:
        return
    folder = loop.round(int(note["number"]))
    evaluated = [at / name for at in (folder, folder / RUN) for name in (BEFORE, AFTER)]
    pictures = (
        folder / DATA, folder / RUN / STORES, folder / RUN / MINED,
        *(one / PAGE for one in evaluated),
    )  # fmt: skip
    gone = [one for one in pictures if one.exists()]
    for one in gone:
        if one.is_dir():
            shutil.rmtree(one)
        else:
            one.unlink()
    page = folder / REPORT
    if page.exists() and (gone or _SHOWN in page.read_bytes()):
        _write_anew(page, loop, note)
        gone.append(page)
    if gone:
        say(
            f"round {note['number']} is answered: what it learnt from is deleted, with all "
            "pictures; numbers, report and model stay"
        )


def _write_anew(page: Path, loop: Loop, note: Mapping[str, Any]) -> None:
    """A page that cannot be written anew goes: its pictures must not stay."""
    from models.loop import report  # noqa: PLC0415  (its templates)

    page.unlink()
    if "judge" in note["done"]:
        with suppress(UserError):
            report.write(page, loop, note)
