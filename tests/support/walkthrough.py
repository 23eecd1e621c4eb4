"""Carries out a walkthrough: its shell blocks, in real shells, in a folder instead of a machine.

A block that is fenced as `sh` is typed by the user of the services, one as `sh root` by root; one
as `sh later` needs more than there is, and is not carried out. Of root's lines those beginning with
a word of `SYSTEM` are the system's own affair; what `systemctl` is to start is started as the unit
says that was put in its place.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from typing_extensions import Self

from tests.support.mosquitto import need

SYSTEM = ("apt-get", "chown", "python3", "systemctl", "useradd")
MOVED = re.compile(r"(?<![\w./])/(etc|var/lib|opt|usr/local/bin)/")
_BLOCK = re.compile(r"^```sh ?(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_STARTED_S = 60.0


@dataclass(frozen=True)
class Block:
    """A piece of shell, and whose it is: `""`, `root` or `later`."""

    whose: str
    text: str

    @property
    def system(self) -> list[str]:
        """Its lines that are the system's own affair."""
        return [line for line in self.text.splitlines() if line.startswith(SYSTEM)]

    @property
    def rest(self) -> str:
        """Its other lines."""
        lines = self.text.splitlines(keepends=True)
        return "".join(line for line in lines if not line.startswith(SYSTEM))


def steps(path: Path) -> dict[str, list[Block]]:
    """The blocks below each heading, by its first word; what comes before is step `0`."""
    parts = re.split(r"^## ", "0\n" + path.read_text("utf-8"), flags=re.MULTILINE)
    return {
        re.split(r"[.\s]", part)[0]: [Block(*found) for found in _BLOCK.findall(part)]
        for part in parts
    }


class Terminal:
    """A shell that stays open in `folder`; a line that fails, fails the test."""

    def __init__(self, folder: Path, notes: Path, environment: dict[str, str]) -> None:
        self._notes = notes
        notes.mkdir()
        self._count = 0
        self._shell = subprocess.Popen(
            ["bash"], cwd=folder, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def type(self, text: str, typed: str = "", codes: tuple[int, ...] = (0,)) -> str:
        """Runs `text`, whose programs read `typed`; gives what was said. It is to end with one of
        `codes`."""
        self._count += 1
        script = self._notes / f"{self._count}.sh"
        script.write_text(text if any(codes) else f"set -e\n{text}")
        answers = script.with_suffix(".in")
        answers.write_text(typed)
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        end = "code=$?; set +e; echo; echo =$code="
        self._shell.stdin.write(f"source {script} < {answers}; {end}\n")
        self._shell.stdin.flush()
        said: list[str] = []
        for line in self._shell.stdout:
            code = re.fullmatch(r"=(\d+)=\n", line)
            if code is not None:
                assert int(code[1]) in codes, f"{text}\n{''.join(said)}"
                return "".join(said).removesuffix("\n")
            said.append(line)
        raise AssertionError(f"the shell has ended:\n{text}\n{''.join(said)}")

    def close(self) -> None:
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        self._shell.kill()
        self._shell.wait(20)
        self._shell.stdin.close()
        self._shell.stdout.close()


@dataclass
class Walk:
    """A machine below `root`, from entering to leaving. `changed` says of a text what is otherwise
    here (ports, addresses); `environment` is what services see besides what their units say."""

    root: Path
    checkout: Path
    programs: Path
    changed: Callable[[str], str]
    environment: dict[str, str] = field(default_factory=dict)
    started: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        for name in ("etc/mosquitto", "etc/systemd/system", "var/lib/mosquitto", "usr/local/bin"):
            (self.root / name).mkdir(parents=True)
        (self.root / "opt/floorwatch").mkdir(parents=True)
        (self.root / "opt/floorwatch/bin").symlink_to(self.programs)
        path = f"{self.root}/usr/local/bin:{os.environ['PATH']}:/usr/sbin"
        self._base = {"PATH": path, "HOME": str(self.root), "LANG": "C.UTF-8"}
        # What `alerts.own_folder` gives to the services' user.
        state = {"XDG_STATE_HOME": str(self.root / "var/lib")}
        self._stack = ExitStack()
        self._terminals = {
            "root": Terminal(self.checkout, self.root / "typed-by-root", self._base),
            "": Terminal(self.root, self.root / "typed", self._base | state),
        }
        for one in self._terminals.values():
            self._stack.callback(one.close)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._stack.close()
        if kind is not None:
            for name in self.started:
                print(f"--- {name}\n{self.log(name)[-3000:]}")

    def take(self, block: Block, typed: str = "", codes: tuple[int, ...] = (0,)) -> str:
        """Carries out a block; gives what was said."""
        text = re.sub(r" -[og] (floorwatch|mosquitto)\b", "", block.rest)
        said = self._terminals[block.whose].type(self.here(text), typed, codes) if text else ""
        if block.whose == "root":
            for line in block.system:
                for name in re.findall(r"systemctl (?:enable --now|restart) (\w[\w-]*)", line):
                    self._start(name)
        return said

    def here(self, text: str) -> str:
        """A text of that machine as it is to be here."""
        return MOVED.sub(lambda found: f"{self.root}/{found[1]}/", self.changed(text))

    def log(self, name: str) -> str:
        """What a service said."""
        return (self.root / f"{name}.log").read_text("utf-8", "replace")

    def _start(self, name: str) -> None:
        if name == "mosquitto":
            config = self.root / "etc/mosquitto/mosquitto.conf"
            config.write_text(self.here(config.read_text("utf-8")))
            self._run(name, [need("mosquitto", "mosquitto"), "-c", str(config)], self._base)
            return
        unit = (self.root / f"etc/systemd/system/{name}.service").read_text("utf-8")
        (command,) = re.findall(r"^ExecStart=(.*)$", unit, re.MULTILINE)
        said = re.findall(r"^Environment=(\w+)=(.*)$", unit, re.MULTILINE)
        folders = {key: self.here(value.replace("%S", "/var/lib/")) for key, value in said}
        environment = self._base | folders | self.environment
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
            ear.bind(f"\0{self.root}/{name}")
            ear.settimeout(0.05)
            environment["NOTIFY_SOCKET"] = f"@{self.root}/{name}"
            process = self._run(name, self.here(command).split(), environment)
            if "Type=notify" in unit:
                self._await_ready(ear, process, name)

    def _run(
        self, name: str, command: list[str], environment: dict[str, str]
    ) -> subprocess.Popen[bytes]:
        with (self.root / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        self.started.append(name)
        self._stack.callback(_stop, process)
        return process

    def _await_ready(self, ear: socket.socket, process: subprocess.Popen[bytes], name: str) -> None:
        until_s = time.monotonic() + _STARTED_S
        while time.monotonic() < until_s and process.poll() is None:
            try:
                if b"READY=1" in ear.recv(4096):
                    return
            except TimeoutError:
                continue
        raise AssertionError(f"{name} does not start:\n{self.log(name)}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)  # how services end is tested elsewhere, and takes longer
    process.wait(20)
