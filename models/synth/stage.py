"""A room with people in it, compiled and drawn by MuJoCo.

Drawing gives colour, depth and, per pixel, whose it is. One stage holds one GL context: close it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Self

from edge.core.types import Box
from models.synth import texture
from models.synth.figure import Build, limbs
from models.synth.physics import mujoco
from models.synth.plane import Eye
from models.synth.room import Palette, Room
from models.synth.skeleton import skeleton_xml
from models.synth.skin import Array, grow, patch_xml

HEAD = (
    '<mujoco><compiler angle="degree"/><option timestep="0.002" integrator="implicitfast"/>'
    '<visual><global offwidth="{w}" offheight="{h}"/><map znear="0.02" zfar="60" shadowclip="1.2"/>'
    '<quality shadowsize="1024" offsamples="{samples}"/>'
    '<headlight ambient="{ambient}" diffuse="{front}" specular="0 0 0"/></visual>'
    '<default><geom contype="1" conaffinity="2" friction="0.6 0.01 0.001"/></default>'
    '<statistic extent="1"/>'
)

OWNER_FLOOR = -2
ASPECT = 16 / 9
WHOLE = Box(0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True)
class Drawn:
    """One drawing: `rgb` H×W×3 uint8, `depth_m` H×W float32 along the axis of view, `owner` H×W
    int16: −1 the room, −2 its floor, else the number of the person seen there."""

    rgb: NDArray[np.uint8]
    depth_m: NDArray[np.float32]
    owner: NDArray[np.int16]


def body_model(room: Room, build: Build) -> Any:
    """The room and one bare skeleton called `p0`: what physics runs in, never drawn."""
    world = room.xml + skeleton_xml(build, "p0")
    xml = HEAD.format(w=64, h=64, samples=0, ambient="1 1 1", front="0 0 0") + (
        f"<asset>{room.assets}</asset><worldbody>{world}</worldbody></mujoco>"
    )
    return mujoco.MjModel.from_xml_string(xml, dict(room.files))


def dressed(build: Build, name: str, rng: np.random.Generator) -> tuple[str, str, dict[str, bytes]]:
    """A person's skin as MJCF, their materials, and the pictures those need."""
    bare = (
        '<mujoco><compiler angle="degree"/><worldbody>'
        f"{skeleton_xml(build, name)}</worldbody></mujoco>"
    )
    model = mujoco.MjModel.from_xml_string(bare)
    data = mujoco.MjData(model)
    for joint, degrees in (("shoulder_abd", 38.0), ("hip_abd", 10.0), ("elbow", 8.0)):
        for side in "lr":
            address = model.joint(f"{name}/{joint}_{side}").qposadr[0]
            data.qpos[address] = np.radians(degrees)
    mujoco.mj_kinematics(model, data)
    frames: dict[str, tuple[Array, Array]] = {}
    ends = []
    parts = limbs(build)
    for limb in parts:
        body = data.body(f"{name}/{limb.bone}")
        frames[limb.bone] = (body.xpos.copy(), body.xquat.copy())
        turn, at = body.xmat.reshape(3, 3), body.xpos
        ends.append(tuple(at + turn @ (np.array(p) * build.height_m) for p in (limb.a, limb.b)))
    palette = Palette()
    for region, tone in build.colours.items():
        picture = (
            texture.cloth(rng, tone)
            if region in ("top", "lower")
            else texture.plain(rng, tone, 0.04)
        )
        palette.add(f"{name}/{region}", picture, 1.0, specular=0.05)
    skins = [patch_xml(p, name, frames) for p in grow(parts, ends, build.height_m)]
    return "".join(skins), "".join(palette.assets), palette.files


