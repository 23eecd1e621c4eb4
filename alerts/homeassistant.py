"""What Home Assistant is told so that each camera is a device there (MQTT device discovery).

Pure: from names to payloads. One retained message for each device, on
`<prefix>/device/<id>/config`, with its components; Home Assistant 2024.11 was the first to
understand it. The rules kept here are those of its `components/mqtt` (`discovery.py`, `schemas.py`,
and the schema of each platform), as of 2024.12; `tests/alerts/test_homeassistant.py` names them one
by one. Written out in full, without its abbreviations: read by people too.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, get_args

from alerts.answers import ACTIONS
from alerts.event import Label
from alerts.ports import Message
from alerts.status import Reason
from alerts.topics import Topics

ON, OFF = b"ON", b"OFF"
BIRTH = b"online"  # what Home Assistant says on `<prefix>/status` when it has started
_CLASSES: dict[Label, str | None] = {  # None: Home Assistant has none that fits
    "collapse": "safety",
    "spill": "moisture",
    "camera": "problem",
    "unusual": None,
}
_NAMES: dict[Label, str] = {
    "collapse": "Collapse",
    "spill": "Spill",
    "camera": "Cannot see",
    "unusual": "Unusual",
}
_ICONS = {"acknowledge": "mdi:account-check", "resolve": "mdi:check", "false_alarm": "mdi:cancel"}
_PRESSES = {"acknowledge": "Acknowledge", "resolve": "Resolve", "false_alarm": "False alarm"}
# What a retained message that is taken back leaves: nothing to read.
_REASON = "{{ value_json.reason if value_json is defined else 'offline' }}"
_PROBLEM = "{{ 'OFF' if value_json is defined and value_json.reason == 'ok' else 'ON' }}"


@dataclass(frozen=True)
class WatchedCamera:
    """A camera: its name and what it is watched for."""

    name: str
    labels: tuple[Label, ...]


@dataclass(frozen=True)
class Announcer:
    """The discovery of one site. `version` is floorwatch's; `pictures` says whether the pictures of
    alerts are sent to the broker."""

    topics: Topics
    prefix: str
    version: str
    pictures: bool = True

    @property
    def birth_topic(self) -> str:
        """Where Home Assistant says that it has started."""
        return f"{self.prefix}/status"

    def site(self) -> Message:
        """The device that all cameras hang on: whether the box itself is there."""
        own = _id(self.topics.root)
        return self._device(
            own,
            {"name": f"floorwatch {self.topics.site}", "model": "floorwatch site"},
            {
                "connectivity": {
                    "platform": "binary_sensor",
                    "name": "Connection",
                    "device_class": "connectivity",
                    "entity_category": "diagnostic",
                    "state_topic": self.topics.availability,
                    "payload_on": "online",
                    "payload_off": "offline",
                },
                "waiting": {
                    "platform": "sensor",
                    "name": "Alerts waiting",
                    "entity_category": "diagnostic",
                    "state_class": "measurement",
                    "state_topic": self.topics.status,
                    "value_template": "{{ value_json.outbox.depth }}",
                },
            },
        )

    def camera(self, camera: WatchedCamera) -> Message:
        """The device of one camera."""
        components: dict[str, dict[str, Any]] = {
            label: self._label(camera, label) for label in _CLASSES
        }
        components |= self._health(camera.name)
        components["picture"] = self._picture(camera.name)
        components |= {action: self._button(camera.name, action) for action in ACTIONS}
        return self._device(
            self._camera_id(camera.name),
            {
                "name": camera.name,
                "model": "floorwatch camera",
                "via_device": _id(self.topics.root),
            },
            components,
        )

    def all(self, cameras: Sequence[WatchedCamera]) -> tuple[Message, ...]:
        """Every device; the site first, since the cameras hang on it."""
        return (self.site(), *map(self.camera, cameras))

    def state(self, camera: str, label: Label, *, is_open: bool) -> Message:
        """Whether an incident is open there."""
        payload = ON if is_open else OFF
        return Message(self.topics.camera_label(camera, label), payload, retain=True)

    def _device(
        self, own: str, device: dict[str, Any], components: dict[str, dict[str, Any]]
    ) -> Message:
        payload = {
            "device": {
                "identifiers": [own],
                "manufacturer": "floorwatch",
                "sw_version": self.version,
            }
            | device,
            "origin": {"name": "floorwatch", "sw_version": self.version},
            "components": {name: _whole(own, name, one) for name, one in components.items()},
        }
        text = json.dumps(payload, ensure_ascii=False)
        return Message(self.topics.discovery(own, self.prefix), text.encode(), retain=True)

    def _label(self, camera: WatchedCamera, label: Label) -> dict[str, Any]:
        """On while an incident is open; score, zone and times of its last phase beside it."""
        if label not in camera.labels:
            return {"platform": "binary_sensor"}  # alone, it takes the component back
        named = {"platform": "binary_sensor", "name": _NAMES[label]}
        if (its_class := _CLASSES[label]) is not None:
            named["device_class"] = its_class
        return (
            named
            | {
                "state_topic": self.topics.camera_label(camera.name, label),
                "json_attributes_topic": self.topics.alert(camera.name, label),
            }
            | self._where_there()
        )

    def _picture(self, camera: str) -> dict[str, Any]:
        if not self.pictures:
            return {"platform": "image"}
        return {
            "platform": "image",
            "name": "Last alert",
            "image_topic": self.topics.camera_snapshot(camera),
            "content_type": "image/jpeg",
        } | self._where_there()

    def _health(self, camera: str) -> dict[str, dict[str, Any]]:
        topic = self.topics.health(camera)
        return {
            "problem": {
                "platform": "binary_sensor",
                "name": "Problem",
                "device_class": "problem",
                "entity_category": "diagnostic",
                "state_topic": topic,
                "value_template": _PROBLEM,
            }
            | self._where_there(),
            "health": {
                "platform": "sensor",
                "name": "Health",
                "device_class": "enum",
                "options": list(get_args(Reason)),
                "entity_category": "diagnostic",
                "state_topic": topic,
                "value_template": _REASON,
            }
            | self._where_there(),
        }

    def _button(self, camera: str, action: str) -> dict[str, Any]:
        """For the newest incident of the camera; the desk is who hears it."""
        return {
            "platform": "button",
            "name": _PRESSES[action],
            "icon": _ICONS[action],
            "command_topic": self.topics.camera_command(camera),
            "payload_press": action,
        } | self._where_there(self.topics.desk_availability)

    def _where_there(self, topic: str | None = None) -> dict[str, Any]:
        """Unavailable while nobody would keep it true."""
        return {"availability": [{"topic": topic or self.topics.availability}]}

    def _camera_id(self, camera: str) -> str:
        return _id(f"{self.topics.root}/{camera}")


def _whole(own: str, name: str, component: dict[str, Any]) -> dict[str, Any]:
    """With what every component has. A QoS said once for the device is allowed, and not heeded."""
    taken_back = component.keys() == {"platform"}
    return component if taken_back else {"unique_id": f"{own}_{name}", "qos": 1} | component


def _id(path: str) -> str:
    """An id that Home Assistant takes in a topic, whatever the names are: what can be read of them,
    and a digest that keeps two of them apart."""
    words = re.sub(r"[^a-z0-9]+", "_", path.lower()).strip("_")[:48]
    return f"{words}_{hashlib.sha256(path.encode()).hexdigest()[:8]}"
