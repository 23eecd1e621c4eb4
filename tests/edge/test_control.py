"""Orders to a running daemon, over a real socket."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from alerts.errors import BadConfig
from edge.control import Control, ask
from tests.support.until import until


def echo(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {"words": asked.get("say")}


def refuses(_asked: Mapping[str, Any]) -> dict[str, Any]:
    raise BadConfig("site.yaml:3: wrong\nsite.yaml:4: wrong too")


@contextmanager
def control(folder: Path, again: Event | None = None, **orders: Any) -> Iterator[Event]:
    """One that runs. Gives its stop."""
    stop = Event()
    one = Control(folder, {"echo": echo, "refuses": refuses} | orders, again or Event())
    thread = threading.Thread(target=one.run, args=(stop,), name="control")
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


def test_an_order_is_answered(tmp_path: Path) -> None:
    with control(tmp_path):
        until(lambda: answers(tmp_path), "it listens")
        assert ask(tmp_path, {"order": "echo", "say": "Grüße\nzwei"}, 20)["words"] == "Grüße\nzwei"
        with pytest.raises(BadConfig, match="wrong too"):
            ask(tmp_path, {"order": "refuses"}, 20)
        with pytest.raises(BadConfig, match="does not know that order"):
            ask(tmp_path, {"order": "format the disk"}, 20)
    assert not (tmp_path / "control.sock").exists()


def test_nobody_there_is_one_plain_line(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="no floorwatch of this user runs"):
        ask(tmp_path, {"order": "echo"}, 5)
    with pytest.raises(BadConfig, match="no floorwatch of this user runs"):
        ask(tmp_path / "no folder", {"order": "echo"}, 5)


def test_in_a_folder_whose_path_is_longer_than_an_address(tmp_path: Path) -> None:
    folder = tmp_path / ("deep" * 30) / ("deeper" * 20)
    with control(folder):
        until(lambda: answers(folder), "it listens")
        assert ask(folder, {"order": "echo", "say": "here"}, 20)["words"] == "here"


def test_it_is_for_this_user_alone(tmp_path: Path) -> None:
    with control(tmp_path):
        until(lambda: answers(tmp_path), "it listens")
        assert stat.S_IMODE((tmp_path / "control.sock").stat().st_mode) == 0o600


def test_a_socket_left_by_a_kill_is_taken_over(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / "control.sock"))
    with control(tmp_path):
        until(lambda: answers(tmp_path), "it answers")


def test_garbage_and_callers_who_hang_up_are_survived(tmp_path: Path) -> None:
    with control(tmp_path):
        until(lambda: answers(tmp_path), "it listens")
        for garbage in (
            b"\n",
            b"\xff\xfe\n",
            b"[1]\n",
            b'{"order": ["echo"]}\n',
            b"{" * 70_000,
            b"[" * 60_000 + b"\n",
        ):
            with socket.socket(socket.AF_UNIX) as caller:
                caller.settimeout(20)
                caller.connect(str(tmp_path / "control.sock"))
                try:
                    caller.sendall(garbage)
                    while caller.recv(4096):
                        pass
                except OSError:
                    continue
        assert answers(tmp_path)


def test_one_who_dawdles_holds_nobody_up_for_long(tmp_path: Path) -> None:
    with control(tmp_path):
        until(lambda: answers(tmp_path), "it listens")
        with socket.socket(socket.AF_UNIX) as dawdler:
            dawdler.connect(str(tmp_path / "control.sock"))
            done = Event()

            def trickle() -> None:
                with contextlib.suppress(OSError):
                    while not done.wait(0.2):
                        dawdler.sendall(b"x")

            thread = threading.Thread(target=trickle)
            thread.start()
            assert ask(tmp_path, {"order": "echo", "say": "at last"}, 20)["words"] == "at last"
            done.set()
            thread.join(20)


def test_the_signal_means_reload(tmp_path: Path) -> None:
    again, reloaded = Event(), list[str]()

    def reload(asked: Mapping[str, Any]) -> dict[str, Any]:
        reloaded.append(asked["order"])
        return {}

    with control(tmp_path, again, reload=reload):
        again.set()
        until(lambda: reloaded == ["reload"], "reloaded")
        until(lambda: answers(tmp_path), "it listens")
        again.set()
        until(lambda: reloaded == ["reload", "reload"], "reloaded again")
    assert not again.is_set()


@pytest.mark.parametrize("place", ["file", "socket"])
def test_where_no_socket_can_be_the_signal_works_and_it_is_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, place: str
) -> None:
    folder = tmp_path / "state"
    if place == "file":
        folder.write_text("in the way")
    else:
        (folder / "control.sock").mkdir(parents=True)
    again, reloaded = Event(), Event()

    def reload(_asked: Mapping[str, Any]) -> dict[str, Any]:
        reloaded.set()
        return {}

    with control(folder, again, reload=reload):
        until(lambda: "no orders can be taken" in caplog.text, "told")
        again.set()
        assert reloaded.wait(20)
        if place == "file":
            os.unlink(folder)
        else:
            (folder / "control.sock").rmdir()
        until(lambda: answers(folder), "it listens at last")
    assert caplog.text.count("no orders can be taken") == 1


def answers(folder: Path) -> bool:
    try:
        return bool(ask(folder, {"order": "echo", "say": "yes"}, 20)["words"] == "yes")
    except BadConfig:
        return False
