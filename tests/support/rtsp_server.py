"""Starts the real RTSP server of `rtsp_process` and prepares what it plays.

Clips are not encoded again: their access units are copied to a *tape* (Annex B). Only a held
last picture is encoded, once, and appended.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Literal

import pytest
from typing_extensions import Self

from tests.support.tape import write_tape
from tests.support.taping import held_units, joined, units_of

SYSTEM_PYTHON = "/usr/bin/python3"
_ROOT = Path(__file__).resolve().parents[2]
_NS = 1_000_000_000
_READY_S = 15.0


@dataclass(frozen=True)
class Mount:
    """One stream: `path` in the URL, and the H.264, H.265 or MJPEG clip it plays to each client
    from the beginning. `hold_last_s` appends the last picture, standing still, for so long.
    `jump_s` (negative: back; forward is only a pause) moves the stream's clock from access unit
    `jump_at_unit` on; from `noise_from_unit` up to `noise_until_unit`, pictures are noise that
    cannot be decoded. From `clock_from_unit` on the stream's clock goes `clock_rate` times as fast
    as the pictures come (0: it stands still; at most 1, since the server sends by it). `tracks`
    offers the same video so often at once. After `silent_from_unit` only reports come. `then` is a
    second clip of the same codec, in mid-stream: of another size, if it has one."""

    path: str
    clip: Path
    loop: bool = False
    hold_last_s: float = 0.0
    jump_at_unit: int = 0
    jump_s: float = 0.0
    noise_from_unit: int = 0
    noise_until_unit: int = 1_000_000_000
    silent_from_unit: int = 0
    clock_from_unit: int = 0
    clock_rate: float = 1.0
    tracks: int = 1
    then: Path | None = None


def rtsp_server_or_skip() -> type[RtspServer]:
    """The server's class; a visible skip where GStreamer's server is missing, a failure in CI."""
    missing = RtspServer.missing()
    if missing and os.environ.get("CI"):
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)
    return RtspServer


class RtspServer:
    """A server on a free port of `host`, from entering to leaving.

    `kill` ends it as a power cut does, `restart` starts it again on the same port; `freeze` and
    `thaw` make it fall silent with its connections open.
    """

    def __init__(
        self,
        *mounts: Mount,
        user: str = "",
        password: str = "",
        auth: Literal["digest", "basic"] = "digest",
        host: str = "127.0.0.1",
    ) -> None:
        self.host = host
        self._mounts = mounts
        self._login = (user, password, auth)
        self._process: subprocess.Popen[str] | None = None
        self._folder: Path | None = None
        self.port = 0
        self.frozen = False

    @staticmethod
    @cache
    def missing() -> str | None:
        """What is not installed, in words for a skip; None when the server can run."""
        if not Path(SYSTEM_PYTHON).exists():
            return f"no {SYSTEM_PYTHON}"
        probe = (
            "import gi; gi.require_version('GstRtspServer', '1.0');"
            "from gi.repository import Gst, GstRtspServer; Gst.init(None);"
            "assert Gst.ElementFactory.find('rtph264pay') and Gst.ElementFactory.find('h264parse')"
        )
        done = subprocess.run(
            [SYSTEM_PYTHON, "-c", probe], capture_output=True, timeout=60, check=False
        )
        if done.returncode == 0:
            return None
        return (
            "GStreamer's RTSP server is missing: apt-get install python3-gi gir1.2-gst-rtsp-server"
            "-1.0 gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad"
        )

    def url(self, path: str, *, login: str = "") -> str:
        """The address of a mount; `login` is `user:password`, if it shall stand in it."""
        return f"rtsp://{login + '@' if login else ''}{self.host}:{self.port}{path}"

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="rtsp-"))
        self.play(*self._mounts)
        self.restart()
        return self

    def play(self, *mounts: Mount) -> None:
        """From the next `restart` on, these instead."""
        assert self._folder is not None
        folder = Path(tempfile.mkdtemp(dir=self._folder))
        self._orders = [
            self._order(mount, folder / f"{number}.tape") for number, mount in enumerate(mounts)
        ]

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.kill()
        if self._folder is not None:
            shutil.rmtree(self._folder)

    def restart(self) -> None:
        """Starts the process, on the port it had if it had one, and waits until it listens."""
        self.kill()
        user, password, auth = self._login
        orders = {
            "host": self.host,
            "port": self.port,
            "user": user,
            "password": password,
            "auth": auth,
            "mounts": self._orders,
        }
        self._process = subprocess.Popen(
            [SYSTEM_PYTHON, "-m", "tests.support.rtsp_process"],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "GST_DEBUG": "0"},
        )
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(orders) + "\n")
        self._process.stdin.flush()
        self.port = self._await_ready(self._process)

    @staticmethod
    def _await_ready(process: subprocess.Popen[str]) -> int:
        assert process.stdout is not None
        deadline = time.monotonic() + _READY_S
        while (left := deadline - time.monotonic()) > 0:
            if not select.select([process.stdout], [], [], left)[0]:
                break
            words = process.stdout.readline().split()
            if words[:1] == ["ready"]:
                return int(words[1])
            if not words:
                break
        process.kill()
        process.wait()
        raise RuntimeError("the RTSP server did not start; see its stderr above")

    def kill(self) -> None:
        """Ends the process without a word to its clients."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()

    def freeze(self) -> None:
        """Stops the process where it is: connected, but no data."""
        self._signal(signal.SIGSTOP)
        self.frozen = True

    def thaw(self) -> None:
        """Lets a frozen process go on."""
        self._signal(signal.SIGCONT)
        self.frozen = False

    def _signal(self, number: signal.Signals) -> None:
        if self._process is None:
            raise RuntimeError("the server does not run")
        self._process.send_signal(number)

    @staticmethod
    def _order(mount: Mount, tape: Path) -> dict[str, object]:
        codec, units = units_of(mount.clip)
        if mount.hold_last_s:
            units += held_units(mount.clip, codec, units, mount.hold_last_s)
        if mount.then is not None:
            units = joined(units, units_of(mount.then)[1])
        write_tape(tape, units)
        return {
            "path": mount.path,
            "tape": str(tape),
            "codec": codec,
            "loop": mount.loop,
            "jump_at_unit": mount.jump_at_unit,
            "jump_ns": int(mount.jump_s * _NS),
            "noise_from_unit": mount.noise_from_unit,
            "noise_until_unit": mount.noise_until_unit,
            "silent_from_unit": mount.silent_from_unit,
            "clock_from_unit": mount.clock_from_unit,
            "clock_rate": mount.clock_rate,
            "tracks": mount.tracks,
        }
