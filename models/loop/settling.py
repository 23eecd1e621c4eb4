"""What an answered round keeps: numbers, reports and its model, but no pictures of people.

They would otherwise outlive the retention of devices and desk.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from typing import Any

from alerts.errors import UserError
from models.loop.commands import Say
from models.loop.places import REPORT, Loop
from models.loop.steps import AFTER, BEFORE, DATA, MINED, RUN, STORES

_PICTURED = "report.html"  # of an evaluation: it shows each miss and each false alarm


def forget_pictures(loop: Loop, note: Mapping[str, Any], say: Say) -> None:
    """Delete what an answered round learnt from and what was drawn of it; its page is written anew
    without pictures. Of a round that waits for its answer nothing is touched."""
    folder = loop.round(int(note["number"]))
    pictures = (
        folder / DATA, folder / RUN / STORES, folder / RUN / MINED,
        folder / BEFORE / _PICTURED, folder / AFTER / _PICTURED,
    )  # fmt: skip
    gone = [one for one in pictures if one.exists()]
    if not gone or note.get("answer") is None:
        return
    _write_page(loop, note)
    for one in gone:
        if one.is_dir():
            shutil.rmtree(one)
        else:
            one.unlink()
    say(
        f"round {note['number']} is answered: what it learnt from is deleted, with all pictures; "
        "numbers, report and model stay"
    )


def _write_page(loop: Loop, note: Mapping[str, Any]) -> None:
    """A page that cannot be written anew goes: its pictures must not stay."""
    from models.loop import report  # noqa: PLC0415  (its templates)

    page = loop.round(int(note["number"])) / REPORT
    if not page.exists():
        return
    try:
        report.write(page, loop, note)
    except UserError:
        page.unlink()
