"""A rendered room on an ordinary day, and the same moments with something in it that does not
belong there: somebody who lies on the floor, a puddle, a thing left behind.

A pair of pictures differs by that alone: people, light and noise are the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from models.synth import script, spill, vantage
from models.synth.actor import RATE_HZ, Actor, Qpos
from models.synth.camera import draw_look
from models.synth.daily import SECONDS, SIZE, view_of
from models.synth.day import Day, away, draw_day
from models.synth.daylight import Daylight, Moment, draw_changes, shifted
from models.synth.figure import draw_build
from models.synth.filming import Camera, draw_lens, picture_of
from models.synth.movables import BELOW_M, BROUGHT, Spot
from models.synth.plane import FloorPlane, plane_of
from models.synth.seeds import daily_seed, rng_of
from models.synth.signal import Signal
from models.synth.stage import OWNER_FLOOR, Stage

Rgb = NDArray[np.uint8]
KINDS = ("down", "spill", "object")
LEARNT, EVERY_S, JUDGED = 100, 3.0, 12
PLACE_PX, CHANGED = 64, 6.0  # mean grey levels in a place
TRIES = 30


@dataclass
class Shown:
    """Pictures H×W×3 of one camera: those to learn from, usual ones of later, and by kind the
    unusual ones, each with the number of the usual one it pairs with and the places (rows×columns)
    that it changes."""

    learnt: list[Rgb] = field(default_factory=list)
    usual: list[Rgb] = field(default_factory=list)
    unusual: dict[str, list[tuple[int, Rgb, NDArray[np.bool_]]]] = field(
        default_factory=lambda: {kind: [] for kind in KINDS}
    )


class Set:
    """The room of a day (see `models.synth.daily`), with one more person and one stage."""

    def __init__(self, number: int) -> None:
        self.seed = daily_seed(number)
        rng = rng_of(self.seed, 1)
        self.day: Day = draw_day(rng, SECONDS)
        eye = view_of(self.day, rng)
        self.camera = Camera(eye, draw_lens(eye, rng), float(rng.uniform(0.5, 1.4)))
        self.plane: FloorPlane = plane_of(eye, SIZE)
        changes, rng = draw_changes(rng), rng_of(self.seed, 2)
        self.signal = Signal(draw_look(rng, self.day.room.grey), SIZE, rng)
        self.extra = Actor(self.day.room, draw_build(rng), rng)
        builds = [one.build for one in (*self.day.people, self.extra)]
        self.stage = Stage(
            self.day.room, builds, eye, size=SIZE, rng=rng, extra_xml=self.day.props, samples=0
        )
        with self.stage:
            gone = [away(one) for one in (*self.day.people, self.extra)]
            bare = self.stage.draw(gone).owner == OWNER_FLOOR
        self.light = Daylight(self.plane, bare, SECONDS, changes, rng)
        self.stage.fewer_shadows(1)

    def bare(
        self, t: float, lies: Qpos | None = None, thing: tuple[str, Spot] | None = None
    ) -> Rgb:
        """The room at a second, before light and camera."""
        for name, (x, y, z, yaw) in {
            **self.day.placed(t),
            **dict([thing] if thing else []),
        }.items():
            self.stage.place(name, (x, y, z), yaw)
        last = away(self.extra) if lies is None else lies
        rgb = picture_of(self.stage, [*self.day.poses(t), last], self.camera)
        if thing:
            self.stage.place(thing[0], (0.0, 0.0, BELOW_M), 0.0)
        return rgb

    def sent(self, rgb: Rgb, t: float, number: int) -> Rgb:
        """As the camera gives it; the noise goes by the number."""
        rng = rng_of(self.seed, 3, number)
        moment: Moment = self.light.at(t, rng)
        return self.signal.send(shifted(rgb, moment.shift_px), moment, rng)

    def floor(self, t: float) -> NDArray[np.bool_]:
        """H×W, where bare floor shows."""
        poses = [*self.day.poses(t), away(self.extra)]
        owner = self.camera.lens.warp(self.stage.draw(poses).owner, exact=True)
        return np.asarray(owner == OWNER_FLOOR, np.bool_)


def site(number: int) -> Shown:
    """Learnt from in the first five minutes of the day of that number, judged in the second five.
    Some forty seconds of one core."""
    of, shown = Set(number), Shown()
    rng = rng_of(of.seed, 4)
    lying = list(_lying(of))
    with of.stage:
        for k in range(LEARNT):
            shown.learnt.append(of.sent(of.bare(k * EVERY_S), k * EVERY_S, k))
        for k in range(JUDGED):
            t = float(rng.uniform(LEARNT * EVERY_S + 5, SECONDS - 5))
            usual = of.bare(t)
            shown.usual.append(of.sent(usual, t, LEARNT + k))
            for kind, bare in _changed(of, usual, t, k, lying):
                places = _places(usual, bare)
                if places.any():
                    shown.unusual[kind].append((k, of.sent(bare, t, LEARNT + k), places))
    return shown


def _changed(
    of: Set, usual: Rgb, t: float, number: int, lying: list[Qpos]
) -> Iterator[tuple[str, Rgb]]:
    rng = rng_of(of.seed, 5, number)
    if lying:
        yield "down", of.bare(t, lying[number % len(lying)])
    kind = spill.SPILLS[number % len(spill.SPILLS)]
    floor, radius = of.floor(t), float(rng.uniform(0.04, 0.13)) * SIZE[0]
    if floor.sum() > floor.size // 50:
        spot = spill.draw_spot(rng, kind, floor, of.plane, radius)
        yield "spill", spill.paint(usual, floor, spot)[0]
    free = [name for name in BROUGHT if of.day.placed(t).get(name, (0, 0, BELOW_M))[2] <= BELOW_M]
    if free:
        at = (*of.day.room.spot(rng, 0.5), 0.0, float(rng.uniform(-3, 3)))
        yield "object", of.bare(t, thing=(free[number % len(free)], at))


def _lying(of: Set, wanted: int = 4) -> Iterator[Qpos]:
    """Ways to lie on the floor in sight."""
    for _ in range(TRIES):
        of.extra.track = []
        script.act(of.extra, "lie_still", 20 / RATE_HZ)
        last = len(of.extra.track) - 1
        points = vantage.body_points(of.extra, last)
        seen = vantage.visible(of.camera.eye, points, of.extra)
        if script.state_at(of.extra, last) == "down" and seen > 0.5:
            yield of.extra.track[last].copy()
            wanted -= 1
        if not wanted:
            return


def _places(one: Rgb, other: Rgb) -> NDArray[np.bool_]:
    """Rows×columns, where two pictures differ."""
    apart = np.abs(one.astype(np.float32) - other).mean(2)
    rows, columns = -(-apart.shape[0] // PLACE_PX), apart.shape[1] // PLACE_PX
    apart = np.pad(apart, ((0, rows * PLACE_PX - apart.shape[0]), (0, 0)))
    places = apart.reshape(rows, PLACE_PX, columns, PLACE_PX).mean((1, 3))
    return np.asarray(places > CHANGED, np.bool_)
