"""How far the looking is: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from models.evaluation.looking import Done

_TENTHS = 10
Show = Callable[[Done], None]


@contextmanager
def shown(paper: Console) -> Iterator[Show]:
    """What to tell of progress to, while it is shown on `paper`."""
    if not paper.is_terminal:
        yield _Lines(paper).show
        return
    columns = (BarColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=paper, transient=True) as bar:
        task, begun_s = bar.add_task("", total=1.0), time.monotonic()

        def show(done: Done) -> None:
            told = words(done, time.monotonic() - begun_s)
            bar.update(task, completed=share(done), description=told)

        yield show


@contextmanager
def counted(paper: Console, words: str) -> Iterator[Callable[[int, int], None]]:
    """What to tell how many are done, of how many, while it is shown on a terminal."""
    with paper.status(words) as status:
        yield lambda done, of: status.update(f"{words}: {done} of {of}")


class _Lines:
    """One for each tenth that is done."""

    def __init__(self, paper: Console) -> None:
        self._paper = paper
        self._begun_s = time.monotonic()
        self._tenth = 0

    def show(self, done: Done) -> None:
        tenth = int(share(done) * _TENTHS)
        if tenth > self._tenth:
            self._tenth = tenth
            self._paper.print(words(done, time.monotonic() - self._begun_s), markup=False)


def share(done: Done) -> float:
    """How much of the work is done, 0–1. It is the video that takes the time, if there is any."""
    if done.recordings == done.recordings_all:
        return 1.0
    if done.seconds_all:
        return done.seconds / done.seconds_all
    return (done.recordings - done.kept) / (done.recordings_all - done.kept)


def words(done: Done, elapsed_s: float) -> str:
    """How far it is, how fast, and how much longer it will take."""
    said = [f"{done.recordings} of {done.recordings_all} recordings"]
    if done.kept:
        said[0] += f" ({done.kept} looked at before)"
    if done.seconds_all:
        said.append(f"{done.seconds:.0f} of {done.seconds_all:.0f} s of video")
    if done.seconds and elapsed_s:
        said.append(f"{done.seconds / elapsed_s:.1f} × real time")
    part = share(done)
    if 0 < part < 1:
        said.append(f"{_span(elapsed_s * (1 - part) / part)} left")
    return ", ".join(said)


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
