"""Faults of the machine for one process: see `faults.c`."""

from __future__ import annotations

import errno
import shutil
import struct
import subprocess
from pathlib import Path

from tests.campaign.row import CannotRun

_SOURCE = Path(__file__).with_name("faults.c")
_LAYOUT = struct.Struct("<qqq")


class Faults:
    """Built with the C compiler into `folder`. `watched` is where the disk misbehaves; nothing
    misbehaves until `set`. Raises CannotRun where there is no compiler."""

    def __init__(self, folder: Path, watched: Path) -> None:
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            raise CannotRun("needs a C compiler: apt-get install gcc libc6-dev")
        folder.mkdir(parents=True, exist_ok=True)
        library, self._control = folder / "faults.so", folder / "faults"
        build = [compiler, "-O2", "-Wall", "-shared", "-fPIC", "-o", str(library), str(_SOURCE)]
        subprocess.run([*build, "-ldl"], check=True, timeout=60)
        self._control.write_bytes(_LAYOUT.pack(0, 0, 0))
        self.environment = {
            "LD_PRELOAD": str(library),
            "CAMPAIGN_FAULTS": str(self._control),
            "CAMPAIGN_FOLDER": str(watched.resolve()),
        }

    def set(self, *, sync_s: float = 0.0, read_only: bool = False, wall_s: int = 0) -> None:
        """From now on: each sync takes `sync_s` longer, nothing can be written, the clock on the
        wall is `wall_s` ahead; whatever is not named is well."""
        numbers = _LAYOUT.pack(int(sync_s * 1000), errno.EROFS if read_only else 0, wall_s)
        with self._control.open("r+b") as control:  # in place: the process has it mapped
            control.write(numbers)
