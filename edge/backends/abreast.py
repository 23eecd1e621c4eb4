"""Threads that do the same to several things, side by side.

Not those of `concurrent.futures`: Python waits for these when it ends, and one that hangs inside a
runtime would keep a process from ending that was given up for a new one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from queue import SimpleQueue
from threading import Thread
from typing import Generic, TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")


class Abreast(Generic[Given, Made]):
    """`count` threads, which are there until `close`. Asked by one thread at a time."""

    def __init__(self, count: int, name: str, do: Callable[[Given], Made]) -> None:
        self._do = do
        self._count = count
        self._asked: SimpleQueue[tuple[int, Given] | None] = SimpleQueue()
        self._answered: SimpleQueue[tuple[int, Made | Exception]] = SimpleQueue()
        for number in range(count):
            Thread(target=self._run, name=f"{name}_{number}", daemon=True).start()

    def over(self, things: Sequence[Given]) -> list[Made]:
        """What is made of each, in their order, once all are done. Raises the first one's error."""
        for numbered in enumerate(things):
            self._asked.put(numbered)
        answers = dict(self._answered.get() for _ in things)
        found: list[Made] = []
        for number in range(len(things)):
            answer = answers[number]
            if isinstance(answer, Exception):
                raise answer
            found.append(answer)
        return found

    def close(self) -> None:
        """Lets the threads go, each when it has done what it does. Nothing is waited for."""
        for _ in range(self._count):
            self._asked.put(None)

    def _run(self) -> None:
        while (numbered := self._asked.get()) is not None:
            number, thing = numbered
            try:
                self._answered.put((number, self._do(thing)))
            except Exception as error:  # noqa: BLE001  (carried to the thread that asked, which raises it)
                self._answered.put((number, error))
