"""A real RTSP server (GStreamer's), run as a process of the system's Python, which has `gi`.

Reads its orders as one JSON line on stdin, prints `ready PORT` when it listens, then serves until
it is killed. It plays *tapes* written by `tests.support.rtsp_server`: access units as they are,
so nothing is encoded here. Every client gets the tape from its beginning.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import gi  # type: ignore[import-not-found]  # only the system's Python has it

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import (  # type: ignore[import-not-found]  # noqa: E402  # as above, and
    GLib,  # the versions must be named first
    Gst,
    GstRtspServer,
)

from tests.support.tape import Unit, read_tape  # noqa: E402  # after gi, to stay one block

ROLE = "viewer"
PIPELINES = {
    "h264": (
        "video/x-h264,stream-format=byte-stream,alignment=au",
        "h264parse ! rtph264pay config-interval=-1",
    ),
    "hevc": (
        "video/x-h265,stream-format=byte-stream,alignment=au",
        "h265parse ! rtph265pay config-interval=-1",
    ),
    "mjpeg": ("image/jpeg", "jpegparse ! rtpjpegpay"),
}


def noise(unit: bytes) -> bytes:
    """A slice of the same kind and size without a valid bit in it."""
    head = unit.rfind(b"\0\0\1") + 4
    return unit[:head] + b"\xff" * (len(unit) - head)


class Player:
    """Feeds one client's appsrc, one unit each time it asks."""

    def __init__(self, units: list[Unit], order: dict[str, Any]) -> None:
        self._units = units
        self._loop = order["loop"]
        self._jump = order["jump_at_unit"], order["jump_ns"]
        self._noise = order["noise_from_unit"], order["noise_until_unit"]
        self._clock = order["clock_from_unit"], order["clock_rate"]
        self._silent_from = order["silent_from_unit"]
        self._sent_s: float | None = None
        self._length_ns = max(unit.pts_ns + unit.duration_ns for unit in units)
        self._number = 0

    def need(self, appsrc: Any, _bytes: int) -> None:
        rounds, index = divmod(self._number, len(self._units))
        if rounds and not self._loop:
            appsrc.emit("end-of-stream")
            return
        if self._silent_from and self._number >= self._silent_from:
            return  # it is not asked again, and GStreamer goes on with its sender reports
        unit = self._units[index]
        shift_ns = rounds * self._length_ns
        if self._jump[0] and self._number >= self._jump[0]:
            shift_ns += self._jump[1]
        noisy = self._noise[0] and self._noise[0] <= self._number < self._noise[1]
        buffer = Gst.Buffer.new_wrapped(noise(unit.data) if noisy else unit.data)
        if self._clock[0]:
            self._pace(unit)
        buffer.pts = self._stamp(unit.pts_ns + shift_ns)
        buffer.dts = max(0, self._stamp(unit.dts_ns + shift_ns))
        buffer.duration = unit.duration_ns
        self._number += 1
        appsrc.emit("push-buffer", buffer)

    def _pace(self, unit: Unit) -> None:
        """The clock of the stream does not say when to send: ours does."""
        now_s = time.monotonic()
        due_s = now_s if self._sent_s is None else self._sent_s + unit.duration_ns / 1e9
        time.sleep(max(0.0, due_s - now_s))
        self._sent_s = due_s

    def _stamp(self, at_ns: int) -> int:
        from_unit, rate = self._clock
        from_ns = from_unit * self._units[0].duration_ns
        return (
            at_ns if at_ns <= from_ns or not from_unit else int(from_ns + rate * (at_ns - from_ns))
        )


class Factory(GstRtspServer.RTSPMediaFactory):  # type: ignore[misc]  # gi has no types here
    """One mount."""

    def __init__(self, order: dict[str, Any]) -> None:
        super().__init__()
        self._order = order
        self._units = read_tape(Path(order["tape"]))
        caps, pay = PIPELINES[order["codec"]]
        # A track that nobody asks for is not linked, which GStreamer's server sometimes takes,
        # before the others play, for a broken stream.
        tracks = (
            f'appsrc name=tape{n} is-live=false format=time block=false caps="{caps}" '
            f"! errorignore ignore-notlinked=true convert-to=ok ! {pay} name=pay{n} pt={96 + n}"
            for n in range(order["tracks"])
        )
        self.set_launch(f"( {' '.join(tracks)} )")
        self.set_shared(False)
        self.set_eos_shutdown(True)
        self.set_latency(0)

    def do_configure(self, media: Any) -> None:
        if self._order["clock_from_unit"]:
            media.set_rate_control(False)  # sent as it comes, whatever the time stamps say
        media.players = []  # live as long as their media
        for number in range(self._order["tracks"]):
            player = Player(self._units, self._order)
            appsrc = media.get_element().get_by_name(f"tape{number}")
            appsrc.connect("need-data", player.need)
            media.players.append(player)


def guard(server: Any, user: str, password: str, method: str) -> None:
    """Lets in `user` only."""
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string(GstRtspServer.RTSP_TOKEN_MEDIA_FACTORY_ROLE, ROLE)
    if method == "basic":
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    else:
        auth.set_supported_methods(2)  # GST_RTSP_AUTH_DIGEST
        auth.add_digest(user, password, token)
    server.set_auth(auth)


def allow(factory: Any) -> None:
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_permission_for_role(ROLE, "media.factory.access", True)
    permissions.add_permission_for_role(ROLE, "media.factory.construct", True)
    factory.set_permissions(permissions)


def main() -> None:
    Gst.init(None)
    orders = json.loads(sys.stdin.readline())
    server = GstRtspServer.RTSPServer()
    server.set_address(orders["host"])
    server.set_service(str(orders["port"]))
    user = orders["user"]
    if user:
        guard(server, user, orders["password"], orders["auth"])
    mounts = server.get_mount_points()
    for order in orders["mounts"]:
        factory = Factory(order)
        if user:
            allow(factory)
        mounts.add_factory(order["path"], factory)
    if not server.attach(None):
        print("failed", flush=True)
        raise SystemExit(1)
    print(f"ready {server.get_bound_port()}", flush=True)
    GLib.MainLoop().run()


if __name__ == "__main__":
    main()
