"""What the pipeline saw, told: events and their pictures, to whoever posts or writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from alerts.event import Event, Evidence
from edge import snapshot
from edge.core.types import Decision
from edge.eventing import Eventing
from edge.evidence import Keeper
from edge.pipeline import Seen
from edge.ring import PacketRing

Post = Callable[[Event], None]
PostSnapshot = Callable[[str, str, bytes], None]  # event id, camera, JPEG


def no_snapshot(_event_id: str, _camera: str, _jpeg: bytes) -> None:
    """Posts nothing: the picture stays on the device."""


@dataclass(frozen=True)
class Pictures:
    """Where pictures of incidents go. `rings` has the packets of each camera of which clips are
    wanted, `snapshots` says whether pictures are."""

    keeper: Keeper
    rings: Mapping[str, PacketRing]
    post: PostSnapshot = no_snapshot
    snapshots: bool = True


class Reporter:
    """Turns what was seen into events, in order. Without `pictures` none are made."""

    def __init__(self, eventing: Eventing, post: Post, pictures: Pictures | None = None) -> None:
        self._eventing = eventing
        self._post = post
        self._pictures = pictures

    def tell(self, seen: Seen) -> None:
        """All phases that one frame brought about."""
        for decision in seen.decisions:
            pictures = self._pictures
            if pictures is None or decision.phase == "closed":
                self.tell_of(decision)
                continue
            if pictures.snapshots:
                self._tell_with_snapshot(seen, decision, pictures)
            else:
                self.tell_of(decision)
            ring = pictures.rings.get(decision.camera)
            if decision.phase == "opened" and ring is not None:
                event_id = self._eventing.event_id(decision)
                pictures.keeper.want_clip(event_id, ring, decision.at_ns)

    def tell_all(self, decisions: Iterable[Decision]) -> None:
        """Phases that no frame brought about: the end of a recording, or of the daemon."""
        for decision in decisions:
            self.tell_of(decision)

    def tell_of(self, decision: Decision) -> None:
        """One phase."""
        evidence = Evidence()
        if self._pictures is not None:
            evidence = self._pictures.keeper.of(self._eventing.event_id(decision))
        self._post(self._eventing.event(decision, evidence))

    def _tell_with_snapshot(self, seen: Seen, decision: Decision, pictures: Pictures) -> None:
        event_id = self._eventing.event_id(decision)
        event = self._eventing.event(decision, Evidence())
        caption = (
            f"{event.detected_at:%Y-%m-%d %H:%M:%S}Z  {event.site} / {event.camera}"
            f"{f' / {event.zone}' if event.zone else ''}  {event.label} {event.phase}"
            f"  {event.score:.2f} >= {event.threshold.value:.2f}"
        )
        jpeg = snapshot.jpeg(seen.frame.full(), decision, seen.scores, caption)
        pictures.keeper.snapshot(event_id, decision.seq, jpeg)
        self.tell_of(decision)
        pictures.post(event_id, decision.camera, jpeg)
