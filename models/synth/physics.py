"""MuJoCo, imported once and with a GL that needs no display.

OSMesa draws on the CPU and is what the figures in this package were measured with. Whoever chose
another GL through `MUJOCO_GL` keeps it. Importing this raises `UserError` where a part is missing.
"""

from __future__ import annotations

import ctypes.util
import os

from alerts.errors import UserError

if os.environ.setdefault("MUJOCO_GL", "osmesa") == "osmesa" and not ctypes.util.find_library(
    "OSMesa"
):
    raise UserError("rendering needs OSMesa: apt-get install libosmesa6, or set MUJOCO_GL=egl")
try:
    import mujoco
except ImportError:
    raise UserError(
        "rendering needs MuJoCo: pip install '.[train]' in floorwatch's folder"
    ) from None

__all__ = ["mujoco"]
