"""What a topic says of its message: the way back from `topics`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from alerts.errors import UserError
from alerts.event import Label
from alerts.topics import check_name

Place = Literal[
    "alert",
    "snapshot",
    "plain",
    "clip",
    "state",
    "command",
    "health",
    "camera_snapshot",
    "view",
    "camera_command",
    "availability",
    "status",
    "desk",
    "page",
    "event_page",
    "resync",
    "check",
    "camera_label",
    "desk_status",
]
_EVENTS: dict[str, Place] = {
    "snapshot": "snapshot",
    "plain": "plain",
    "clip": "clip",
    "state": "state",
    "command": "command",
    "page": "event_page",
}
_CAMERAS: dict[str, Place] = {
    "health": "health",
    "snapshot": "camera_snapshot",
    "view": "view",
    "command": "camera_command",
    **dict.fromkeys(get_args(Label), "camera_label"),
}
_SITES: dict[str, Place] = {
    "availability": "availability",
    "status": "status",
    "resync": "resync",
    "check": "check",
}
_DESKS: dict[str, Place] = {
    "availability": "desk",
    "status": "desk_status",
}


@dataclass(frozen=True)
class Address:
    """Where a message belongs: its site, and the levels below it that have names. `event_id` is
    what stands there, whatever it is."""

    place: Place
    site: str
    camera: str = ""
    label: str = ""
    event_id: str = ""
    recipient: str = ""


def addressed(prefix: str, topic: str) -> Address | None:
    """Where a message on `topic` belongs; None if that is no topic of ours below `prefix`, or one
    that names could not have been put into."""
    if not topic.startswith(prefix + "/"):
        return None
    levels = topic[len(prefix) + 1 :].split("/", 4)
    try:
        return _address([check_name("level", level) for level in levels])
    except UserError:
        return None


def _address(levels: list[str]) -> Address | None:
    found = None
    match levels:
        case [site, last] if last in _SITES:
            found = Address(_SITES[last], site)
        case [site, "desk", last] if last in _DESKS:
            found = Address(_DESKS[last], site)
        case [site, "pages", recipient]:
            found = Address("page", site, recipient=recipient)
        case [site, "alerts", camera, label]:
            found = Address("alert", site, camera=camera, label=label)
        case [site, "events", event_id, last] if last in _EVENTS:
            found = Address(_EVENTS[last], site, event_id=event_id)
        case [site, "cameras", camera, last] if last in _CAMERAS:
            found = Address(_CAMERAS[last], site, camera=camera)
    return found
