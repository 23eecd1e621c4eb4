"""The stream's own clock laid onto ours, so that a camera's time goes on through reconnections."""

from __future__ import annotations

from dataclasses import dataclass

_DRIFT_NS_MAX = 1_500_000_000  # more than network and decoder delay ever explain
_STEP_NS = 1_000_000


@dataclass
class Anchor:
    """Turns `Picture.pts_ns` into `Frame.at_ns` for one camera; never steps back.

    Within a connection, differences are the stream's own, so jitter of the network does not show.
    No picture comes from the future: one that arrives with less delay than any before sets the
    offset right. When the stream's clock runs away from ours otherwise (a cheap crystal, a stalled
    encoder), the offset is taken anew, and `jumps` counts it.
    """

    offset_ns: int | None = None
    last_ns: int = -1
    jumps: int = 0

    def connected(self) -> None:
        """A new connection: its clock has its own zero."""
        self.offset_ns = None

    def at_ns(self, pts_ns: int, arrival_ns: int) -> int:
        """The camera time of a picture that arrived at `arrival_ns` of our clock."""
        if self.offset_ns is None:
            self.offset_ns = arrival_ns - pts_ns
        ahead_ns = pts_ns + self.offset_ns - arrival_ns
        if not -_DRIFT_NS_MAX <= ahead_ns <= 0:
            self.offset_ns = arrival_ns - pts_ns
            self.jumps += int(abs(ahead_ns) > _DRIFT_NS_MAX)
        self.last_ns = max(pts_ns + self.offset_ns, self.last_ns + _STEP_NS)
        return self.last_ns
