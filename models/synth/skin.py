"""The skin over the bones: one smooth surface grown around the limbs, cut by what it is clothed in.

The limbs' distances are blended and the zero surface is taken by surface nets; MuJoCo bends it
with the bones. Lengths are metres, vertices N×3 in the world frame of the pose they are grown in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.synth.figure import Limb

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
CELL_M = 0.026
BLEND_M = 0.016


@dataclass(frozen=True)
class Patch:
    """Part of the skin in one material: vertices N×3, faces M×3, texture coordinates N×2, and
    for every bone the indices and weights of the vertices it moves."""

    region: str
    vertices: Array
    faces: Indices
    uv: Array
    pull: dict[str, tuple[Indices, Array]]


def distance(points: Array, a: Array, b: Array, radius_a: float, radius_b: float) -> Array:
    """Signed distance from points N×3 to a round cone from `a` to `b`, near enough."""
    axis = b - a
    length2 = float(axis @ axis)
    along = np.clip((points - a) @ axis / max(length2, 1e-12), 0.0, 1.0)
    gap = np.linalg.norm(points - a - along[:, None] * axis, axis=1)
    return np.asarray(gap - (radius_a + along * (radius_b - radius_a)), np.float64)


def grow(
    limbs: Sequence[Limb], ends: Sequence[tuple[Array, Array]], height_m: float
) -> list[Patch]:
    """The patches of a person whose limb i runs between `ends[i]` (world metres)."""
    low = np.min([np.minimum(a, b) for a, b in ends], axis=0) - 0.2
    high = np.max([np.maximum(a, b) for a, b in ends], axis=0) + 0.2
    counts = np.ceil((high - low) / CELL_M).astype(int)
    axes = [low[i] + CELL_M * np.arange(counts[i]) for i in range(3)]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3)
    total = np.zeros(len(grid))
    for limb, (a, b) in zip(limbs, ends, strict=True):
        d = distance(grid, a, b, limb.radius_a * height_m, limb.radius_b * height_m)
        total += np.exp(np.clip(-d / BLEND_M, -50, 50))
    field = (-BLEND_M * np.log(np.maximum(total, 1e-30))).reshape(tuple(counts))
    vertices, faces = surface_nets(field)
    vertices = low + CELL_M * vertices
    reach = np.stack(
        [
            distance(vertices, a, b, limb.radius_a * height_m, limb.radius_b * height_m)
            for limb, (a, b) in zip(limbs, ends, strict=True)
        ]
    )
    return _cut(limbs, vertices, faces, reach)


def surface_nets(field: Array) -> tuple[Array, Indices]:
    """Zero surface of a field: vertices in cells (N×3) and outward triangles (M×3)."""
    inside = field < 0
    shape = np.array(field.shape) - 1
    total = np.zeros((*shape, 3))
    count = np.zeros(tuple(shape))
    corner = [(i, j, k) for i in (0, 1) for j in (0, 1) for k in (0, 1)]
    window = {c: tuple(slice(o, o + s) for o, s in zip(c, shape, strict=True)) for c in corner}
    for c in corner:
        for axis in range(3):
            if c[axis]:
                continue
            other = (c[0] + (axis == 0), c[1] + (axis == 1), c[2] + (axis == 2))
            f0, f1 = field[window[c]], field[window[other]]
            crosses = (f0 < 0) != (f1 < 0)
            share = np.where(crosses, f0 / np.where(crosses, f0 - f1, 1.0), 0.0)
            for dim in range(3):
                total[..., dim] += np.where(crosses, c[dim] + (share if dim == axis else 0.0), 0.0)
            count += crosses
    active = count > 0
    number = np.full(tuple(shape), -1, np.int64)
    number[active] = np.arange(int(active.sum()))
    cells = np.argwhere(active)
    vertices = cells + total[active] / count[active][:, None]
    return vertices, _quads(inside, number)


def _quads(inside: NDArray[np.bool_], number: Indices) -> Indices:
    faces = []
    for axis in range(3):
        u, v = (axis + 1) % 3, (axis + 2) % 3
        head = [slice(1, -1)] * 3
        tail = [slice(1, -1)] * 3
        head[axis], tail[axis] = slice(0, -1), slice(1, None)
        before, after = inside[tuple(head)], inside[tuple(tail)]
        for start, flip in ((before & ~after, False), (~before & after, True)):
            at = np.argwhere(start) + 1
            at[:, axis] -= 1
            step_u, step_v = np.eye(3, dtype=int)[u], np.eye(3, dtype=int)[v]
            ring = [at - step_u - step_v, at - step_v, at, at - step_u]
            a, b, c, d = (number[tuple(p.T)] for p in ring)
            order = (a, d, c, b) if flip else (a, b, c, d)
            faces += [np.stack([order[0], order[1], order[2]], 1)]
            faces += [np.stack([order[0], order[2], order[3]], 1)]
    return np.concatenate(faces)


def _cut(limbs: Sequence[Limb], vertices: Array, faces: Indices, reach: Array) -> list[Patch]:
    regions = sorted({limb.region for limb in limbs})
    nearest = np.array([regions.index(limb.region) for limb in limbs])[reach.argmin(0)]
    owner = np.median(nearest[faces], axis=1).astype(int)
    bones = sorted({limb.bone for limb in limbs})
    by_bone = np.stack(
        [reach[[i for i, x in enumerate(limbs) if x.bone == bone]].min(0) for bone in bones]
    )
    weight = np.exp(-(by_bone - by_bone.min(0)) / 0.022)
    weight[weight < 0.03] = 0.0
    weight /= weight.sum(0)
    out = []
    for index, region in enumerate(regions):
        mine = faces[owner == index]
        if not len(mine):
            continue
        used, local = np.unique(mine, return_inverse=True)
        spot = vertices[used]
        pull = {}
        for row, bone in enumerate(bones):
            pulled = np.flatnonzero(weight[row, used])
            if len(pulled):
                pull[bone] = (pulled, weight[row, used][pulled])
        uv = np.stack([spot[:, 1] + 0.5 * spot[:, 0], spot[:, 2]], 1) / 0.6
        out.append(Patch(region, spot, local.reshape(-1, 3), uv, pull))
    return out


def patch_xml(patch: Patch, name: str, frames: dict[str, tuple[Array, Array]]) -> str:
    """MJCF of one patch: `frames` gives every bone's position and quaternion while it was grown."""

    def text(values: NDArray[np.generic], digits: int = 4) -> str:
        return " ".join(f"{v:.{digits}g}" for v in values.ravel().tolist())

    bones = "".join(
        f'<bone body="{name}/{bone}" bindpos="{text(frames[bone][0], 6)}" '
        f'bindquat="{text(frames[bone][1], 6)}" vertid="{text(ids, 9)}" vertweight="{text(w)}"/>'
        for bone, (ids, w) in patch.pull.items()
    )
    return (
        f'<skin name="{name}/{patch.region}" material="{name}/{patch.region}" '
        f'vertex="{text(patch.vertices, 6)}" texcoord="{text(patch.uv)}" '
        f'face="{text(patch.faces, 9)}">{bones}</skin>'
    )
