"""Contenders are measured in turns, between two frames."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Event as StopEvent

import pytest

from models.bench.decoding import threads
from models.bench.rounds import Amount, Contender, Done, TooSlow, in_turns

AMOUNT = Amount(rounds=2, seconds=0.02, frames=4)


def steady(name: str, began: list[str]) -> Contender:
    @contextmanager
    def running() -> Iterator[Done]:
        began.append(name)
        done = [0]

        def body(stop: StopEvent) -> None:
            while not stop.is_set():
                done[0] += 1
                time.sleep(0.002)

        with threads([body]):
            yield lambda: done[0]

    return Contender(name, running)


def test_every_round_has_all_and_every_other_goes_backwards() -> None:
    began: list[str] = []
    told: list[str] = []
    rounds = in_turns([steady("one", began), steady("two", began)], AMOUNT, told.append)
    assert began == told == ["one", "two", "two", "one"]
    assert [set(one) for one in rounds] == [{"one", "two"}] * 2


def test_a_window_has_the_frames_and_the_seconds_asked_for() -> None:
    (first, *_) = in_turns([steady("one", [])], AMOUNT, lambda _name: None)
    window = first["one"]
    assert window.frames >= AMOUNT.frames
    assert window.wall_s >= AMOUNT.seconds
    assert window.per_s == pytest.approx(window.frames / window.wall_s)
    assert window.cpu_s > 0


def test_what_never_does_anything_is_named() -> None:
    @contextmanager
    def running() -> Iterator[Done]:
        yield lambda: 0

    with pytest.raises(TooSlow, match="asleep: no frame"):
        in_turns(
            [Contender("asleep", running)], replace(AMOUNT, patience_s=0.1), lambda _name: None
        )
