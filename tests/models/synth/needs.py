"""Whether this machine can render. Without, tests skip and say so; under `CI` they fail."""

from __future__ import annotations

import ctypes.util
import importlib.util
import os

import pytest


def renderer() -> None:
    """Call before importing what renders: skips the module if MuJoCo or OSMesa is missing."""
    missing = []
    if importlib.util.find_spec("mujoco") is None:
        missing.append("MuJoCo (pip install 'floorwatch[train]')")
    if "MUJOCO_GL" not in os.environ and ctypes.util.find_library("OSMesa") is None:
        missing.append("OSMesa (apt-get install libosmesa6)")
    if missing and os.environ.get("CI"):
        pytest.fail("rendering needs " + " and ".join(missing), pytrace=False)
    if missing:
        pytest.skip("rendering needs " + " and ".join(missing), allow_module_level=True)
