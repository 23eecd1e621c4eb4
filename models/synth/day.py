"""Ten minutes of an ordinary day in one room: who comes when and does what, and what they move.

Drawn from a seed; nothing in it is an incident by `truth`'s definition, which is checked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from models.synth import clutter, movables, script
from models.synth.actor import RATE_HZ, Actor, Qpos
from models.synth.errands import Errand, doors
from models.synth.figure import draw_build
from models.synth.furniture import Bed, Place, Seat
from models.synth.movables import BELOW_M, BROUGHT, Spot, Stop
from models.synth.room import WIDE_STYLES, Room, draw_room

CROWD_SHARE, WIDE_SHARE = 0.25, 0.35
PAUSE_S = 60.0  # the mean time in which nobody is there
_CHECKED_EVERY = RATE_HZ // 2
Lain = TypeVar("Lain", Seat, Bed)


@dataclass(frozen=True)
class Visit:
    """A person's stay: when they begin to come in, and their postures, 50 a second."""

    starts_s: float
    person: int
    door: int
    track: Sequence[Qpos]


@dataclass
class Day:
    """A room and what goes on in it. `things` are the ways of all that is moved, by name,
    `nuisances` what may be taken for an incident."""

    room: Room
    ways: list[Place]
    people: list[Actor]
    props: str
    visits: list[Visit] = field(default_factory=list)
    things: dict[str, list[Stop]] = field(default_factory=dict)
    nuisances: set[str] = field(default_factory=set)

    def poses(self, t: float) -> list[Qpos]:
        """Everyone's posture at a second; who is not there is below the floor."""
        out = [away(actor) for actor in self.people]
        for visit in self.visits:
            tick = int((t - visit.starts_s) * RATE_HZ)
            if 0 <= tick < len(visit.track):
                out[visit.person] = visit.track[tick]
        return out

    def placed(self, t: float) -> dict[str, Spot]:
        """Where each movable thing is at a second."""
        return {name: movables.along(stops, t) for name, stops in self.things.items()}


def draw_day(
    rng: np.random.Generator, seconds: float, within: tuple[Room, list[Place]] | None = None
) -> Day:
    """Visits until the time is over; `within` gives the room and its doors, else they are drawn."""
    room, ways = within or _room(rng)
    crowd = bool(rng.random() < CROWD_SHARE)
    count = int(rng.integers(5, 9)) if crowd else int(rng.integers(1, 4))
    people = [Actor(room, draw_build(rng), rng) for _ in range(count)]
    props = movables.doors_xml(ways) + movables.brought_xml(rng)
    day = Day(room, ways, people, props, nuisances={"crowd"} if crowd else set())
    t = float(rng.uniform(3, 40))
    while t < seconds - 20:
        together = count if crowd and rng.random() < 0.5 else 1 + int(rng.random() < 0.3)
        who = [int(n) for n in rng.permutation(count)[:together]]
        t = _visit(day, who, t, seconds, rng) + float(rng.exponential(PAUSE_S))
    for number, way in enumerate(ways):
        spans = [s for visit in day.visits if visit.door == number for s in _passing(visit)]
        day.things[f"door{number}"] = movables.door_stops(way, spans)
    return day


def _room(rng: np.random.Generator) -> tuple[Room, list[Place]]:
    while True:
        wide = WIDE_STYLES if rng.random() < WIDE_SHARE else None
        style = list(wide)[int(rng.integers(len(wide)))] if wide else None
        room = clutter.strewn(draw_room(rng, style), rng)
        ways = doors(room, rng, 2)
        if ways:
            return room, ways


def _passing(visit: Visit) -> list[tuple[float, float]]:
    """When somebody goes through the door."""
    ends_s = visit.starts_s + len(visit.track) / RATE_HZ
    return [(visit.starts_s, visit.starts_s + 3.5), (ends_s - 3.5, ends_s)]


def _visit(
    day: Day, who: Sequence[int], t: float, seconds: float, rng: np.random.Generator
) -> float:
    """They come in one after the other; the second at which the last has gone."""
    last, taken = t, list[Seat | Bed]()
    for person in who:
        actor, door = day.people[person], int(rng.integers(len(day.ways)))
        actor.track, actor.pitch = [], 0.0
        errand = Errand(actor, day.ways[door])
        free = [name for name in BROUGHT if name not in day.things]
        _run(errand, free, taken, seconds - t, rng)
        ticks = range(0, len(actor.track), _CHECKED_EVERY)
        if any(script.state_at(actor, tick) == "down" for tick in ticks):
            continue  # it came out too low somewhere: not to be shown
        day.visits.append(Visit(t, person, door, actor.track))
        for name, stops in errand.things.items():
            day.things[name] = [Stop(t + s.at_s, s.x, s.y, s.z, s.yaw) for s in stops]
        day.nuisances |= set(errand.did)
        last = max(last, t + actor.seconds)
        t += float(rng.uniform(1.5, 6.0))
    return last


def _run(
    errand: Errand, free: list[str], taken: list[Seat | Bed], left_s: float,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    """In, two to four things, and out."""
    room = errand.actor.room
    errand.come_in()
    for _ in range(int(rng.integers(2, 5))):
        act = str(rng.choice(["walk", "bow", "sit", "lie", "bring", "stand"], p=_ODDS))
        if act == "sit" and (seat := _untaken(room.seats, taken, rng)):
            errand.sit(seat, min(left_s / 3, float(rng.uniform(5, 120))))
        elif act == "lie" and (bed := _untaken(room.raised, taken, rng)):
            errand.lie(bed, min(left_s / 2, float(rng.uniform(15, 240))))
        elif act == "bring" and free:
            errand.bring(free.pop(int(rng.integers(len(free)))))
        elif act == "bow":
            errand.go(*room.spot(rng, 0.7))
            what = str(rng.choice(["tie_shoe", "pick_up", "look_under"]))
            errand.bow(what, float(rng.uniform(2, 14)))
        elif act == "stand":
            errand.actor.idle(0.5)
            errand.stay(float(rng.uniform(3, 30)))
        else:
            errand.actor.wander(float(rng.uniform(4, 12)))
            errand.did.append("walk")
    errand.leave()


_ODDS = (0.2, 0.22, 0.2, 0.15, 0.13, 0.1)


def _untaken(
    places: Sequence[Lain], taken: list[Seat | Bed], rng: np.random.Generator
) -> Lain | None:
    """A place nobody of those who came together uses, nor one within an arm's length of it."""
    left = [p for p in places if all(np.hypot(p.x - t.x, p.y - t.y) > 0.6 for t in taken)]
    if not left:
        return None
    chosen = left[int(rng.integers(len(left)))]
    taken.append(chosen)
    return chosen


def away(actor: Actor) -> Qpos:
    """The posture of who is not there."""
    gone = np.zeros(actor.model.nq)
    gone[2], gone[3] = BELOW_M, 1.0
    return gone
