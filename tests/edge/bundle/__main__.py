"""The bundles with the real wheels: `python -m tests.edge.bundle`. By hand, for it fetches 400 MB.

Makes one for each platform and has it gone through by tags and markers (that is part of making
it); installs the one of this machine in a network namespace without any network, with the
recording of a fall as its try; then has the installed program watch that recording as a site.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from tests.support.site import PROGRAM

PLATFORMS = ("jetson-jp6", "jetson-jp7", "x86_64")


def main() -> int:
    """Prints a line a step; the exit status of the first that fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.edge.bundle", description=__doc__)
    parser.add_argument("--platform", action="append", choices=PLATFORMS, help="only this one")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="floorwatch-bundles-") as folder:
        for name in args.platform or PLATFORMS:
            archive = Path(folder) / f"{name}.tar.gz"
            make = [PROGRAM, "bundle", "--platform", name, "--out", str(archive), "--json"]
            made = json.loads(subprocess.run(make, stdout=subprocess.PIPE, check=True).stdout)
            print(f"{name}: {made['size_bytes'] / 1e6:.0f} MB, {made['wheels']} wheels", flush=True)
            if name == platform.machine():
                install_apart(archive, Path(folder))
    return 0


def install_apart(archive: Path, folder: Path) -> None:
    """Unpacks and installs it without a network. Raises CalledProcessError."""
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
        top = tar.getnames()[0]
    apart = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--net", "--map-root-user"]
    device = folder / "device"
    script = ["sh", str(folder / top / "install.sh"), "--root", str(device)]
    subprocess.run([*apart, *script, "--python", sys.executable], check=True)
    program = device / "opt/floorwatch/bin/floorwatch"
    [clip] = device.glob("opt/floorwatch/releases/*/lib/*/site-packages/configs/demo/collapse.mp4")
    replay = [str(program), "replay", str(clip), "--hold-last-s", "10", "--json"]
    told = subprocess.run(
        [*apart, *replay, "--out", str(folder)], stdout=subprocess.PIPE, check=True, text=True
    )
    assert '"collapse"' in told.stdout, told.stdout
    print("installed without a network, and it sees the fall", flush=True)


if __name__ == "__main__":
    sys.exit(main())
