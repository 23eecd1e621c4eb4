"""TensorRT's phases as one number that only grows.

It tells phases within phases, each of some steps, from several threads at once, and neither how
many there will be nor how long they take. The outermost phases that are known share the whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

from edge.engines.ports import Progress

_NEARLY = 0.99  # 1.0 is said by who has the plan in hand


@dataclass
class _Phase:
    parent: str | None
    steps: int
    done: int = 0


class Phases:
    """Counts them and tells `progress`: the innermost phase, and the fraction of the whole."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._lock = Lock()
        self._open: dict[str, _Phase] = {}
        self._told = 0.0

    def begin(self, name: str, parent: str | None, steps: int) -> None:
        """A phase of so many steps, within another or, without `parent`, for itself."""
        with self._lock:
            self._open[name] = _Phase(parent if parent in self._open else None, max(1, steps))
            self._tell(name)

    def step(self, name: str, step: int) -> None:
        """Step number `step`, counted from 0, is done."""
        with self._lock:
            phase = self._open.get(name)
            if phase is not None:
                phase.done = min(phase.steps, max(phase.done, step + 1))
                self._tell(name)

    def end(self, name: str) -> None:
        """The phase is over, whether all its steps were told or not."""
        with self._lock:
            self._open.pop(name, None)

    def _tell(self, name: str) -> None:
        """A phase within another fills one step of it."""
        inner, at = 0.0, self._open.get(name)
        while at is not None:
            inner = min(1.0, (at.done + inner * (at.done < at.steps)) / at.steps)
            at = self._open.get(at.parent) if at.parent is not None else None
        self._told = min(_NEARLY, max(self._told, inner))
        self._progress(name.lower(), self._told)
