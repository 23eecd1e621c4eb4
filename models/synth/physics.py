"""MuJoCo, imported once and with a GL that needs no display.

OSMesa draws on the CPU and is what the figures in this package were measured with. Whoever chose
another GL through `MUJOCO_GL` keeps it.
"""

from __future__ import annotations

import os

os.environ.setdefault("MUJOCO_GL", "osmesa")

import mujoco

__all__ = ["mujoco"]
