"""The platforms a bundle can be for: what their Python takes, told without having one at hand."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace

from packaging.tags import Tag, compatible_tags, cpython_tags

from edge.bundle.errors import BadBundle

PYTHONS = ("3.10", "3.11", "3.12")


@dataclass(frozen=True)
class Target:
    """A platform: its processor, the Python and the C library of its Linux. `system_packages`:
    whether the virtual environment sees what apt installed, as TensorRT is on a Jetson."""

    name: str
    about: str
    machine: str
    python: str
    glibc: tuple[int, int]
    system_packages: bool

    @property
    def platforms(self) -> tuple[str, ...]:
        """Of wheels, the newest C library first (PEP 600, and the older names of PEP 599)."""
        major, newest = self.glibc
        named = [f"manylinux_{major}_{minor}_{self.machine}" for minor in range(newest, 16, -1)]
        named.append(f"manylinux2014_{self.machine}")
        if self.machine == "x86_64":  # aarch64 begins with 2.17
            named += [f"manylinux_{major}_{minor}_x86_64" for minor in range(16, 4, -1)]
            named += ["manylinux2010_x86_64", "manylinux1_x86_64"]
        return (*named, f"linux_{self.machine}")

    @property
    def abi(self) -> str:
        """Of its Python, such as cp310."""
        return "cp" + self.python.replace(".", "")

    def tags(self) -> Iterator[Tag]:
        """All that its Python installs, the best first."""
        major, minor = self.python.split(".")
        version = (int(major), int(minor))
        yield from cpython_tags(version, [self.abi], self.platforms)
        yield from compatible_tags(version, self.abi, self.platforms)

    def environment(self) -> dict[str, str]:
        """What markers in requirements ask for (PEP 508)."""
        return {
            "implementation_name": "cpython",
            "implementation_version": f"{self.python}.0",
            "os_name": "posix",
            "platform_machine": self.machine,
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_system": "Linux",
            "platform_version": "",
            "python_full_version": f"{self.python}.0",
            "python_version": self.python,
            "sys_platform": "linux",
        }

    def __str__(self) -> str:
        libc = ".".join(map(str, self.glibc))
        return f"{self.name} (Python {self.python}, {self.machine}, glibc {libc})"


# glibc: of Ubuntu 22.04 and 24.04; for x86_64 that of Debian 10 and RHEL 8, so that most take it.
TARGETS = {
    target.name: target
    for target in (
        Target("jetson-jp6", "JetPack 6: Orin", "aarch64", "3.10", (2, 35), True),
        Target("jetson-jp7", "JetPack 7: Orin, Thor", "aarch64", "3.12", (2, 39), True),
        Target("x86_64", "any Linux on an Intel or AMD processor", "x86_64", "", (2, 28), False),
    )
}


def target(name: str, python: str | None) -> Target:
    """The platform of that name. `python` is "3.10" to "3.12"; None is the Jetson's own, and this
    machine's for x86_64. Raises BadBundle where a Jetson has another."""
    found = TARGETS[name]
    own = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if not found.python:
        return replace(found, python=python or own)
    if python not in {None, found.python}:
        raise BadBundle(
            f"{name} comes with Python {found.python}, which TensorRT's module is made for; "
            "leave --python out"
        )
    return found
