"""Every topic with what is said on it, by whom, and whether the broker keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from alerts.topics import Topics

Writer = Literal["device", "desk", "people", "home assistant"]
_T = Topics("floorwatch", "{site}")
_EVENT, _CAMERA = "{event_id}", "{camera}"


@dataclass(frozen=True)
class Channel:
    """One topic. `writer` writes there; `operation` is what is done with it: floorwatch, which is
    device and desk together, sends what they write and receives what others do."""

    name: str
    address: str
    messages: tuple[str, ...]
    writer: Writer
    operation: str
    retained: bool
    says: str

    @property
    def action(self) -> Literal["send", "receive"]:
        """What floorwatch does there."""
        return "send" if self.writer in {"device", "desk"} else "receive"


_DEVICE = (
    Channel(
        "availability", _T.availability, ("availability",), "device", "sayAvailability", True,
        "Whether the daemon is there. Retained; `offline` is also its last will.",
    ),
    Channel(
        "status", _T.status, ("status",), "device", "sayStatus", True,
        "How the daemon is doing. Retained, renewed every 30 s.",
    ),
    Channel(
        "health", _T.health(_CAMERA), ("health",), "device", "sayHealth", True,
        "Whether a camera can see. Retained. An empty message takes that back: the camera was "
        "taken out of the site file.",
    ),
    Channel(
        "check", _T.check, ("check",), "device", "check", False,
        "What `floorwatch check` writes to see whether the broker lets it. Means nothing.",
    ),
    Channel(
        "alert", _T.alert(_CAMERA, "{label}"), ("event",), "device", "alert", False,
        "Incidents, phase by phase. Not retained: who comes late must not page for an old fall.",
    ),
    Channel(
        "eventSnapshot", _T.event_snapshot(_EVENT), ("snapshot",), "device", "showEvent", False,
        "The picture of an incident. Not retained.",
    ),
    Channel(
        "eventPlain", _T.event_plain(_EVENT), ("snapshot",), "device", "showEventPlain", False,
        "The same picture with nothing drawn into it, after all that matters more, unless the site "
        "leaves it out. Not retained.",
    ),
    Channel(
        "eventClip", _T.event_clip(_EVENT), ("clip",), "device", "playEvent", False,
        "The clip of an incident, where the site lets it be sent. Not retained.",
    ),
    Channel(
        "cameraSnapshot", _T.camera_snapshot(_CAMERA), ("snapshot",), "device", "showCamera", True,
        "The picture of a camera's last incident. Retained. An empty message takes it back: the "
        "camera was taken out of the site file, or pictures were turned off.",
    ),
    Channel(
        "view", _T.view(_CAMERA), ("snapshot",), "device", "showView", True,
        "What a camera shows that cannot see: a small picture, since its health said so. Retained. "
        "An empty message takes it back: it sees again, or pictures were turned off.",
    ),
    Channel(
        "cameraLabel", _T.camera_label(_CAMERA, "{label}"), ("switch",), "device", "switchLabel",
        True,
        "Whether an incident of this label is open on a camera: for Home Assistant. Retained.",
    ),
    Channel(
        "discovery", _T.discovery("{device_id}"), ("discovery",), "device", "announce", True,
        "Home Assistant's device discovery, below its own prefix, which can be configured. "
        "Retained, and told again when Home Assistant says that it has started.",
    ),
)  # fmt: skip
_DESK = (
    Channel(
        "state", _T.event_state(_EVENT), ("state",), "desk", "sayState", True,
        "Who took care of an incident; written by the desk alone. Retained. An empty message takes "
        "it back, once the incident is old: what was read before stays true.",
    ),
    Channel(
        "page", _T.page("{recipient}"), ("page",), "desk", "page", False,
        "What one recipient is told. Not retained.",
    ),
    Channel(
        "eventPage", _T.event_page(_EVENT), ("page",), "desk", "sayTold", False,
        "That a recipient was told, for whoever shows the course of an incident: without words and "
        "link. Nobody is called by it. Not retained.",
    ),
    Channel(
        "deskAvailability", _T.desk_availability, ("availability",), "desk", "sayDeskAvailability",
        True,
        "Whether a desk takes care of the site. Retained; `offline` is also its last will. Without "
        "one nobody is called, and answers change nothing.",
    ),
    Channel(
        "deskStatus", _T.desk_status, ("desk_status",), "desk", "sayDeskStatus", True,
        "How the desk is doing: what it has told, what it could not. Retained.",
    ),
)  # fmt: skip
_OTHERS = (
    Channel(
        "command", _T.event_command(_EVENT), ("command", "word"), "people", "answer", False,
        "What somebody answers to an incident. Must not be retained: it would answer again.",
    ),
    Channel(
        "cameraCommand", _T.camera_command(_CAMERA), ("command", "word"), "people", "answerCamera",
        False,
        "As `command`, for the newest incident of a camera that nobody has taken: for buttons "
        "whose topic cannot change.",
    ),
    Channel(
        "resync", _T.resync, ("resync",), "people", "resync", False,
        "Asks for the incidents since a time. The device publishes them again on their own topics, "
        "in order, with `replayed: true`. Asked by a desk or a dashboard that was away.",
    ),
    Channel(
        "homeAssistantStatus", "homeassistant/status", ("availability",), "home assistant",
        "seeHomeAssistant", True,
        "Home Assistant has started, or stops. Below its own prefix, which can be configured.",
    ),
)  # fmt: skip
CHANNELS: tuple[Channel, ...] = (*_DEVICE, *_DESK, *_OTHERS)
