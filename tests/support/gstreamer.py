"""GStreamer's Python bindings, which only the system's Python has, lent to the one that tests.

The bindings are compiled for one minor version of Python. Where the system's and ours are the same,
ours can use them; of all the system's packages, only they are put in its reach.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import pytest

from edge.sources.gstreamer_elements import CPU
from edge.sources.gstreamer_library import NoGStreamer, library
from tests.support.rtsp_server import SYSTEM_PYTHON


def gstreamer_or_skip() -> None:
    """Makes GStreamer usable in this process; a visible skip where it cannot be, a failure in CI
    where something is not installed."""
    missing = _missing()
    if missing and os.environ.get("CI") and "version" not in missing:
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)


@cache
def _missing() -> str:
    """Why GStreamer cannot be used, in words; empty when it can."""
    try:
        library()
    except NoGStreamer as lacking:
        if why_not := _lend():
            return why_not
        try:
            library()
        except NoGStreamer:
            return str(lacking)
    lacking_elements = CPU.missing()
    if lacking_elements:
        return f"GStreamer lacks {', '.join(lacking_elements)}: apt-get install gstreamer1.0-libav"
    return ""


def _lend() -> str:
    """Why the system's bindings cannot be lent; empty when they are."""
    tell = "import gi, sys; print(gi.__path__[0], '%d.%d' % sys.version_info[:2])"
    if not Path(SYSTEM_PYTHON).exists():
        return f"no {SYSTEM_PYTHON}"
    asked = [SYSTEM_PYTHON, "-c", tell]
    done = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        return "apt-get install python3-gi gir1.2-gst-plugins-base-1.0"
    folder, version = done.stdout.split()
    if version != "{}.{}".format(*sys.version_info[:2]):
        return f"the system's Python is of version {version}, this one of another"
    alone = Path(tempfile.mkdtemp(prefix="gi-"))
    (alone / "gi").symlink_to(folder)
    sys.path.append(str(alone))
    return ""
