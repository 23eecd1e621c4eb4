"""Prints what a look costs of one core: `python -m tests.edge.fit.cost`."""

from __future__ import annotations

import time

import cv2
import numpy as np

from edge.core.types import Rgb
from edge.fit import State, step
from models.faults.aim import nudged
from models.faults.cover import hand
from tests.edge.fit.rooms import NS, room

_SIZE = (640, 360)
_LEARNT, _TIMED = 70, 60


def main() -> None:
    """A well camera, one that is covered, and one that was pushed aside (the most work)."""
    cv2.setNumThreads(1)
    pictures = [_large(room(at)) for at in range(16)]
    for name, hurt in (
        ("well", pictures),
        ("covered", [hand(rgb, at, 0.7, 1) for at, rgb in enumerate(pictures)]),
        ("aside", [nudged(rgb, at, 1.0, 1) for at, rgb in enumerate(pictures)]),
    ):
        spent = _spent_ms(pictures, hurt)
        print(f"{name:<8} {np.median(spent):.2f} ms a look, p95 {np.quantile(spent, 0.95):.2f} ms")


def _spent_ms(well: list[Rgb], hurt: list[Rgb]) -> list[float]:
    state, spent = State(), []
    for second in range(_LEARNT + _TIMED):
        rgb = (well if second < _LEARNT else hurt)[second % len(well)]
        began = time.thread_time()
        state, _ = step(state, rgb, second * NS, 12.0)
        spent.append((time.thread_time() - began) * 1000)
    return spent[_LEARNT:]


def _large(rgb: Rgb) -> Rgb:
    return np.asarray(cv2.resize(rgb, _SIZE, interpolation=cv2.INTER_CUBIC), np.uint8)


if __name__ == "__main__":
    main()
