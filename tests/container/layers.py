"""File systems in layers, as an engine for containers makes them: overlays over this machine's
root.

Linux and root only. Everything is mounted in a mount namespace of the calling process' own
(`unshare --mount`), so it is gone when that ends.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def mount(*words: str | Path) -> None:
    """mount(8). Raises CalledProcessError."""
    subprocess.run(["mount", *words], check=True)


def own_disk(folder: Path, bytes_max: int) -> Path:
    """A file system of its own below `folder`, since layers may not lie in what they cover."""
    image, place = folder / "disk.ext4", folder / "disk"
    place.mkdir()
    with image.open("wb") as file:
        file.truncate(bytes_max)  # a hole: it takes what is written
    subprocess.run(["mkfs.ext4", "-q", image], check=True)
    mount("-o", "loop", image, place)
    return place


@dataclass
class Layer:
    """What a stage wrote, on top of `below` or of this machine's root. `root` is how it looks from
    within; `environment` and `shell` are what its steps run with."""

    folder: Path
    below: Layer | None = None
    environment: dict[str, str] = field(default_factory=lambda: {"PATH": PATH})
    shell: tuple[str, ...] = ("/bin/sh", "-c")
    workdir: str = "/"

    def __post_init__(self) -> None:
        if self.below is not None:
            self.environment = dict(self.below.environment)
            self.shell = self.below.shell
        for part in (self.written, self.root, self.folder / "work"):
            part.mkdir(parents=True)
        lower = ":".join(map(str, self._lower()))
        options = f"lowerdir={lower},upperdir={self.written},workdir={self.folder / 'work'}"
        mount("-t", "overlay", "overlay", "-o", options, self.root)
        mount("--rbind", "/dev", self.root / "dev")
        mount("-t", "proc", "proc", self.root / "proc")
        mount("-t", "tmpfs", "-o", "mode=1777", "tmpfs", self.root / "tmp")

    @property
    def written(self) -> Path:
        """Nothing but what this stage wrote."""
        return self.folder / "written"

    @property
    def root(self) -> Path:
        """The whole file system."""
        return self.folder / "root"

    def _lower(self) -> list[Path]:
        if self.below is None:
            return [Path("/")]
        return [self.below.written, *self.below._lower()]

    def run(self, command: str) -> None:
        """A RUN step, as root. Raises CalledProcessError."""
        inside = ["chroot", str(self.root), "env", f"--chdir={self.workdir}", *self.shell, command]
        subprocess.run(inside, env=self.environment, check=True)

    def copy(self, source: Path, target: str) -> None:
        """A COPY step: of a folder what is in it, of a file itself; owned by root."""
        place = self.root / target.lstrip("/") if target[0] == "/" else self._here(target)
        if source.is_dir():
            shutil.copytree(source, place, symlinks=True, dirs_exist_ok=True)
        else:
            shutil.copy2(source, place)

    def _here(self, target: str) -> Path:
        return self.root / self.workdir.lstrip("/") / target

    def make_workdir(self, path: str) -> None:
        """A WORKDIR step."""
        self.workdir = path
        self._here(".").mkdir(parents=True, exist_ok=True)

    def seal(self, volumes: Sequence[str], site: Path) -> None:
        """As `docker run --read-only --tmpfs /tmp` with new volumes, and `site` at
        /etc/floorwatch."""
        mount("--bind", self.root, self.root)
        mount("-o", "remount,bind,ro", self.root)
        mount("-t", "tmpfs", "-o", "mode=1777", "tmpfs", self.root / "tmp")
        mount("--rbind", "/dev", self.root / "dev")
        mount("-t", "proc", "proc", self.root / "proc")
        for number, volume in enumerate(volumes):
            inside = self.root / volume.lstrip("/")
            fresh = self.folder / f"volume{number}"
            subprocess.run(["cp", "-a", inside, fresh], check=True)  # the owner, too
            mount("--bind", fresh, inside)
        mount("--bind", "-o", "ro", site, self.root / "etc/floorwatch")

    def start(
        self, user: int, command: Sequence[str], environment: Mapping[str, str], **more: Any
    ) -> subprocess.Popen[str]:
        """A program as that user with that user's groups, without any capability or a way to one.
        It has the process id that this returns, so signals go to itself."""
        fenced = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"]
        fenced += ["--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]
        words = ["chroot", str(self.root), *fenced, *command]
        return subprocess.Popen(words, env=self.environment | dict(environment), text=True, **more)
