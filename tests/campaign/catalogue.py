"""The rows by name, in the order in which they run."""

from __future__ import annotations

from tests.campaign.row import Run
from tests.campaign.rows import broker, camera_gone, kill

ROWS: dict[str, Run] = {
    "broker-killed": broker.killed,
    "broker-frozen": broker.frozen,
    "cameras-killed": camera_gone.killed,
    "kill-9": kill.killed,
}
