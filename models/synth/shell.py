"""The room's shell: floor, walls, ceiling, doors, windows, and its light. Metres, z up."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from models.synth.furniture import Parts, Place


def shell(width: float, depth: float, height: float, rng: np.random.Generator) -> list[str]:
    """Floor, walls, ceiling and what hangs on the walls, as MJCF."""
    plane = '<geom type="plane" name="{}" pos="{} {} {}" size="{} {} .1" zaxis="{}" material="{}"/>'
    w, d, h = width / 2, depth / 2, height / 2
    out = [plane.format("floor", 0, 0, 0, w, d, "0 0 1", "floor")]
    out.append(plane.format("ceiling", 0, 0, height, w, d, "0 0 -1", "ceiling"))
    for name, x, y, half, axis in (
        ("west", -w, 0, d, "1 0 0"), ("east", w, 0, d, "-1 0 0"),
        ("south", 0, -d, w, "0 1 0"), ("north", 0, d, w, "0 -1 0"),
    ):  # fmt: skip
        sizes = (h, half) if name in ("west", "east") else (half, h)
        out.append(plane.format(name, x, y, h, *sizes, axis, "wall"))
    fittings = Parts()
    skirting = str(rng.choice(["wood", "wood2", "dark", "linen"]))
    for yaw, reach, span in _walls(width, depth):
        wall = Place(-math.cos(yaw) * reach, -math.sin(yaw) * reach, yaw)
        fittings.box(wall, (0.006, 0, 0.05), (0.006, span, 0.05), skirting, False)
        _wall_fittings(fittings, wall, span, height, rng)
    return out + fittings.xml


def _walls(width: float, depth: float) -> Sequence[tuple[float, float, float]]:
    w, d = width / 2, depth / 2
    return ((0.0, w, d), (math.pi / 2, d, w), (math.pi, w, d), (-math.pi / 2, d, w))


def _wall_fittings(
    parts: Parts, wall: Place, span: float, height: float, rng: np.random.Generator
) -> None:
    y = -span + rng.uniform(0.3, 1.5)
    while y < span - 1.2:
        kind, wide = rng.random(), rng.uniform(0.4, 0.8)
        if kind < 0.3:
            parts.box(wall, (0.02, y + wide, 1.03), (0.02, 0.45, 1.03), "door", False)
            parts.box(wall, (0.01, y + wide, 1.06), (0.012, 0.52, 1.08), "dark", False)
            parts.box(wall, (0.05, y + wide + 0.36, 1.0), (0.02, 0.05, 0.012), "metal", False)
        elif kind < 0.6 and height > 2.2:
            parts.box(wall, (0.01, y + wide, 1.5), (0.015, wide, 0.55), "glass", False)
            for edge in (-wide, 0.0, wide):
                parts.box(wall, (0.02, y + wide + edge, 1.5), (0.02, 0.025, 0.58), "linen", False)
        elif kind < 0.8:
            parts.box(
                wall,
                (0.01, y + wide, 1.5),
                (0.01, wide * 0.5, 0.3),
                f"thing{rng.integers(8)}",
                False,
            )
        y += 2 * wide + rng.uniform(0.2, 2.0)


def lamps(
    width: float, depth: float, height: float, rng: np.random.Generator
) -> tuple[list[str], bool]:
    """Ceiling lamps and daylight as MJCF, and whether the room is seen in infrared."""
    mood = str(rng.choice(["day", "lamps", "dim", "infrared"], p=[0.4, 0.3, 0.15, 0.15]))
    across, deep = max(1, round(width / 4)), max(1, round(depth / 4))
    power = {"day": 0.35, "lamps": 0.6, "dim": 0.25, "infrared": 0.1}[mood]
    spots = [
        ((i + 0.5) / across * width - width / 2, (j + 0.5) / deep * depth - depth / 2)
        for i in range(across) for j in range(deep)
    ]  # fmt: skip
    rng.shuffle(spots)
    warm = rng.uniform(0.8, 1.05)
    out = [
        f'<geom type="box" pos="{x:.3f} {y:.3f} {height:.3f}" size=".3 .3 .02" material="lamp" '
        f'contype="0" conaffinity="0"/>' for x, y in spots
    ] if mood != "infrared" else []  # fmt: skip
    for index, (x, y) in enumerate(spots[:4]):
        each = power / min(len(spots), 4) ** 0.5
        out.append(
            f'<light pos="{x:.3f} {y:.3f} {height - 0.08:.3f}" dir="0 0 -1" cutoff="85" '
            'exponent="1" '
            f'diffuse="{each:.3f} {each * (0.5 + warm / 2):.3f} {each * warm:.3f}" '
            f'castshadow="{"true" if index < 2 else "false"}" specular=".2 .2 .2"/>'
        )
    if mood == "day":
        turn, steep, bright = (
            rng.uniform(0, 2 * math.pi),
            rng.uniform(0.5, 1.4),
            rng.uniform(0.25, 0.5),
        )
        out.append(
            f'<light type="directional" pos="0 0 {height:.2f}" '
            f'diffuse="{bright:.2f} {bright:.2f} {bright:.2f}" '
            f'dir="{math.cos(turn):.3f} {math.sin(turn):.3f} {-steep:.3f}" castshadow="true"/>'
        )
    return out, mood == "infrared"
