"""The processes that look at recordings: each opens the network once, and ends with its parent."""

from __future__ import annotations

import json
import logging
import os
import signal
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing import parent_process
from multiprocessing.sharedctypes import RawArray, RawValue
from pathlib import Path
from threading import Thread
from typing import Any

from edge import wiring
from edge.config.schema import Config
from edge.cores import one_thread_a_picture
from edge.zoo import Model
from models.evaluation import traces
from models.evaluation.recording import Recording
from models.evaluation.repeats import Repeats
from models.evaluation.tracing import Setup, trace
from models.eye import Eye

_NOT_BEGUN = -1.0


@dataclass(frozen=True)
class Network:
    """What looks: the site file's choice of what runs it, and the model. One thread a process,
    since the processes fill the cores, and a number must not depend on how many there are."""

    config: Config
    model: Model

    @property
    def identity(self) -> str:
        """All that its answers depend on: the file, how the card has it read, and what runs it."""
        asked = {"sha256", "input", "people", "spill", "close_ups"}
        read = self.model.card.model_dump(include=asked)
        return json.dumps({"backend": self.config.model.repeatable} | read, sort_keys=True)

    def open(self) -> Repeats:
        """The network, to be entered. Raises BadModel then."""
        single = self.config.model.model_copy(update={"threads": 1})
        return Repeats(wiring.backend(self.config.model_copy(update={"model": single}), self.model))


@dataclass(frozen=True)
class Work:
    """One recording to look at: its place on the board, and where its trace goes."""

    number: int
    recording: Recording
    setup: Setup
    path: Path


class Stopped(Exception):
    """The parent wants no more."""


class Board:
    """Memory that parent and workers share, without locks: whoever is killed leaves none held.
    Each number belongs to one recording, and is written by one worker."""

    def __init__(self, recordings: int) -> None:
        self._seconds: Any = RawArray("d", [_NOT_BEGUN] * recordings)
        self._stop: Any = RawValue("b", 0)

    def stop(self) -> None:
        """Have all workers stop, at their next pictures."""
        self._stop.value = 1

    def done(self, number: int, seconds: float) -> None:
        """So much of a recording has been seen. Raises Stopped."""
        self._seconds[number] = seconds
        if self._stop.value:
            raise Stopped

    def seconds(self) -> float:
        """Of video, seen by all."""
        return float(sum(max(0.0, seconds) for seconds in self._seconds))

    def begun(self, number: int) -> bool:
        """Whether a worker has taken it."""
        return bool(self._seconds[number] != _NOT_BEGUN)


@dataclass
class _Own:
    """What a worker keeps from recording to recording."""

    board: Board
    eye: Eye
    stack: ExitStack


_owns: list[_Own] = []  # one, once set up: a process has no better place to keep it


def set_up(network: Network, board: Board) -> None:
    """Once in each worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl-C goes to all; the parent says when to stop
    logging.getLogger().setLevel(logging.ERROR)  # what was damaged stands in the trace
    one_thread_a_picture()
    Thread(target=_end_with_parent, name="parent", daemon=True).start()
    stack = ExitStack()
    model = network.model
    closer = wiring.closer(network.config, model)
    eye = Eye(model.card, stack.enter_context(network.open()), closer)
    _owns.append(_Own(board, eye, stack))


def look_at(work: Work) -> None:
    """Looks at one recording and keeps its trace. Raises BadClip, BadCache, Stopped."""
    own = _owns[0]
    own.board.done(work.number, 0.0)
    found = trace(
        work.recording, work.setup, own.eye, lambda seconds: own.board.done(work.number, seconds)
    )
    traces.write(work.path, found)


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)  # nobody is left to tell; half a trace is no trace
