"""What changes when the site file is read again: for whom, and whether it can without a restart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from alerts.errors import BadConfig
from edge.config.camera import Camera
from edge.config.schema import Config

Secrets = Mapping[str, str | None]  # by camera

# What a camera is watched for: it changes between two pictures, and the stream goes on.
_WATCHED = {"zones", "masks", "labels", "fit"}
_LIVE = {"version", "cameras", "alarms", "gate", "fit", "normal", "thresholds"}


@dataclass(frozen=True)
class Plan:
    """Names of cameras. Those `moved` are restarted too, and show something else from now on."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    restarted: tuple[str, ...]
    moved: tuple[str, ...]

    def __str__(self) -> str:
        told = {
            "added": self.added,
            "removed": self.removed,
            "connected anew": (*self.restarted, *self.moved),
        }
        parts = [f"{words}: {', '.join(names)}" for words, names in told.items() if names]
        return "; ".join([*parts, "zones, masks, schedules and thresholds are those of the file"])


def plan(old: Config, old_secrets: Secrets, new: Config, secrets: Secrets) -> Plan:
    """From one site file to the next. Raises BadConfig where that needs a restart."""
    _check(old, new)
    before = {camera.name: camera for camera in old.cameras}
    now = {camera.name: camera for camera in new.cameras}
    both = [name for name in now if name in before]
    moved = tuple(name for name in both if now[name].url != before[name].url)
    restarted = tuple(
        name
        for name in both
        if name not in moved
        and (
            _stream(now[name]) != _stream(before[name])
            or secrets.get(name) != old_secrets.get(name)
        )
    )
    return Plan(
        added=tuple(name for name in now if name not in before),
        removed=tuple(name for name in before if name not in now),
        restarted=restarted,
        moved=moved,
    )


def _stream(camera: Camera) -> object:
    return camera.model_dump(exclude=_WATCHED)


def _check(old: Config, new: Config) -> None:
    changed = [
        words
        for section in type(new).model_fields
        if section not in _LIVE
        for words in _differing(section, getattr(old, section), getattr(new, section))
    ]
    if changed:
        raise BadConfig(
            f"{', '.join(changed)} cannot change while floorwatch runs: restart it, or put back "
            "what the file said"
        )


def _differing(section: str, old: object, new: object) -> list[str]:
    if old == new:
        return []
    if not (isinstance(old, BaseModel) and isinstance(new, BaseModel)):
        return [section]
    return [
        words
        for key in type(new).model_fields
        for words in _differing(f"{section}.{key}", getattr(old, key), getattr(new, key))
    ]
