"""What a store is being filled with, and how far that is: what was cut off goes on, what is
finished stays, and nothing else takes its place unasked.

`made.json` lies beside the store. It is written after the store's own index, so that it never
counts what is not there.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from tqdm import tqdm

from alerts.errors import UserError
from models import stores

NOTE = "made.json"
SAVE_EVERY = 20
Make = Callable[[stores.Writer, int], None]


class Taken(UserError):
    """The folder holds something else already."""


@dataclass(frozen=True)
class Asked:
    """`count` of what is made, from the number or seed `first` on."""

    what: Literal["episodes", "rooms", "views"]
    count: int
    first: int

    def __str__(self) -> str:
        return f"--{self.what} {self.count} --first {self.first}"


@dataclass(frozen=True)
class _Note:
    asked: Asked
    done: int  # of `asked.count`
    pictures: int  # in the store, of those that are done


def done(folder: Path, asked: Asked) -> int:
    """How many of them a folder holds, 0 where it holds no store. Raises Taken where it holds
    others, or a store of which that is not known."""
    return _known(folder, asked).done


def note(folder: Path, asked: Asked, made: int, pictures: int) -> None:
    """Say that so many are made, and that the first so many pictures of the store are of them."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{NOTE}.part"
    part.write_text(json.dumps(asdict(_Note(asked, made, pictures))) + "\n", encoding="utf-8")
    part.replace(folder / NOTE)


def is_whole(folder: Path) -> bool:
    """Whether a folder holds a store, and, if that is noted, all that was asked for."""
    known = _read(folder)
    finished = known is None or known.done >= known.asked.count
    return finished and (folder / stores.INDEX).exists()


def fill(folder: Path, asked: Asked, pictures_max: int, make: Make) -> None:
    """Make them one by one, of `pictures_max` pictures each at most, into a store; go on where that
    was cut off. The store is the same then, to the byte, as if it had not been. Raises Taken."""
    known = _known(folder, asked)
    if known.done >= asked.count:
        return
    if not known.done:
        note(folder, asked, 0, 0)
    room = asked.count * pictures_max
    writer = stores.Writer(folder, room, masks=True, kept=known.pictures)
    with tqdm(
        total=asked.count, initial=known.done, unit=asked.what.removesuffix("s"), disable=None
    ) as bar:
        for number in range(asked.first + known.done, asked.first + asked.count):
            make(writer, number)
            bar.update()
            if number % SAVE_EVERY == SAVE_EVERY - 1:
                writer.save()
                note(folder, asked, number + 1 - asked.first, len(writer))
    writer.save()
    note(folder, asked, asked.count, len(writer))


def _known(folder: Path, asked: Asked) -> _Note:
    there = (folder / stores.INDEX).exists()
    known = _read(folder)
    if known is None and there:
        raise Taken(f"{folder}: holds a store already; name another folder, or remove it")
    if known is None or not there:
        return _Note(asked, 0, 0)
    if known.asked != asked:
        raise Taken(
            f"{folder}: is of {known.asked}, not {asked}; name another folder, or remove it"
        )
    return known


def _read(folder: Path) -> _Note | None:
    try:
        found = json.loads((folder / NOTE).read_text(encoding="utf-8"))
        return _Note(Asked(**found["asked"]), int(found["done"]), int(found["pictures"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        raise Taken(
            f"{folder / NOTE}: cannot be read; remove the folder, it is made anew"
        ) from None
