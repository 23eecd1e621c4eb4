"""Not a network: reads the coloured markers of the test pattern (`edge.sources.pattern`).

Magenta is a person down, cyan a person upright, yellow liquid. What a test draws is what the
rest of the house then gets to decide on, through real decoders and over real networks.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType

import cv2
import numpy as np
from numpy.typing import NDArray
from typing_extensions import Self

from edge.core.card import Card
from edge.core.types import Rgb
from edge.ports import FloatBatch, PictureBatch

SCORE = 0.9
_DOWN_RGB, _UPRIGHT_RGB, _LIQUID_RGB = (255, 0, 255), (0, 255, 255), (255, 255, 0)
_TOLERANCE = 90  # what H.264 at a low rate and 4:2:0 chroma do to a pure colour
_SIDE_PX_MIN = 6
_PEOPLE_MAX = 16


class ScriptedBackend:
    """Gives the outputs of a card, read off the pixels. Deterministic."""

    def __init__(self, card: Card, batch_max: int = 8) -> None:
        self.batch_max = batch_max
        self._card = card
        self._entered = False

    def __enter__(self) -> Self:
        self._entered = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._entered = False

    def infer(self, batch: PictureBatch) -> Mapping[str, FloatBatch]:
        """See `edge.ports.Backend`."""
        if not self._entered:
            raise RuntimeError("enter the backend before use")
        found = {
            self._card.people.name: np.stack([self._people(rgb) for rgb in batch]),
            self._card.spill.name: np.stack([self._spill(rgb) for rgb in batch]),
        }
        if self._card.features is not None:
            found[self._card.features.name] = np.stack([self._features(rgb) for rgb in batch])
        return found

    def _people(self, rgb: Rgb) -> FloatBatch:
        states = self._card.people.states
        rows = np.zeros((_PEOPLE_MAX, 5 + len(states)), np.float32)
        rows[:, 5] = 1.0  # states sum to one, for absent people too
        found = [(box, "down") for box in _boxes(rgb, _DOWN_RGB)]
        found += [(box, "upright") for box in _boxes(rgb, _UPRIGHT_RGB)]
        for row, ((x, y, w, h), state) in zip(rows, found, strict=False):
            row[:5] = x + w / 2, y + h / 2, w, h, SCORE
            row[5:] = [float(state == name) for name in states]
        return rows

    def _spill(self, rgb: Rgb) -> FloatBatch:
        stride = self._card.spill.stride
        mask = _like(rgb, _LIQUID_RGB).astype(np.float32) / 255
        rows, columns = mask.shape[0] // stride, mask.shape[1] // stride
        share = cv2.resize(mask, (columns, rows), interpolation=cv2.INTER_AREA)
        return np.where(share >= 0.5, SCORE, 0.0).astype(np.float32)

    def _features(self, rgb: Rgb) -> FloatBatch:
        """Each place's mean colour, 0–1, in the first three channels; the others are 0."""
        if self._card.places is None or self._card.features is None:
            raise RuntimeError("the card has no features")
        (channels, rows, columns), stride = self._card.places, self._card.features.stride
        whole = rgb[: rows * stride, : columns * stride]
        mean = cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA) / np.float32(255)
        features = np.zeros((channels, rows, columns), np.float32)
        features[:3] = mean.transpose(2, 0, 1)[:channels]
        return features


class ScriptedCloser:
    """Says that somebody is down where the middle of a close-up is a marker's colour."""

    def down(self, close_ups: PictureBatch) -> FloatBatch:
        """See `edge.ports.Closer`."""
        return np.array([SCORE * _marked(rgb) for rgb in close_ups], np.float32)


def _marked(rgb: Rgb) -> bool:
    quarter = len(rgb) // 4
    return bool(_like(rgb[quarter:-quarter, quarter:-quarter], _DOWN_RGB).any())


def _like(rgb: Rgb, colour: tuple[int, int, int]) -> NDArray[np.uint8]:
    """H×W uint8, 255 where the picture has that colour."""
    low = [max(0, value - _TOLERANCE) for value in colour]
    high = [min(255, value + _TOLERANCE) for value in colour]
    return np.asarray(cv2.inRange(rgb, np.array(low), np.array(high)), np.uint8)


def _boxes(rgb: Rgb, colour: tuple[int, int, int]) -> list[tuple[int, int, int, int]]:
    count, _, stats, _ = cv2.connectedComponentsWithStats(_like(rgb, colour))
    boxes = [tuple(int(value) for value in stats[i, :4]) for i in range(1, count)]
    return sorted((x, y, w, h) for x, y, w, h in boxes if min(w, h) >= _SIDE_PX_MIN)
