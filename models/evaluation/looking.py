"""Looking at many recordings, on all cores, and never twice at the same."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event as StopEvent
from typing import TypeAlias

from alerts.errors import UserError
from edge.cores import cores
from edge.errors import BadClip
from models.evaluation import traces
from models.evaluation.program import key
from models.evaluation.recording import Recording
from models.evaluation.trace import Trace
from models.evaluation.tracing import Setup, source_of
from models.evaluation.workers import Board, Network, Work, look_at, set_up

_POLL_S = 0.2
_FAULTS_MAX = 20
_Ended: TypeAlias = "SimpleQueue[tuple[Work, Future[None]]]"
SetupOf = Callable[[Recording], Setup]


class WorkerLost(UserError):
    """A worker died: of too little memory, most of the time."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C while recordings were looked at; says how many need not be looked at again."""


@dataclass(frozen=True)
class Done:
    """How far it is: recordings and seconds of video; `kept` of the recordings had a trace."""

    recordings: int
    recordings_all: int
    kept: int
    seconds: float
    seconds_all: float


Progress = Callable[[Done], None]


def look(
    recordings: Sequence[Recording],
    setup_of: SetupOf,
    network: Network,
    *,
    cache: Path,
    jobs: int | None = None,
    progress: Progress = lambda _done: None,
) -> dict[str, Trace]:
    """The trace of each recording, by its key; made by `jobs` processes (default: one a core) where
    the folder `cache` does not hold it. Raises UserError with a line for each that cannot be read,
    before any is looked at where that shows; what is done by then is kept. Raises Interrupted."""
    run = _Run(tuple(recordings), setup_of, network, cache)
    try:
        run.take_kept()
        if run.works:
            _try(run.works, network, jobs or cores())
            run.look(jobs or cores(), progress)
    except KeyboardInterrupt:
        raise Interrupted(run.interrupted()) from None
    traces.prune(cache)
    return {one.key: run.found[run.paths[one.key]] for one in recordings}


@dataclass
class _Run:
    recordings: tuple[Recording, ...]
    setup_of: SetupOf
    network: Network
    cache: Path
    paths: dict[str, Path] = field(default_factory=dict)  # of the recordings, by their keys
    found: dict[Path, Trace] = field(default_factory=dict)
    works: tuple[Work, ...] = ()
    faults: list[str] = field(default_factory=list)

    def take_kept(self) -> None:
        """What need not be looked at; the rest is the work, the longest first."""
        missing: dict[Path, Recording] = {}
        for one in self.recordings:
            name = key(one, self.setup_of(one), self.network.identity)
            path = self.paths[one.key] = traces.path_of(self.cache, name)
            if path in self.found or path in missing:
                continue
            kept = traces.read(path)
            if kept is None:
                missing[path] = one
            else:
                self.found[path] = kept
        longest = sorted(missing.items(), key=lambda item: -item[1].seconds)
        self.works = tuple(
            Work(number, one, self.setup_of(one), path)
            for number, (path, one) in enumerate(longest)
        )

    def look(self, jobs: int, progress: Progress) -> None:
        board = Board(len(self.works))
        kept, of_s = len(self.found), sum(work.recording.seconds for work in self.works)
        with _pool(min(jobs, len(self.works)), self.network, board) as pool:
            ended = _submit(pool, self.works)
            seen = 0
            while seen < len(self.works):
                with suppress(Empty):
                    self._take(*ended.get(timeout=_POLL_S), board)
                    seen += 1
                done_s = min(board.seconds(), of_s)
                progress(Done(kept + seen, kept + len(self.works), kept, done_s, of_s))
        _raise(self.faults)

    def _take(self, work: Work, future: Future[None], board: Board) -> None:
        try:
            future.result()
        except BadClip as error:
            self.faults.append(str(error))
            return
        except BrokenProcessPool:
            raise WorkerLost(self._lost(board)) from None
        trace = traces.read(work.path)
        if trace is None:
            raise traces.BadCache(f"{work.path}: written, and gone or damaged; say --cache DIR")
        self.found[work.path] = trace

    def interrupted(self) -> str:
        """In words, with what the workers have kept by now."""
        kept = sum(path.exists() for path in self.paths.values())
        of = len(self.recordings)
        return f"interrupted: {kept} of {of} recordings are kept; run it again to go on"

    def _lost(self, board: Board) -> str:
        names = [
            str(work.recording.path)
            for work in self.works
            if board.begun(work.number) and work.path not in self.found
        ]
        return (
            "a worker was killed, most likely for want of memory; give fewer --jobs, what is done "
            f"is kept. It was looking at one of: {', '.join(names) or 'nothing yet'}"
        )


def _try(works: Iterable[Work], network: Network, jobs: int) -> None:
    """The network runs, and each recording has a first picture: said now, not in an hour."""
    with network.open():
        pass

    def fault(work: Work) -> str | None:
        try:
            with source_of(work.recording, work.setup, network.model.card) as source:
                next(iter(source.pictures(StopEvent())), None)
        except BadClip as error:
            return str(error)
        return None

    with ThreadPoolExecutor(jobs) as threads:
        _raise([words for words in threads.map(fault, works) if words is not None])


def _raise(faults: Sequence[str]) -> None:
    if faults:
        more = len(faults) - _FAULTS_MAX
        lines = [*faults[:_FAULTS_MAX], *([f"… and {more} more"] if more > 0 else [])]
        raise BadClip("\n".join(lines))


def _submit(pool: ProcessPoolExecutor, works: Iterable[Work]) -> _Ended:
    """Where each comes out when it is done."""
    ended: _Ended = SimpleQueue()
    # Workers start here. They inherit that ctrl-C is not for them, from their first moment.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        for work in works:
            pool.submit(look_at, work).add_done_callback(partial(_end, ended, work))
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return ended


def _end(ended: _Ended, work: Work, future: Future[None]) -> None:
    ended.put((work, future))


@contextmanager
def _pool(jobs: int, network: Network, board: Board) -> Iterator[ProcessPoolExecutor]:
    """Whatever ends the block, the workers end with it."""
    pool = ProcessPoolExecutor(
        jobs, multiprocessing.get_context("spawn"), initializer=set_up, initargs=(network, board)
    )
    try:
        yield pool
    except BaseException:
        board.stop()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
