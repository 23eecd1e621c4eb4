"""Every topic of the contract, and the check on the names they are built from."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from alerts.errors import UserError

NAME_LENGTH_MAX = 64
_WILD = {"/": "a slash", "+": "a plus sign", "#": "a hash sign"}


def check_name(kind: str, name: str) -> str:
    """`name` itself, if it can be one level of a topic and a file name.

    `kind` says what is being named (`camera`, `site`, `zone`). Raises `UserError` saying what
    stands in the way, in words.
    """
    fault = _fault(name)
    if fault:
        raise UserError(f"{kind} name {name[:80]!r} {fault}: choose another name")
    return name


def _fault(name: str) -> str | None:
    faults = {
        "is empty": not name.strip(),
        f"has {len(name)} characters, {NAME_LENGTH_MAX} are allowed": len(name) > NAME_LENGTH_MAX,
        "begins with a dollar sign, which brokers keep for themselves": name.startswith("$"),
        "would mean a folder": name in {".", ".."},
    }
    found = [fault for fault, true in faults.items() if true]
    found += [fault for fault in map(_character_fault, name) if fault]
    if name != name.strip():
        found.append("begins or ends with a space")
    return found[0] if found else None


def _character_fault(character: str) -> str | None:
    code = ord(character)
    if character in _WILD:
        return f"contains {_WILD[character]} ({character}), which topics are divided by"
    # Controls, surrogates, line and paragraph separators: brokers close the connection on them.
    if unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}:
        return f"contains the control character U+{code:04X}"
    if code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF:
        return f"contains U+{code:04X}, which is no character"
    return None


@dataclass(frozen=True)
class Topics:
    """All topics of one site. `prefix` may have several levels (`acme/floorwatch`).

    Raises `UserError` for a prefix or a site that topics cannot be built from.
    """

    prefix: str
    site: str

    def __post_init__(self) -> None:
        for level in self.prefix.split("/"):
            check_name("topic prefix", level)
        check_name("site", self.site)

    @property
    def root(self) -> str:
        """`floorwatch/<site>`."""
        return f"{self.prefix}/{self.site}"

    @property
    def availability(self) -> str:
        """`online` or `offline`, retained."""
        return f"{self.root}/availability"

    @property
    def status(self) -> str:
        """How the daemon is doing, retained."""
        return f"{self.root}/status"

    @property
    def check(self) -> str:
        """Written by `floorwatch check` alone, to see whether the broker lets us write."""
        return f"{self.root}/check"

    @property
    def resync(self) -> str:
        """Inbound: send every event since a time again."""
        return f"{self.root}/resync"

    def health(self, camera: str) -> str:
        """Whether a camera can see, retained."""
        return f"{self.root}/cameras/{camera}/health"

    def view(self, camera: str) -> str:
        """JPEG of what a camera shows while it cannot see, retained."""
        return f"{self.root}/cameras/{camera}/view"

    def camera_snapshot(self, camera: str) -> str:
        """JPEG of the last alert of a camera, retained."""
        return f"{self.root}/cameras/{camera}/snapshot"

    def alert(self, camera: str, label: str) -> str:
        """Events of one label on one camera."""
        return f"{self.root}/alerts/{camera}/{label}"

    def event_snapshot(self, event_id: str) -> str:
        """JPEG of one event."""
        return f"{self.root}/events/{event_id}/snapshot"

    def event_plain(self, event_id: str) -> str:
        """JPEG of one event, as its snapshot but with nothing drawn into it."""
        return f"{self.root}/events/{event_id}/plain"

    def event_state(self, event_id: str) -> str:
        """Who took care of one event, retained; written by the desk alone."""
        return f"{self.root}/events/{event_id}/state"

    def event_command(self, event_id: str) -> str:
        """Inbound: acknowledge, resolve, false alarm."""
        return f"{self.root}/events/{event_id}/command"

    def event_clip(self, event_id: str) -> str:
        """MP4 of one event, where the site lets it be sent."""
        return f"{self.root}/events/{event_id}/clip"

    def event_page(self, event_id: str) -> str:
        """That somebody was told of one event, for whoever shows its course."""
        return f"{self.root}/events/{event_id}/page"

    def camera_label(self, camera: str, label: str) -> str:
        """`ON` while an incident of this label is open on a camera, else `OFF`; retained."""
        return f"{self.root}/cameras/{camera}/{label}"

    def camera_command(self, camera: str) -> str:
        """Inbound: as `event_command`, for the newest event of a camera that nobody has taken."""
        return f"{self.root}/cameras/{camera}/command"

    def page(self, recipient: str) -> str:
        """What the desk tells one recipient."""
        return f"{self.root}/pages/{recipient}"

    @property
    def desk_availability(self) -> str:
        """`online` or `offline`, retained: whether a desk takes care of this site."""
        return f"{self.root}/desk/availability"

    @property
    def desk_status(self) -> str:
        """How the desk of this site is doing, retained."""
        return f"{self.root}/desk/status"

    @staticmethod
    def discovery(device_id: str, prefix: str = "homeassistant") -> str:
        """Home Assistant's device discovery, retained, below its own prefix."""
        return f"{prefix}/device/{device_id}/config"


@dataclass(frozen=True)
class Filters:
    """Subscriptions over all topics of one site, or of all sites (`site="+"`)."""

    prefix: str
    site: str = "+"

    def __post_init__(self) -> None:
        for level in self.prefix.split("/"):
            check_name("topic prefix", level)
        if self.site != "+":
            check_name("site", self.site)

    @property
    def alerts(self) -> str:
        """Every event."""
        return self._all("alerts/+/+")

    @property
    def health(self) -> str:
        """Every camera's health."""
        return self._all("cameras/+/health")

    @property
    def availability(self) -> str:
        """Every daemon's availability."""
        return self._all("availability")

    @property
    def status(self) -> str:
        """Every daemon's status."""
        return self._all("status")

    @property
    def states(self) -> str:
        """Every event's state."""
        return self._all("events/+/state")

    @property
    def commands(self) -> str:
        """Every answer to an event."""
        return self._all("events/+/command")

    @property
    def camera_commands(self) -> str:
        """Every answer to a camera's newest event."""
        return self._all("cameras/+/command")

    @property
    def snapshots(self) -> str:
        """Every event's picture."""
        return self._all("events/+/snapshot")

    @property
    def plains(self) -> str:
        """Every event's picture with nothing drawn into it."""
        return self._all("events/+/plain")

    @property
    def clips(self) -> str:
        """Every event's clip."""
        return self._all("events/+/clip")

    @property
    def camera_snapshots(self) -> str:
        """The picture of every camera's last event."""
        return self._all("cameras/+/snapshot")

    @property
    def views(self) -> str:
        """What every camera shows that cannot see."""
        return self._all("cameras/+/view")

    @property
    def pages(self) -> str:
        """Everything the desk tells anybody."""
        return self._all("pages/+")

    @property
    def event_pages(self) -> str:
        """That somebody was told of an event."""
        return self._all("events/+/page")

    @property
    def desk_availability(self) -> str:
        """Every desk's availability."""
        return self._all("desk/availability")

    @property
    def desk_statuses(self) -> str:
        """How every desk is doing."""
        return self._all("desk/status")

    @property
    def resyncs(self) -> str:
        """Every request to send events again."""
        return self._all("resync")

    @property
    def everything(self) -> str:
        """Every topic."""
        return self._all("#")

    def _all(self, below: str) -> str:
        return f"{self.prefix}/{self.site}/{below}"
