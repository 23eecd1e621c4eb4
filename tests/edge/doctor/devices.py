"""Devices as folders: files and programs that say what such devices say. No device is replaced by
this: programs are run, files are read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from edge.doctor.finding import Finding
from edge.doctor.machine import Machine

# First lines of /etc/nv_tegra_release as devices with these releases have them.
RELEASE_36_4_3 = """\
# R36 (release), REVISION: 4.3, GCID: 38968081, BOARD: generic, EABI: aarch64, DATE: Wed Jan  8 2025
# KERNEL_VARIANT: oot
TARGET_USERSPACE_LIB_DIR=nvidia
TARGET_USERSPACE_LIB_DIR_PATH=usr/lib/aarch64-linux-gnu/nvidia
"""
RELEASE_38_2_0 = """\
# R38 (release), REVISION: 2.0, GCID: 41844464, BOARD: generic, EABI: aarch64, DATE: Fri Aug 22 2025
# KERNEL_VARIANT: oot
INSTALL_TYPE=
"""
RELEASE_35_4_1 = "# R35 (release), REVISION: 4.1, GCID: 33958178, BOARD: t186ref, EABI: aarch64\n"
ORIN_FILES = {
    "/proc/device-tree/model": "NVIDIA Jetson Orin Nano Engineering Reference Developer Kit\0",
    "/etc/nv_tegra_release": RELEASE_36_4_3,
    "/etc/os-release": 'PRETTY_NAME="Ubuntu 22.04.5 LTS"\nVERSION_ID="22.04"\n',
    "/proc/sys/kernel/osrelease": "5.15.148-tegra\n",
    "/proc/cpuinfo": "processor\t: 0\nFeatures\t: fp asimd evtstrm aes crc32 atomics asimddp\n" * 6,
    "/proc/loadavg": "0.52 0.58 0.59 1/467 12345\n",
    # As /etc/nvpmodel.conf of JetPack 6.2 lists the modes of an Orin Nano Super.
    "/etc/nvpmodel.conf": """\
< POWER_MODEL ID=0 NAME=15W >
CPU_ONLINE CORE_0 1
< POWER_MODEL ID=1 NAME=25W >
< POWER_MODEL ID=2 NAME=MAXN_SUPER >
< PM_CONFIG DEFAULT=1 >
""",
}
ORIN_PROGRAMS = {"nvpmodel": "NV Power Mode: 25W\n1\n"}


def device(
    root: Path,
    files: Mapping[str, str],
    programs: Mapping[str, str] | None = None,
    arch: str = "x86_64",
) -> Machine:
    """A device below `root`: files by path, and programs by name with what they print."""
    for path, text in files.items():
        place = root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    for name, text in (programs or {}).items():
        install(root, name, f"cat <<'END'\n{text.rstrip()}\nEND")
    return Machine(root, arch)


def install(root: Path, name: str, script: str) -> None:
    """A program, as a shell script."""
    place = root / "usr/bin" / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(f"#!/bin/sh\n{script}\n")
    place.chmod(0o755)


def by_check(findings: Iterable[Finding]) -> dict[str, Finding]:
    """By name; and whatever is not well says why."""
    found = {finding.check: finding for finding in findings}
    for one in found.values():
        assert one.found
        assert (one.verdict in {"look", "bad"}) == bool(one.why), one
    return found
