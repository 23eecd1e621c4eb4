"""A backend in a thread of its own, so that one that hangs is given up for a new one.

A GPU that stopped answering, a driver in a loop: a call that never comes back cannot be broken off
in Python. It can be left behind.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from queue import Empty, SimpleQueue
from types import TracebackType

from typing_extensions import Self

from alerts.errors import UserError
from edge.errors import BackendStuck
from edge.ports import Backend, FloatBatch, PictureBatch

# In a row, or still hanging: then it is no accident, and a new process may do better.
_STUCK_MAX = 3


class GuardedBackend:
    """Runs what `make` gives. `infer` raises BackendStuck when a batch takes longer than
    `timeout_s`; the next call finds a new backend. The third time in a row, or when three hang
    at once, it raises RuntimeError, which ends the process. `stuck` counts.

    Entering and leaving the backend, and every batch, happen on one thread, as some runtimes want.
    """

    def __init__(self, make: Callable[[], Backend], timeout_s: float = 10.0) -> None:
        self.stuck = 0
        self._left_behind: list[_Worker] = []
        self._in_a_row = 0
        self._make = make
        self._timeout_s = timeout_s
        self._worker: _Worker | None = None
        self._batch_max = 0
        self._entered = False

    @property
    def batch_max(self) -> int:
        """Of the backend inside; known once entered."""
        return self._batch_max

    def __enter__(self) -> Self:
        self._entered = True
        self._open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._entered = False
        if self._worker is not None:
            self._worker.leave(1.0)
            self._worker = None

    def infer(self, batch: PictureBatch) -> Mapping[str, FloatBatch]:
        """See `edge.ports.Backend`."""
        if not self._entered:
            raise RuntimeError("enter the backend before use")
        worker = self._worker or self._reopen()
        outputs = worker.ask(batch, self._timeout_s)
        if outputs is not None:
            self._in_a_row = 0
            return outputs
        self._worker = None
        self.stuck += 1
        self._in_a_row += 1
        self._left_behind = [*(one for one in self._left_behind if one.alive), worker]
        if max(self._in_a_row, len(self._left_behind)) >= _STUCK_MAX:
            raise RuntimeError(f"inference hung {self.stuck} times, and hangs")
        raise BackendStuck(f"no answer within {self._timeout_s:g} s")

    def _reopen(self) -> _Worker:
        try:
            return self._open()
        except UserError as error:
            # It could be used before: a new process may do better, and is not to be kept from it.
            raise RuntimeError(f"the model cannot be opened again: {error}") from error

    def _open(self) -> _Worker:
        """Loading may take long (engines are built): it has no time-out."""
        worker = _Worker(self._make())
        self._batch_max = worker.enter()
        self._worker = worker
        return worker


class _Worker:
    """One backend on one thread."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._asked: SimpleQueue[PictureBatch | None] = SimpleQueue()
        self._answered: SimpleQueue[Mapping[str, FloatBatch] | Exception] = SimpleQueue()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="inference", daemon=True)

    @property
    def alive(self) -> bool:
        """Whether it has not ended yet."""
        return self._thread.is_alive()

    def enter(self) -> int:
        """Starts; gives `batch_max`, or raises what entering raised."""
        self._thread.start()
        self._ready.wait()
        if not self._answered.empty():
            self._raise(self._answered.get())
        return self._backend.batch_max

    def ask(self, batch: PictureBatch, timeout_s: float) -> Mapping[str, FloatBatch] | None:
        """The outputs, or None when none came in time: the worker is of no use any more."""
        self._asked.put(batch)
        try:
            answer = self._answered.get(timeout=timeout_s)
        except Empty:
            self._asked.put(None)  # should it ever wake, it leaves
            return None
        return self._raise(answer)

    def leave(self, patience_s: float) -> None:
        """Lets go of the backend."""
        self._asked.put(None)
        self._thread.join(patience_s)

    def _run(self) -> None:
        try:
            with self._backend as backend:
                self._ready.set()
                while (batch := self._asked.get()) is not None:
                    self._answered.put(backend.infer(batch))
        except Exception as error:  # noqa: BLE001  (carried to the thread that asked, which raises it)
            self._answered.put(error)
        finally:
            self._ready.set()

    @staticmethod
    def _raise(answer: Mapping[str, FloatBatch] | Exception) -> Mapping[str, FloatBatch]:
        if isinstance(answer, Exception):
            raise answer
        return answer