class Stage:
    """The compiled world of an episode; a context manager that owns its GL context."""

    def __init__(
        self, room: Room, builds: Sequence[Build], eye: Eye, *, size: tuple[int, int],
        rng: np.random.Generator, extra_xml: str = "", samples: int = 4,
    ) -> None:  # fmt: skip
        """`samples` a pixel smooth the edges: four take twice the time of none (0)."""
        self._size, self._eye, self._part = size, eye, WHOLE
        ambient, front = rng.uniform(0.22, 0.42), rng.uniform(0.0, 0.15)
        if room.grey:
            ambient, front = rng.uniform(0.1, 0.2), rng.uniform(0.4, 0.7)
        skins, assets, files, bodies = "", room.assets, dict(room.files), room.xml + extra_xml
        for number, build in enumerate(builds):
            bodies += skeleton_xml(build, f"p{number}")
            skin, more, pictures = dressed(build, f"p{number}", rng)
            skins, assets = skins + skin, assets + more
            files |= pictures
        camera = (
            f'<camera name="eye" pos="{_text(eye.position)}" '
            f'xyaxes="{_text(eye.right)} {_text(eye.up)}" fovy="{eye.fovy_deg:.3f}"/>'
        )
        head = HEAD.format(
            w=size[0],
            h=size[1],
            samples=samples,
            ambient=_text([ambient] * 3),
            front=_text([front] * 3),
        )
        xml = (
            f"{head}<asset>{assets}</asset><worldbody>{bodies}{camera}</worldbody>"
            f"<deformable>{skins}</deformable></mujoco>"
        )
        self.model = mujoco.MjModel.from_xml_string(xml, files)
        self.data = mujoco.MjData(self.model)
        model = self.model
        self._lamps, self._shadows = model.light_diffuse.copy(), model.light_castshadow.copy()
        self._ambient = model.vis.headlight.ambient.copy()
        self._skin_owner = [_owner(model.skin(i).name) for i in range(model.nskin)]
        roots = model.body_rootid[model.geom_bodyid]
        self._geom_owner = [_owner(model.body(root).name) for root in roots]
        self._geom_owner[model.geom("floor").id] = OWNER_FLOOR

    def __enter__(self) -> Self:
        self._gl = mujoco.GLContext(*self._size)
        self._gl.make_current()
        self._context = mujoco.MjrContext(self.model, mujoco.mjtFontScale.mjFONTSCALE_100)
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN, self._context)
        self._scene = mujoco.MjvScene(self.model, 4000)
        self._option = mujoco.MjvOption()
        self._option.geomgroup[3] = 0
        self._camera = mujoco.MjvCamera()
        self._camera.type = mujoco.mjtCamera.mjCAMERA_FIXED
        self._camera.fixedcamid = self.model.camera("eye").id
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._gl.make_current()
        self._context.free()
        self._gl.free()

    def aim(self, eye: Eye) -> None:
        """Film from another place from now on."""
        self._eye = eye
        camera = self.model.camera("eye").id
        ahead = np.cross(eye.up, eye.right)
        axes = np.stack([eye.right, eye.up, -ahead], 1)
        mujoco.mju_mat2Quat(self.model.cam_quat[camera], axes.ravel())
        self.model.cam_pos[camera] = eye.position
        self.model.cam_fovy[camera] = eye.fovy_deg

    def zoom(self, part: Box) -> None:
        """Draw that part of the view alone from now on, enlarged: what a cut of a larger picture by
        the same lens would show. The stage has the shape of the part; the view it is of is 16:9,
        and may end before the part does."""
        self._part = part

    def fewer_shadows(self, count: int) -> None:
        """Let so many lamps cast shadows: each that does costs as much as the picture itself."""
        self.model.light_castshadow[np.flatnonzero(self._shadows)[count:]] = 0

    def restyle(self, rng: np.random.Generator) -> None:
        """Other paint, cloth and light on the same things: every material is multiplied by a tint
        (walls, floors and furniture by a pale one), and lamps and stray light change strength."""
        for number in range(self.model.nmat):
            name = self.model.mat(number).name
            if name in ("glass", "lamp"):
                continue
            bold = name.endswith(("/top", "/lower", "/shoes")) or name.startswith(("thing", "fab"))
            bold = bold or name.startswith("pad")
            chroma = rng.uniform(0, 0.7 if bold and rng.random() < 0.7 else 0.12)
            tint = rng.uniform(0.4 if bold else 0.75, 1.0) * (1 - chroma * rng.uniform(0, 1, 3))
            self.model.mat_rgba[number, :3] = tint
        self.model.light_castshadow[:] = self._shadows
        self.fewer_shadows(int(rng.choice([1, 9])))
        self.model.light_diffuse[:] = self._lamps * rng.uniform(0.8, 1.7)
        self.model.vis.headlight.ambient[:] = self._ambient * rng.uniform(0.8, 1.6)

    def draw(self, poses: Sequence[NDArray[np.float64]]) -> Drawn:
        """The picture with every person in their pose (qpos of `skeleton_xml`, in order)."""
        rgb, depth_m = self.picture(poses)
        return Drawn(rgb, depth_m, self._labels()[0])

    def labels(
        self, poses: Sequence[NDArray[np.float64]]
    ) -> tuple[NDArray[np.int16], NDArray[np.int32]]:
        """Whose each pixel is, as in `Drawn`, and which geom it shows, by number (−1: somebody's
        skin); without colours, at a third of the cost."""
        self.pose(poses)
        return self._labels()

    def picture(
        self, poses: Sequence[NDArray[np.float64]]
    ) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """Colour and depth alone, at half the cost."""
        self.pose(poses)
        depth = np.empty((self._size[1], self._size[0]), np.float32)
        rgb = self._pass(labels=False, depth=depth)
        return rgb, self._metres(np.flipud(depth))

    def pose(self, poses: Sequence[NDArray[np.float64]]) -> None:
        """Put every person into their pose, without drawing."""
        self._gl.make_current()  # episodes may take turns in one thread
        self.data.qpos[:] = np.concatenate(poses) if len(poses) else []
        mujoco.mj_kinematics(self.model, self.data)
        mujoco.mj_comPos(self.model, self.data)
        mujoco.mj_camlight(self.model, self.data)

    def place(self, name: str, at: Sequence[float], yaw: float) -> None:
        """Put a movable thing (a mocap body) somewhere, turned about the upright axis."""
        number = self.model.body(name).mocapid[0]
        self.data.mocap_pos[number] = at
        self.data.mocap_quat[number] = (np.cos(yaw / 2), 0, 0, np.sin(yaw / 2))

    def _pass(self, labels: bool, depth: NDArray[np.float32] | None) -> NDArray[np.uint8]:
        scene, (width, height) = self._scene, self._size
        mujoco.mjv_updateScene(
            self.model, self.data, self._option, None, self._camera,
            mujoco.mjtCatBit.mjCAT_ALL, scene,
        )  # fmt: skip
        if self._part != WHOLE:
            self._narrow(scene)
        for flag in (mujoco.mjtRndFlag.mjRND_SEGMENT, mujoco.mjtRndFlag.mjRND_IDCOLOR):
            scene.flags[flag] = int(labels)
        for flag in (mujoco.mjtRndFlag.mjRND_SHADOW, mujoco.mjtRndFlag.mjRND_REFLECTION):
            scene.flags[flag] = int(not labels)
        rect = mujoco.MjrRect(0, 0, width, height)
        rgb = np.empty((height, width, 3), np.uint8)
        mujoco.mjr_render(rect, scene, self._context)
        mujoco.mjr_readPixels(rgb, depth, rect, self._context)
        return np.ascontiguousarray(rgb[::-1])

    def _narrow(self, scene: Any) -> None:
        x, y, w, h = self._part
        for camera in scene.camera:  # a picture is the mean of two, for eyes that are one here
            tall = camera.frustum_near * math.tan(math.radians(self._eye.fovy_deg) / 2)
            camera.frustum_center = tall * ASPECT * (2 * x + w - 1)
            camera.frustum_width = tall * ASPECT * w
            camera.frustum_bottom, camera.frustum_top = tall * (1 - 2 * (y + h)), tall * (1 - 2 * y)

    def _metres(self, depth: NDArray[np.float32]) -> NDArray[np.float32]:
        near, far = (
            float(v) * self.model.stat.extent
            for v in (self.model.vis.map.znear, self.model.vis.map.zfar)
        )
        return np.asarray(near / (1 - depth * (1 - near / far)), np.float32)

    def _labels(self) -> tuple[NDArray[np.int16], NDArray[np.int32]]:
        ids = self._pass(labels=True, depth=None)
        number = ids[..., 0].astype(np.int32) + 256 * ids[..., 1].astype(np.int32)
        owners = np.full(self._scene.ngeom + 2, -1, np.int16)
        geoms = np.full(self._scene.ngeom + 2, -1, np.int32)
        for geom in self._scene.geoms[: self._scene.ngeom]:
            if geom.objtype == mujoco.mjtObj.mjOBJ_SKIN:
                owners[geom.segid + 1] = self._skin_owner[geom.objid]
            elif geom.objtype == mujoco.mjtObj.mjOBJ_GEOM:
                owners[geom.segid + 1] = self._geom_owner[geom.objid]
                geoms[geom.segid + 1] = geom.objid
        shown = np.minimum(number, len(owners) - 1)
        return owners[shown], geoms[shown]


def _owner(name: str) -> int:
    """Whose part a body or skin called `p<number>/…` is; −1 for the room's."""
    person = name.split("/", maxsplit=1)[0]
    return int(person[1:]) if person[:1] == "p" and person[1:].isdigit() else -1


def _text(values: Sequence[float]) -> str:
    return " ".join(f"{v:.5f}" for v in values)
