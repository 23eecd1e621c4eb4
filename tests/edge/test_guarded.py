"""A backend that hangs is left behind for a new one."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from threading import Event

import numpy as np
import pytest

from edge.backends.guarded import GuardedBackend
from edge.errors import BackendStuck, BadModel
from edge.ports import FloatBatch, PictureBatch

BATCH = np.zeros((1, 4, 4, 3), np.uint8)


class Balky:
    """A backend that hangs on chosen batches until it is let go, and notes who used it."""

    made: int
    batch_max = 4

    def __init__(self, number: int, hang: set[int], free: Event, fault: Exception | None) -> None:
        self.number = number
        self._hang = hang
        self._free = free
        self._fault = fault
        self._asked = 0
        self.threads: set[int] = set()
        self.left = Event()

    def __enter__(self) -> Balky:
        self.threads.add(threading.get_ident())
        if self._fault is not None:
            raise self._fault
        return self

    def __exit__(self, *_: object) -> None:
        self.threads.add(threading.get_ident())
        self.left.set()

    def infer(self, batch: PictureBatch) -> Mapping[str, FloatBatch]:
        self.threads.add(threading.get_ident())
        self._asked += 1
        if self._asked in self._hang:
            assert self._free.wait(60)
        return {"number": np.full(1, self.number, np.float32)}


class Factory:
    """Makes them; those numbered in `hangs` hang on their second batch."""

    def __init__(self, *hangs: int, fault: Exception | None = None) -> None:
        self.free = Event()
        self.made: list[Balky] = []
        self._hangs = hangs
        self._fault = fault

    def __call__(self) -> Balky:
        number = len(self.made)
        hang = {2} if number in self._hangs else set()
        self.made.append(Balky(number, hang, self.free, self._fault))
        return self.made[-1]


def test_one_that_hangs_is_given_up_and_the_next_batch_finds_a_new_one() -> None:
    factory = Factory(0)
    with GuardedBackend(factory, timeout_s=0.2) as backend:
        assert backend.infer(BATCH)["number"] == 0
        with pytest.raises(BackendStuck, match=r"no answer within 0\.2 s"):
            backend.infer(BATCH)
        assert [backend.infer(BATCH)["number"] for _ in range(3)] == [1, 1, 1]
        assert backend.stuck == 1
        factory.free.set()  # it wakes after all, answers nobody, and leaves
        assert factory.made[0].left.wait(20)
        assert backend.infer(BATCH)["number"] == 1
    assert factory.made[1].left.wait(20)


def test_one_that_hangs_again_and_again_is_no_accident() -> None:
    factory = Factory()
    always = GuardedBackend(lambda: Balky(0, {1}, factory.free, None), timeout_s=0.05)
    with always as backend:
        for _ in range(2):
            with pytest.raises(BackendStuck):
                backend.infer(BATCH)
        with pytest.raises(RuntimeError, match="hung 3 times"):
            backend.infer(BATCH)
    factory.free.set()


def test_those_left_behind_do_not_pile_up() -> None:
    factory = Factory(0, 1, 2)  # each answers once before it hangs
    with GuardedBackend(factory, timeout_s=0.1) as backend:
        for _ in range(2):
            backend.infer(BATCH)
            with pytest.raises(BackendStuck):
                backend.infer(BATCH)
        backend.infer(BATCH)
        with pytest.raises(RuntimeError, match="hung 3 times"):
            backend.infer(BATCH)
    factory.free.set()


def test_everything_happens_on_one_thread_that_is_not_ours() -> None:
    factory = Factory()
    with GuardedBackend(factory) as backend:
        for _ in range(3):
            backend.infer(BATCH)
    (made,) = factory.made
    assert made.left.wait(20)
    assert len(made.threads) == 1
    assert threading.get_ident() not in made.threads


def test_what_entering_raises_comes_out() -> None:
    with (
        pytest.raises(BadModel, match="no such model"),
        GuardedBackend(Factory(fault=BadModel("no such model"))),
    ):
        pass


def test_one_that_cannot_be_opened_again_is_for_a_new_process() -> None:
    factory = Factory(0)

    def make() -> Balky:
        one = factory()
        return one if one.number == 0 else Balky(1, set(), Event(), BadModel("half written"))

    with GuardedBackend(make, timeout_s=0.1) as backend:
        backend.infer(BATCH)
        with pytest.raises(BackendStuck):
            backend.infer(BATCH)
        with pytest.raises(RuntimeError, match="cannot be opened again: half written"):
            backend.infer(BATCH)
    factory.free.set()


def test_a_bug_inside_comes_out() -> None:
    class Broken(Balky):
        def __enter__(self) -> Broken:
            return self

        def infer(self, batch: PictureBatch) -> Mapping[str, FloatBatch]:
            raise ZeroDivisionError("a bug")

    with (
        GuardedBackend(lambda: Broken(0, set(), Event(), None)) as backend,
        pytest.raises(ZeroDivisionError),
    ):
        backend.infer(BATCH)
