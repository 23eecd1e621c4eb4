"""A backend that begins at once with what works, and goes over to something faster once that is
ready.

An engine takes minutes to build; nobody may fall unseen meanwhile. The batch that is being looked
at is finished by the one, the next is begun by the other, and nothing in between is lost.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType

from typing_extensions import Self

from alerts.errors import UserError
from edge.ports import Backend, FloatBatch, PictureBatch

_PATIENCE_S = 1.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Named:
    """A backend that was not entered yet, and what to call it."""

    name: str
    backend: Backend


@dataclass(frozen=True)
class Runs:
    """What runs the network now, whether something faster is being made ready, and why what was
    faster was given up; empty where it was not."""

    name: str
    preparing: bool
    fault: str = ""


# Makes something faster ready, on a thread of its own, however long that takes; ends early when its
# argument is set. Raises UserError where there will be nothing faster.
Prepare = Callable[[threading.Event], Named]


class SwitchingBackend:
    """Runs `first`; once `prepare` has something, that. Where there will be nothing, or it cannot
    be entered (a GPU whose memory is full raises RuntimeError) or takes smaller batches, `first`
    stays and one line of the log says why. A bug in `prepare` comes out of the next `infer`. The
    second is entered on the thread that prepares, and used on the one that infers: what minds that
    is wrapped in a `GuardedBackend`.

    Should the second fail at work (RuntimeError: a GPU that fell off the bus, that hangs), `first`
    takes the same batch and goes on for as long as this process runs.
    """

    def __init__(self, first: Named, prepare: Prepare | None = None) -> None:
        self._first = self._at_work = first
        self._fault = ""
        self._prepare = prepare
        self._between_batches = threading.Lock()
        self._stop = threading.Event()
        self._bug: Exception | None = None
        self._entered = False
        self._batch_max = 0
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)

    @property
    def batch_max(self) -> int:
        """Of the first backend; known once entered. It stays the same after the switch."""
        return self._batch_max

    def runs(self) -> Runs:
        """How it stands, from any thread."""
        return Runs(self._at_work.name, self._thread.is_alive(), self._fault)

    def __enter__(self) -> Self:
        self._at_work.backend.__enter__()
        self._batch_max = self._at_work.backend.batch_max
        self._entered = True
        if self._prepare is not None:
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(_PATIENCE_S)
        # A batch may hang: then we leave all the same, and it is left behind.
        got = self._between_batches.acquire(timeout=_PATIENCE_S)
        try:
            self._entered = False
            self._at_work.backend.__exit__(kind, error, tb)
        finally:
            if got:
                self._between_batches.release()

    def infer(self, batch: PictureBatch) -> Mapping[str, FloatBatch]:
        """See `edge.ports.Backend`."""
        if self._bug is not None:
            raise self._bug
        with self._between_batches:
            if not self._entered:
                raise RuntimeError("enter the backend before use")
            try:
                return self._at_work.backend.infer(batch)
            except RuntimeError as fault:
                if self._at_work is self._first:
                    raise
                self._fall_back(fault)
                return self._first.backend.infer(batch)

    def _fall_back(self, fault: RuntimeError) -> None:
        failed = self._at_work
        try:
            self._first.backend.__enter__()
        except UserError as error:
            # It could be used before: a new process may do better, and is not to be kept from it.
            raise RuntimeError(
                f"{failed.name}: {fault}; {self._first.name} cannot be opened again: {error}"
            ) from fault
        self._at_work, self._fault = self._first, f"{failed.name} failed at work: {fault}"
        _log.error("%s runs the network until the next start: %s", self._first.name, self._fault)
        with contextlib.suppress(RuntimeError):  # what failed may not even let itself be closed
            failed.backend.__exit__(None, None, None)

    def _run(self) -> None:
        try:
            if self._prepare is not None:
                self._switch(self._prepare(self._stop))
        except UserError as why:
            if not self._stop.is_set():
                _log.warning("%s goes on running the network: %s", self._at_work.name, why)
        except Exception as error:  # noqa: BLE001  (carried to the thread that infers, which raises it)
            self._bug = error

    def _switch(self, better: Named) -> None:
        try:
            better.backend.__enter__()
        except RuntimeError as fault:
            # Were it to end the process, the next one would come here as well, and so on.
            raise UserError(f"{better.name} cannot be used: {fault}") from fault
        if better.backend.batch_max < self._batch_max:
            better.backend.__exit__(None, None, None)
            raise UserError(
                f"{better.name} takes {better.backend.batch_max} pictures at a time, too few"
            )
        with self._between_batches:
            if not self._entered:
                leaves = better
            else:
                leaves, self._at_work = self._at_work, better
        leaves.backend.__exit__(None, None, None)
        if leaves is not better:
            _log.info("%s runs the network from now on, %s before", better.name, leaves.name)
