"""What was decided, told: events and their pictures, to whoever posts or writes them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from alerts.event import Event, Evidence, Label
from edge import privacy, snapshot
from edge.clips import Veil
from edge.core.geometry import Polygon
from edge.core.policy import Area
from edge.core.types import Decision, Phase, Rgb
from edge.eventing import Eventing
from edge.evidence import Keeper
from edge.pipeline import Seen
from edge.privacy import NOTHING_HIDDEN, Privacy
from edge.ring import PacketRing
from edge.sightings import Sightings

Post = Callable[[Event, int], None]  # with the camera time it was decided at, in ns
PostSnapshot = Callable[[str, str, bytes], None]  # event id, camera, JPEG


@dataclass(frozen=True)
class Drawn:
    """A picture of one phase as JPEG: the snapshot, and the same `plain`, with nothing drawn into
    it, where that is wanted."""

    snapshot: bytes
    plain: bytes | None


def no_snapshot(_event_id: str, _camera: str, _jpeg: bytes) -> None:
    """Posts nothing: the picture stays on the device."""


@dataclass(frozen=True)
class Pictures:
    """Where pictures of incidents go. `rings` gives the packets of a camera of which clips are
    wanted, None for others; `snapshots` says whether pictures are; `plain` whether each is kept and
    posted with nothing drawn into it as well; `in_turn` that the keeper's own thread writes them.
    `privacy` says whom they hide, of those in `sightings` lately: nothing else
    is ever kept or posted."""

    keeper: Keeper
    ring_of: Callable[[str], PacketRing | None] = lambda _camera: None
    post: PostSnapshot = no_snapshot
    snapshots: bool = True
    plain: bool = False
    post_plain: PostSnapshot = no_snapshot
    in_turn: bool = False
    privacy: Privacy = NOTHING_HIDDEN
    sightings: Sightings = field(default_factory=lambda: Sightings(0))

    def shown(self, seen: Seen, decision: Decision | None) -> Rgb:
        """The picture (H×W×3) of a frame as it may be shown; without a decision, of what is no
        incident."""
        picture = snapshot.shrunk(seen.frame.full(), snapshot.WIDTH_PX_MAX)
        at_ns = seen.frame.at_ns
        if decision is None:  # a camera that cannot see: nobody vouches for who was found
            return self.privacy.hidden(picture, None, None)
        lately = self.sightings.track(seen.frame.camera, at_ns, at_ns).around(at_ns) or ()
        people = (*(person.box for person in seen.scores.people), *lately)
        return self.privacy.hidden(picture, people, privacy.spared(decision))

    def veil(self, camera: str, decision: Decision | None) -> Veil | None:
        """What a clip of that incident must hide, if anything; of what is none, without one."""
        if not self.privacy.on:
            return None
        spared = None if decision is None else privacy.spared(decision)
        return Veil(self.privacy, self.sightings, camera, spared)

    def drawn(self, told: Told, seen: Seen) -> Drawn:
        """The pictures of one phase."""
        picture, caption = self.shown(seen, told.decision), _caption(told.event)
        if told.decision is None:
            jpeg = snapshot.captioned(picture, caption)
        else:
            jpeg = snapshot.jpeg(picture, told.decision, seen.scores, caption, told.outline)
        return Drawn(jpeg, snapshot.plain(picture) if self.plain else None)

    def keep(self, event: Event, drawn: Drawn) -> None:
        """Onto the disk."""
        write = self.keeper.hand_in if self.in_turn else self.keeper.snapshot
        write(event.event_id, event.seq, drawn.snapshot, drawn.plain)

    def send(self, event: Event, drawn: Drawn) -> None:
        """To the broker, the plain one last."""
        self.post(event.event_id, event.camera, drawn.snapshot)
        if drawn.plain is not None:
            self.post_plain(event.event_id, event.camera, drawn.plain)


@dataclass(frozen=True)
class Told:
    """One phase to tell of: the event, still without evidence, and the frame that brought it
    about; None where no frame did, as at the end of a recording. `outline` is that of the zone.
    What is noticed of a camera, and is no incident, has no decision but `noticed_ns` (camera
    time)."""

    event: Event
    decision: Decision | None
    seen: Seen | None = None
    outline: Polygon | None = None
    noticed_ns: int = 0

    @property
    def at_ns(self) -> int:
        """When it was decided, in the camera's time."""
        return self.noticed_ns if self.decision is None else self.decision.at_ns


def tellings(
    eventing: Eventing,
    decisions: Iterable[Decision],
    seen: Seen | None = None,
    zones: Iterable[Area] = (),
) -> Iterator[Told]:
    """What to tell of these decisions, on a camera with these zones."""
    outlines = {zone.name: zone.polygon for zone in zones}
    for decision in decisions:
        yield Told(eventing.event(decision), decision, seen, outlines.get(decision.zone or ""))


class Reporter:
    """Makes the pictures of an event, keeps them, and posts it. Without `pictures` none are made.
    Used by one thread; `counted` and `drills` are read by others."""

    def __init__(self, post: Post, pictures: Pictures | None = None) -> None:
        self.drills = 0
        self._counted: Counter[tuple[str, Label, Phase]] = Counter()
        self._post = post
        self._pictures = pictures

    def counted(self) -> Mapping[tuple[str, Label, Phase], int]:
        """How many phases were told, by camera, label and phase; drills apart."""
        return dict(self._counted)

    def tell(self, told: Told) -> None:
        """One phase."""
        if self._pictures is not None and told.event.label == "camera":
            self._pictures.keeper.give_way(told.event.event_id)
        drawn = self._drawn(told)
        self._post(replace(told.event, evidence=self._evidence(told.event)), told.at_ns)
        if drawn is not None and self._pictures is not None:
            self._pictures.send(told.event, drawn)
        self._want_clip(told)
        self._count(told.event)

    def _drawn(self, told: Told) -> Drawn | None:
        """The pictures, kept before the event is told, so that the event can vouch for them."""
        pictures, seen = self._pictures, told.seen
        if pictures is None or seen is None or not pictures.snapshots:
            return None
        if told.event.phase == "closed":
            return None
        drawn = pictures.drawn(told, seen)
        pictures.keep(told.event, drawn)
        return drawn

    def _evidence(self, event: Event) -> Evidence:
        return Evidence() if self._pictures is None else self._pictures.keeper.of(event.event_id)

    def _want_clip(self, told: Told) -> None:
        if self._pictures is None or told.event.phase != "opened":
            return
        ring = self._pictures.ring_of(told.event.camera)
        if ring is not None:
            veil = self._pictures.veil(told.event.camera, told.decision)
            self._pictures.keeper.want_clip(told.event.event_id, ring, told.at_ns, veil)

    def _count(self, event: Event) -> None:
        if event.drill:
            self.drills += event.phase == "opened"
        else:
            self._counted[event.camera, event.label, event.phase] += 1


def _caption(event: Event) -> str:
    score = f"{event.score:.2f} >= {event.threshold.value:.2f}"
    why = event.path if event.label == "camera" else score
    return (
        f"{event.detected_at:%Y-%m-%d %H:%M:%S}Z  {event.site} / {event.camera}"
        f"{f' / {event.zone}' if event.zone else ''}  {event.label} {event.phase}"
        f"  {'DRILL' if event.drill else why}"
    )
