"""What nearly every row needs: a broker, a camera server, the daemon and the desk, all real.

The cameras play a drawn clip round and round, in which somebody falls once a round: what must be
told is known without asking the daemon.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edge.core.types import Box
from edge.sources.pattern import Mark, Script
from tests.campaign.desk import Desk
from tests.campaign.ledger import Ledger, account, missing
from tests.campaign.process import STOP_S, Daemon, await_
from tests.campaign.row import Findings, Lab
from tests.support.clips import Codec, write_pattern
from tests.support.mosquitto import Mosquitto
from tests.support.rtsp_server import Mount, RtspServer, rtsp_server_or_skip
from tests.support.site import site_file
from tests.support.until import until

# As configs/mosquitto.conf: a broker that keeps what it acknowledged.
KEEP = "autosave_on_changes true\nautosave_interval 1\nmax_queued_messages 0\n"
ROUND_S = 8.0
FPS = 10.0
CLIENT = "floorwatch-lab"  # the daemon's name at the broker
# An incident a round, and some five phases of it.
ALARMS: dict[str, Any] = {
    "collapse": {
        "slow_s": 4, "confirm_s": 1, "clear_s": 1, "cool_down_s": 0.5, "update_s": 1,
    },
}  # fmt: skip
_STANDING = Box(0.20, 0.20, 0.12, 0.50)
_LYING = Box(0.20, 0.62, 0.36, 0.16)
_FALL = (Mark("upright", _STANDING, 0, 1.5), Mark("down", _LYING, 1.5, 5.0))
_DRAIN_S = 40.0


def busy_clip(
    folder: Path,
    name: str = "busy",
    *,
    size: tuple[int, int] = (320, 180),
    codec: Codec = "h264",
) -> Path:
    """Somebody falls once in a round of `ROUND_S`, and is gone at its end."""
    path = folder / f"{name}.mp4"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        write_pattern(path, Script(_FALL, ROUND_S, FPS, size), codec=codec)
    return path


def camera(name: str, url: str, **more: Any) -> dict[str, Any]:
    """A camera of a site file, with short waiting times."""
    return {"name": name, "url": url, "connect_timeout_s": 3, "read_timeout_s": 3} | more


@dataclass
class Scene:
    """A site that runs."""

    lab: Lab
    folder: Path
    broker: Mosquitto
    server: RtspServer
    daemon: Daemon
    desk: Desk
    cameras: list[str]
    findings: Findings = field(default_factory=Findings)

    def await_(self, true: Callable[[], object], what: str, timeout_s: float = 60.0) -> None:
        """Until it is true, with the daemon running."""
        await_(self.daemon, true, what, timeout_s)

    def running(self, from_s: float = 0.0) -> None:
        """Until every camera has told of an incident, since a moment (monotonic)."""

        def all_told() -> bool:
            return {one.camera for one in self.desk.told(from_s)} >= set(self.cameras)

        self.await_(all_told, "an incident of every camera", 90)

    def drained(self, timeout_s: float = _DRAIN_S) -> bool:
        """Whether all that was kept arrives in time."""
        try:
            until(
                lambda: not missing(self.daemon.kept(), self.desk.told()),
                "all that was kept has arrived",
                timeout_s,
            )
        except AssertionError:
            return False
        return True

    def balance(self) -> Ledger:
        """Stops the daemon as it should be, waits for the rest, and does the sums."""
        self.drained()
        code = self.daemon.stop(4 * STOP_S) if self.daemon.running else None
        found = "it ended by itself" if code is None else f"stopped, it ended with {code}"
        self.findings.goal("the daemon lives until it is stopped", found, code == 0)
        if not self.drained(5.0):  # what it could not say in time it says when it runs again
            self.daemon.start()
            self.drained()
            self.daemon.stop(4 * STOP_S)
        self.findings.ledger = account(
            self.daemon.kept(), self.desk.told(), len(self.desk.not_by_contract)
        )
        if not self.findings.ledger.logged:
            self.findings.notes.append("the daemon logs no events: gaps in `seq` are what counts")
        return self.findings.ledger


@contextmanager
def scene(
    lab: Lab,
    cameras: int = 3,
    *,
    mounts: list[Mount] | None = None,
    host: str = "127.0.0.1",
    broker_host: str = "127.0.0.1",
    broker_port: int | None = None,
    before: tuple[str, ...] = (),
    environment: dict[str, str] | None = None,
    udp: int = 0,
    more: Sequence[dict[str, Any]] = (),
    **site: Any,
) -> Iterator[Scene]:
    """Starts everything and ends everything. `broker_port` is where the daemon finds the broker if
    not at its own door. `mounts` play something else than the fall, the last `udp` cameras speak
    UDP, `more` cameras are on other servers; `site` are further sections of the site file."""
    server_class = rtsp_server_or_skip()
    clip = busy_clip(lab.folder / "clips")
    names = [m.path[1:] for m in mounts or ()] or [f"c{number}" for number in range(cameras)]
    played = mounts or [Mount(f"/{name}", clip, loop=True) for name in names]
    with ExitStack() as stack:
        broker = stack.enter_context(
            Mosquitto(lab.folder / "broker", persistence=True, more=KEEP, host=broker_host)
        )
        server = stack.enter_context(server_class(*played, host=host))
        desk = stack.enter_context(Desk(broker.settings("desk")))
        listed = [camera(mount.path[1:], server.url(mount.path)) for mount in played]
        for one in listed[len(listed) - udp :]:
            one["transport"] = "udp"
        listed += more
        where = {"host": broker_host, "port": broker_port or broker.port}
        path = site_file(
            lab.folder / "site", listed, **({"broker": where, "alarms": ALARMS} | site)
        )
        daemon = Daemon(path, before=before, environment=environment or {})
        stack.enter_context(daemon)
        yield Scene(lab, lab.folder, broker, server, daemon, desk, names)
