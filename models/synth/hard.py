"""Single pictures of what is hard to see or easily mistaken, over a stated grid of conditions.

Rooms are drawn from seeds of their own. Within a condition every picture is of another room, so
that exact bounds for independent trials hold; between conditions rooms are the same, so that they
can be compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator

from models.synth import hard_floors, hard_people, hard_things
from models.synth.condition import Condition, Hard
from models.synth.seeds import hard_seed

Draw = Callable[[int, Collection[Condition]], Iterator[Hard]]
FAMILIES: tuple[tuple[Draw, tuple[Condition, ...]], ...] = (
    (hard_people.lying, tuple(view.condition for view in hard_people.LYING)),
    (hard_people.far, tuple(view.condition for view in hard_people.FAR)),
    (hard_people.padded, tuple(view.condition for view in hard_people.PADDED)),
    (hard_people.acting, tuple(view.condition for view in hard_people.ACTING)),
    (hard_people.abed, tuple(view.condition for view in hard_people.ABED)),
    (hard_things.things, tuple(hard_things.THINGS.values())),
    (hard_floors.floors, (*hard_floors.FROM_ABOVE, *hard_floors.GRAZING)),
)
CONDITIONS: tuple[Condition, ...] = tuple(one for _, group in FAMILIES for one in group)
ROOMS_TRIED = 3  # for every one that is wanted: not every room has a place for every camera


def pictures(rooms: int, conditions: Collection[Condition] = CONDITIONS) -> Iterator[Hard]:
    """So many pictures of each condition, each of another room; fewer where a third of the rooms
    drawn has no place for it. The same for the same arguments."""
    for draw, group in FAMILIES:
        taken: Counter[Condition] = Counter()
        for number in range(ROOMS_TRIED * rooms):
            wanted = [one for one in group if one in conditions and taken[one] < rooms]
            if not wanted:
                break
            for hard in draw(hard_seed(number), wanted):
                taken[hard.condition] += 1
                yield hard
