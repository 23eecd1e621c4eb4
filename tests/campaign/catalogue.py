"""The rows by name, in the order in which they run."""

from __future__ import annotations

from tests.campaign.row import Run
from tests.campaign.rows import (
    broker,
    camera_gone,
    camera_odd,
    clock,
    desks,
    disk,
    kill,
    latency,
    many,
    network,
    pages,
    receivers,
    reload,
    soak,
    stop,
)

ROWS: dict[str, Run] = {
    "broker-killed": broker.killed,
    "broker-frozen": broker.frozen,
    "cameras-killed": camera_gone.killed,
    "cameras-cut": network.cameras_cut,
    "broker-cut": network.broker_cut,
    "camera-odd": camera_odd.odd,
    "network-lossy": network.lossy,
    "disk-full": disk.full,
    "disk-read-only": disk.read_only,
    "disk-slow": disk.slow,
    "kill-9": kill.killed,
    "stop": stop.stopped,
    "clock-set": clock.stepped,
    "reload": reload.reloaded,
    "latency": latency.measured,
    "desk-killed": desks.killed,
    "desk-hung": desks.hung,
    "desk-cut-off": desks.cut_off,
    "desk-clock-set": desks.clock_set,
    "desk-receivers-away": receivers.away,
    "desk-ten-thousand": many.told,
    "pages": pages.grown,
    "soak": soak.soaked,
}
