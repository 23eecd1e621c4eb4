"""A person's body tree in MuJoCo's language: bones, hinges, what touches, and a face."""

from __future__ import annotations

from models.synth.figure import HIP_SHARE, JOINTS, PARENTS, Build, Joint, Limb, Point, limbs


def skeleton_xml(build: Build, name: str) -> str:
    """The MJCF body tree of one person, standing at the origin; joints are `name/joint`."""
    h, parts = build.height_m, limbs(build)

    def body(bone: str, at: Point) -> str:
        pos = " ".join(f"{c * h:.5f}" for c in at)
        joints = (
            f'<freejoint name="{name}/root"/>'
            if bone == "pelvis"
            else "".join(_joint_xml(j, name) for j in JOINTS[bone])
        )
        geoms = "".join(_geom_xml(limb, h) for limb in parts if limb.bone == bone and limb.solid)
        if bone == "head":
            geoms += _face_xml(build)
        inner = "".join(body(b, off) for b, (parent, off) in PARENTS.items() if parent == bone)
        return f'<body name="{name}/{bone}" pos="{pos}">{joints}{geoms}{inner}</body>'

    return body("pelvis", (0, 0, HIP_SHARE))


def _joint_xml(joint: Joint, name: str) -> str:
    axis = " ".join(f"{a:g}" for a in joint.axis)
    low, high = joint.range_deg
    return (
        f'<joint name="{name}/{joint.name}" type="hinge" axis="{axis}" limited="true" '
        f'range="{low} {high}" damping="{0.04 * joint.strength:.2f}" armature="0.02"/>'
    )


def _geom_xml(limb: Limb, h: float) -> str:
    ends = " ".join(f"{c * h:.5f}" for c in (*limb.a, *limb.b))
    radius = (limb.radius_a + limb.radius_b) / 2 * h
    # Bits: 1 the room, 2 a person; 4 and 8 keep shins apart and forearms out of the trunk.
    contype, conaffinity = 2, 1
    if limb.bone in ("shin_l", "foot_l"):
        contype |= 4
    if limb.bone in ("shin_r", "foot_r"):
        conaffinity |= 4
    if limb.bone.startswith("forearm"):
        contype |= 8
    if limb.bone in ("pelvis", "belly"):
        conaffinity |= 8
    slide = 0.7 if limb.region in ("shoes", "skin") else 0.5
    return (
        f'<geom type="capsule" fromto="{ends}" size="{radius:.5f}" group="3" density="900" '
        f'friction="{slide} .01 .001" contype="{contype}" conaffinity="{conaffinity}"/>'
    )


def _face_xml(build: Build) -> str:
    """Eyes, brows, mouth and ears: seen, touching nothing."""
    h, skin = build.height_m, build.colours["skin"]
    dull = tuple(0.6 * c for c in skin)
    brow = build.colours["hair"] if build.hair != "bald" else dull
    lips = (0.75 * skin[0], 0.45 * skin[1], 0.45 * skin[2])
    spots: list[tuple[Point, Point, tuple[float, ...]]] = [
        ((0.050, 0.0, 0.052), (0.006, 0.013, 0.004), lips),
        ((0.040, 0.0, 0.046), (0.014, 0.020, 0.010), dull),
    ]
    for sign in (1.0, -1.0):
        spots += [
            ((0.051, 0.019 * sign, 0.096), (0.005, 0.009, 0.005), (0.08, 0.06, 0.05)),
            ((0.053, 0.019 * sign, 0.107), (0.004, 0.012, 0.003), brow),
            ((0.008, 0.049 * sign, 0.088), (0.010, 0.004, 0.016), skin),
        ]
    return "".join(
        f'<geom type="ellipsoid" pos="{" ".join(f"{c * h:.5f}" for c in at)}" '
        f'size="{" ".join(f"{c * h:.5f}" for c in size)}" mass="0" contype="0" conaffinity="0" '
        f'rgba="{" ".join(f"{c:.3f}" for c in tone)} 1"/>'
        for at, size, tone in spots
    )
