"""Orders to a running daemon: a socket in its state folder, for this machine and this user alone.

One line of JSON each way: `{"order": "reload"}` is answered by `{"ok": true, "words": "..."}`.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event
from typing import Any

from alerts.errors import BadConfig

Order = Callable[[Mapping[str, Any]], dict[str, Any]]

_NAME = "control.sock"
_BYTES_MAX = 65_536
_LOOK_S = 0.25
_READ_S = 2.0
_BIND_AGAIN_S = 5.0
_log = logging.getLogger(__name__)


class Control:
    """Takes orders one at a time. `orders` by name; `again` is set by SIGHUP, which means `reload`.

    A state folder that takes no socket costs the verbs `reload` and `drill`, not the signal; it is
    tried again.
    """

    def __init__(self, folder: Path, orders: Mapping[str, Order], again: Event) -> None:
        self._folder = folder
        self._orders = orders
        self._again = again

    def run(self, stop: Event) -> None:
        """Until `stop`."""
        told = False
        while not stop.is_set():
            try:
                with _listening(self._folder) as listener:
                    told = False
                    self._serve(listener, stop)
            except OSError as error:
                if not told:
                    _log.error("no orders can be taken in %s: %s", self._folder, error.strerror)
                told = True
                self._wait(stop)

    def _wait(self, stop: Event) -> None:
        for _ in range(int(_BIND_AGAIN_S / _LOOK_S)):
            self._on_signal()
            if stop.wait(_LOOK_S):
                return

    def _serve(self, listener: socket.socket, stop: Event) -> None:
        while not stop.is_set():
            self._on_signal()
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            with connection, suppress(OSError):  # whoever asked has gone or dawdles: their loss
                answer = self._answer(_line(connection, _READ_S))
                connection.sendall(json.dumps(answer).encode() + b"\n")

    def _on_signal(self) -> None:
        if self._again.is_set():
            self._again.clear()
            self._carry_out({"order": "reload"})

    def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            asked = json.loads(line)
        except (ValueError, RecursionError):
            asked = None
        name = asked.get("order") if isinstance(asked, dict) else None
        if not isinstance(name, str) or name not in self._orders:
            return {"ok": False, "words": "this floorwatch does not know that order"}
        return self._carry_out(asked)

    def _carry_out(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return {"ok": True} | self._orders[asked["order"]](asked)
        except BadConfig as refused:
            return {"ok": False, "words": str(refused)}


def ask(folder: Path, order: Mapping[str, Any], timeout_s: float) -> dict[str, Any]:
    """Gives an order to the daemon whose state is kept in `folder`; its answer. Raises BadConfig
    when there is none, or when it refuses."""
    try:
        with _in(folder) as path, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(timeout_s)
            line.connect(path)
            line.sendall(json.dumps(order).encode() + b"\n")
            answer = json.loads(_line(line, timeout_s))
    except (TimeoutError, BlockingIOError):  # the latter: many wait before us
        raise BadConfig(f"the floorwatch of {folder} gave no answer in {timeout_s:g} s") from None
    except (OSError, ValueError):
        raise BadConfig(
            f"no floorwatch of this user runs with its state in {folder}: start it with "
            "`floorwatch run`, or give the site file it runs with"
        ) from None
    if not answer["ok"]:
        raise BadConfig(str(answer["words"]))
    return dict(answer)


@contextmanager
def _listening(folder: Path) -> Iterator[socket.socket]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        with _in(folder) as path:
            Path(path).unlink(missing_ok=True)  # of one that was killed
            listener.bind(path)
            Path(path).chmod(0o600)
        listener.settimeout(_LOOK_S)
        listener.listen(32)
        try:
            yield listener
        finally:
            with suppress(OSError):
                (folder / _NAME).unlink(missing_ok=True)


@contextmanager
def _in(folder: Path) -> Iterator[str]:
    """The socket's path, short enough: an address has room for 107 bytes, folders are longer."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{handle}/{_NAME}"
    finally:
        os.close(handle)


def _line(connection: socket.socket, timeout_s: float) -> bytes:
    """What comes up to the end of a line. Raises TimeoutError where that takes too long in all."""
    data, until_s = b"", time.monotonic() + timeout_s
    while not data.endswith(b"\n") and len(data) < _BYTES_MAX:
        connection.settimeout(max(0.001, until_s - time.monotonic()))
        part = connection.recv(4096)
        if not part:
            break
        data += part
    return data
