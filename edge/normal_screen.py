"""`floorwatch normal`: what is known of a camera's normal days, in words, numbers and a picture."""

from __future__ import annotations

import json
import math
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, tzinfo

from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from alerts.errors import UserError
from edge import lowered_kept, of_camera, wiring
from edge.config.camera import Camera
from edge.config.schema import Config
from edge.normal.camera import CameraNormal
from edge.normal.file import Damaged, from_bytes
from edge.normal.summary import LEVELS, Summary, summary
from edge.normal_learning import FOLDER, learn_clips
from edge.normal_picture import draw
from edge.normality import DRIFTED, mark
from edge.remembered import Remembered

_out = Console(highlight=False, soft_wrap=True)
_paper = Console(stderr=True, highlight=False, soft_wrap=True)


class NothingLearnt(UserError):
    """There is nothing to show."""


def show(args: Namespace) -> int:
    """Prints what is known of a camera, and draws it."""
    config, camera = of_camera.asked(args)
    normal, size = _known(config, camera)
    said = summary(normal)
    if args.out is not None:
        draw(camera.name, normal, said).save(args.out)
    if args.json:
        fields = {"camera": camera.name, "bytes": size, "thresholds": _thresholds(config, camera)}
        print(json.dumps(fields | said.to_json()))
        return 0
    for line in _words(camera.name, said, size, config.site.zone):
        _out.print(line, markup=False)
    if config.normal.lower_thresholds:
        for one in lowered_kept.thresholds(config)[camera.name]:
            _out.print(f"threshold: {one.words()}", markup=False)
    path = Remembered(config.state_folder / FOLDER).path(camera.name)
    _out.print(of_camera.fresh(path, config.site.zone), markup=False)
    if args.out is not None:
        _paper.print(f"drawn: {args.out}", markup=False)
    return 0


def learn(args: Namespace) -> int:
    """Learns from recordings of a camera, as the daemon would have."""
    config, camera = of_camera.asked(args)
    learnt_s = learn_clips(config, camera, args.clips, args.start, _bar)
    if args.json:
        print(json.dumps({"camera": camera.name, "learnt_hours": round(learnt_s / 3600, 3)}))
    else:
        _out.print(
            f"{camera.name}: {learnt_s / 60:.0f} minutes are known now; see `floorwatch normal "
            f"show {camera.name} --config {args.config}`",
            markup=False,
        )
    return 0


def forget(args: Namespace) -> int:
    """Deletes what is known of a camera. A daemon that runs notices within seconds."""
    after = "a daemon that runs begins anew within 10 s"
    _out.print(of_camera.forget(args, FOLDER, after), markup=False)
    return 0


def _thresholds(config: Config, camera: Camera) -> dict[str, object]:
    """What is gone by, and what it was lowered from."""
    return {
        one.label: {
            "used": one.used.value if one.fallen is None else one.fallen.value,
            "before": one.used.value,
            "lowered": one.fallen is not None,
        }
        for one in lowered_kept.thresholds(config)[camera.name]
    }


def _known(config: Config, camera: Camera) -> tuple[CameraNormal, int]:
    """What is kept of a camera, and how many bytes that is."""
    files = Remembered(config.state_folder / FOLDER)
    path = files.path(camera.name)
    data = files.read(camera.name)
    if data is None:
        raise NothingLearnt(
            f"{camera.name}: nothing is known yet ({path}); the daemon writes it after a "
            "minute where `normal: enabled:` is true, and `floorwatch normal learn` learns from "
            "recordings"
        )
    card = wiring.model(config).card
    try:
        normal = from_bytes(data, mark(card.sha256, camera.url))
    except Damaged as error:
        raise NothingLearnt(f"{path}: {error}; `floorwatch normal forget` begins anew") from error
    if normal is None:
        raise NothingLearnt(
            f"{camera.name}: what is known is of another network or another address of the camera; "
            "the daemon begins anew"
        )
    return normal, len(data)


def _words(name: str, said: Summary, size: int, zone: tzinfo) -> list[str]:
    lines = [
        f"{name}: {_long(said.learnt_hours)} learnt since {_when(said.begun_s, zone)}, "
        f"{said.hours_known} of 24 hours of day known; {size / 1024:.0f} kB",
        _drift_words(said, zone),
    ]
    if said.once_a_day is None:
        lines.append("unusual: the record is too short to say what happens once a day")
    else:
        seldom = f"what is above {said.once_a_day:.2f} happens once a day"
        lines.append(f"unusual: {seldom}, by {said.days_on_record:.1f} days on record")
    for alarms in said.alarms:
        pairs = zip(LEVELS, alarms.counts, strict=True)
        each = ", ".join(f"{count} at {level:g}" for level, count in pairs)
        lines.append(
            f"{alarms.label}: in {alarms.watched_hours:.1f} hours thresholds would have given "
            f"these alarms, real ones among them: {each}"
        )
    return lines


def _drift_words(said: Summary, zone: tzinfo) -> str:
    if said.drifted_s:
        return (
            f"drift: {DRIFTED} since {_when(said.drifted_s, zone)}; look at it, then tune again "
            "or `floorwatch normal forget`"
        )
    if not said.drift_bets:
        return "drift: nothing to compare with before an hour was watched on three days"
    height = 10 ** max(said.drift_height, -9)
    return (
        f"drift: looks as learnt ({said.drift_bets} bets, at {height:.3g} of "
        f"{math.pow(10, said.drift_alarm):.3g} that alarm)"
    )


def _long(hours: float) -> str:
    return f"{hours:.1f} hours" if hours >= 1 else f"{60 * hours:.0f} minutes"


def _when(at_s: float, zone: tzinfo) -> str:
    return f"{datetime.fromtimestamp(at_s, zone):%Y-%m-%d %H:%M}"


@contextmanager
def _bar(name: str) -> Iterator[Callable[[float], None]]:
    """A line that shows how far a clip has been looked at."""
    columns = (
        TextColumn("{task.description}", markup=False),
        TextColumn("{task.completed:.0f} s of video in"),
        TimeElapsedColumn(),
    )
    hidden = not _paper.is_terminal
    with Progress(*columns, console=_paper, transient=True, disable=hidden) as bar:
        task = bar.add_task(name, total=None)
        yield lambda seconds: bar.update(task, completed=seconds)
