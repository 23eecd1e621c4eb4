"""A rendered site, people who answer for it, and one round: to see the loop work, and what it is
worth where all is known.

Labelled are half an hour of normal life of each camera (nothing happens in it) and two of its
collapses. Judged is by what nobody labels: the rest of that day, another day in the same room, and
the other collapses.
"""

from __future__ import annotations

import csv
import os
from pathlib import Path

from tqdm import tqdm

from alerts.errors import UserError
from models.label import gathering
from models.label.book import Book
from models.label.words import Given
from models.loop import rounds
from models.loop.asked import Asked
from models.loop.commands import Say
from models.loop.places import Loop
from models.loop.rounds import Note
from models.synth.sites import NORMAL, Plan, write_site

FOOTAGE, LABELLED, JUDGED = "footage", "labelled", "judged.csv"
QUICK = Plan(learn_s=60.0, rest_s=30.0, other_s=30.0, fall_s=20.0, falls=3)
SEED = 80  # of no site that anything was tuned on
WHO = "example"
_FALLS_LABELLED = 2


class NoExample(UserError):
    """The folder is somebody's own: what is answered there is not for a program to make up."""


def run(
    loop: Loop, cameras: int, say: Say, *, quick: bool = False, recipe: str = "finetune"
) -> Note:
    """Renders, answers, and goes to the first proposal; what is there stays. Raises UserError."""
    footage = loop.folder.parent / f"{loop.folder.name}-{FOOTAGE}"
    if loop.mark.exists() and rounds.asked(loop).sources != (footage / LABELLED,):
        raise NoExample(f"{loop.folder}: is a loop of a site of its own; name a new folder")
    with tqdm(total=cameras, unit="camera", desc="rendering") as bar:
        truth = write_site(
            footage,
            cameras,
            SEED,
            lambda done, _of: bar.update(done - bar.n),
            QUICK if quick else Plan(),
        )
    labelled, judged = _parted(footage, truth)
    if not loop.mark.exists():
        asked = Asked((labelled,), None, (judged,), recipe, hold_last_s=15.0)
        rounds.begin(loop, asked)
    with rounds.alone(loop):
        say(f"{_answered(loop, labelled, truth)} answers given as the truth says")
        return rounds.go_on(loop, say, unattended=True)


def _parted(footage: Path, truth: Path) -> tuple[Path, Path]:
    """What is labelled, in a folder a camera, and the truth of what is judged."""
    labelled, judged = footage / LABELLED, footage / JUDGED
    with truth.open(newline="", encoding="utf-8") as file:
        table = csv.DictReader(file)
        rows, names = list(table), table.fieldnames or []
    for row in rows:
        if _is_labelled(row):
            _link(footage / row["clip"], labelled / row["place"])
    for clip in sorted((footage / NORMAL).glob("*.mp4")):
        _link(clip, labelled / clip.stem)
    with judged.open("w", newline="", encoding="utf-8") as file:
        out = csv.DictWriter(file, names, lineterminator="\n")
        out.writeheader()
        out.writerows(row for row in rows if not _is_labelled(row))
    return labelled, judged


def _is_labelled(row: dict[str, str]) -> bool:
    clip = row["clip"]
    return any(clip.endswith(f"-fall{number}.mp4") for number in range(_FALLS_LABELLED))


def _link(clip: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / clip.name).exists():
        os.link(clip, folder / clip.name)


def _answered(loop: Loop, labelled: Path, truth: Path) -> int:
    """What somebody who knows says of all of it."""
    with truth.open(newline="", encoding="utf-8") as file:
        known = {Path(row["clip"]).name: row for row in csv.DictReader(file)}
    with Book.open(loop.labels) as book:
        book.add(one for one in gathering.gather([labelled], set()) if not isinstance(one, str))
        answered = {one.item for one in book.standing(WHO)}
        given = []
        for item in book.items():
            if item.number in answered:
                continue
            row = known.get(item.path.name)
            if row is None:
                given.append(Given(item.number, WHO, "nothing"))
            else:
                onset_s, end_s = float(row["onset_s"]), float(row["end_s"])
                given.append(Given(item.number, WHO, "collapse", onset_s, end_s))
        return len(book.give(given))
