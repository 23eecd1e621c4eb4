"""The hours of a day as a ring of bins that borrow from their neighbours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

HOURS = 24
_REACH_H = 0.75  # how far an hour looks to its neighbours, as a normal curve's deviation
_FAR = 0.002  # what an hour at the other end of the day still counts


def bin_of(hour: float) -> int:
    """The bin of an hour of day, 0–24."""
    return int(hour) % HOURS


def nearness(hour: float) -> NDArray[np.float64]:
    """How much each bin has to say about a moment of the day: 24 values, the nearest close to 1. An
    hour that was watched for some minutes speaks for itself; one that never was, is spoken for by
    its neighbours, and where these are empty too, by all of the day."""
    apart = np.abs(np.arange(HOURS) + 0.5 - hour % HOURS)
    apart = np.minimum(apart, HOURS - apart)
    near: NDArray[np.float64] = np.exp(-0.5 * (apart / _REACH_H) ** 2) + _FAR
    return near
