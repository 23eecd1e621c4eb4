"""A camera that cannot see is one call, whoever says so first: its device, in an event of its own,
or the dead man's switch, which knows of it by the camera's health.

The device's event calls as the dead man's switch does, unless a chain names its label; the switch
then has no call of its own to make for that camera. Where the switch called first, or the whole
site is in trouble, the event is recorded and shown, and calls nobody.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import replace

from alerts.desk import book, wiring
from alerts.desk.deadman import Unit
from alerts.desk.desk_file import DeskFile
from alerts.desk.record import EventLife
from alerts.desk.schema import DeskConfig
from alerts.event import Event

Troubled = Callable[[str], bool]  # whether a site is in trouble as a whole


def nobody_in_trouble(_site: str) -> bool:
    """For a desk without a dead man's switch."""
    return False


def planned(
    db: sqlite3.Connection, config: DeskConfig, life: EventLife, event: Event, troubled: Troubled
) -> EventLife:
    """The unborn life of an event, with the plan that calls once."""
    if event.label != "camera":
        return life
    words = event.path.replace("_", " ")
    life = replace(life, subject=replace(life.subject, words=words))
    switch = config.dead_man
    named = any(one.name == life.plan.chain and "camera" in one.labels for one in config.chains)
    if not named:
        life = replace(life, plan=wiring.dead_man_plan(config))
    wanted = named or (switch.enabled and event.path in switch.reasons)
    if wanted and not (switch.enabled and (troubled(event.site) or _called(db, event))):
        return life
    return replace(life, plan=replace(life.plan, steps=(), closed_ends=True))


def left(file: DeskFile, found: Mapping[Unit, str]) -> dict[Unit, str]:
    """What is left to the dead man's switch of what is the matter: nothing of a camera whose own
    event calls somebody. Raises `DiskRefused`."""
    if not any(words and camera is not None for (_, camera), words in found.items()):
        return dict(found)
    rows = file.rows(
        "SELECT site, camera FROM life WHERE label = 'camera' AND json_valid(life)"
        " AND json_extract(life, '$.ongoing')"
        " AND json_array_length(life, '$.plan.steps') > 0"
    )
    calling = {(site, camera) for site, camera in rows}
    return {unit: "" if unit in calling else words for unit, words in found.items()}


def _called(db: sqlite3.Connection, event: Event) -> bool:
    """Whether the switch has called for this camera, or for its site, and that is not over."""
    units = {(one.subject.site, one.subject.camera) for one in book.blind(db)}
    return bool(units & {(event.site, event.camera), (event.site, None)})
