"""What a camera usually looks like: bounded, kept as bytes, checked when it is read again."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.fit.look import Hours, Look
from edge.fit.signs import Signs

LOOKS_MAX = 6  # day, infrared, lamps of the evening, …
BYTES_MAX = 1_000_000
PAUSE_MAX = 35  # pictures: what stands still for longer is said within a minute all the same
Array = NDArray[Any]
_SMALL = ("luma", "laplacian", "gradient", "rows", "columns")
_KNOWN_S, _MOSTLY = 7200.0, 0.7  # more than one day's hour
_MAGIC, _VERSION = b"floorwatch-fit", 7
_LARGEST = 65_504.0  # where half precision ends


class BaselineDamaged(Exception):
    """These bytes are no baseline, or one of another version. Says which, in a line."""


@dataclass(frozen=True)
class Baseline:
    """A camera's own normal: its looks, and for each hour of the day for how many seconds it was
    watched and for how many of them there was no light. `paused` is how many pictures in a row
    stood quite still though nothing was wrong: of a dark room an encoder may send nothing new for
    as long as its group of pictures lasts."""

    looks: tuple[Look, ...] = ()
    watched: Hours = (0.0,) * 24
    unlit: Hours = (0.0,) * 24
    paused: int = 0

    def with_new(self, look: Look) -> Baseline:
        """With one more look. Those of another size of picture go, and where there are too many,
        the one seen least."""
        kept = [one for one in self.looks if one.edges.shape == look.edges.shape]
        kept = sorted(kept, key=lambda one: -sum(one.hours))[: LOOKS_MAX - 1]
        return replace(self, looks=(*kept, look))

    def with_this(self, number: int, look: Look) -> Baseline:
        """With that look in the place of the one there."""
        return replace(self, looks=(*self.looks[:number], look, *self.looks[number + 1 :]))

    def with_second(self, hour: float, *, dark: bool) -> Baseline:
        """One second more was watched, in that hour of the day."""
        at = int(hour) % 24
        watched, unlit = list(self.watched), list(self.unlit)
        watched[at] += 1.0
        unlit[at] += float(dark)
        return replace(self, watched=tuple(watched), unlit=tuple(unlit))

    def with_pause(self, pictures: int) -> Baseline:
        """A pause of so many pictures ended by itself. A longer one was a fault, not a habit."""
        if not self.paused < pictures <= PAUSE_MAX:
            return self
        return replace(self, paused=pictures)

    def is_usually_unlit(self, hour: float) -> bool:
        """Whether there is mostly no light at that hour of the day, as far as is known."""
        at = int(hour) % 24
        return self.watched[at] >= _KNOWN_S and self.unlit[at] > _MOSTLY * self.watched[at]

    def to_bytes(self) -> bytes:
        """For a file that outlives the process, some ten kilobytes a look."""
        arrays: dict[str, Array] = {
            "hours": np.asarray([self.watched, self.unlit]),
            "paused": np.asarray([self.paused]),
        }
        for number, look in enumerate(self.looks):
            arrays |= {f"{name}{number}": array for name, array in _packed(look).items()}
        packed = io.BytesIO()
        np.savez(packed, **arrays)  # type: ignore[arg-type]  # numpy's stub takes no names
        body = zlib.compress(packed.getvalue())
        return _MAGIC + bytes([_VERSION]) + zlib.crc32(body).to_bytes(4, "big") + body

    @classmethod
    def from_bytes(cls, data: bytes) -> Baseline:
        """What `to_bytes` gave. Raises BaselineDamaged."""
        start = len(_MAGIC)
        body = data[start + 5 :]
        if data[:start] != _MAGIC:
            raise BaselineDamaged("is no baseline of a camera")
        if data[start : start + 1] != bytes([_VERSION]):
            raise BaselineDamaged("is of another version")
        if int.from_bytes(data[start + 1 : start + 5], "big") != zlib.crc32(body):
            raise BaselineDamaged("is damaged")
        try:
            return _read(zlib.decompressobj().decompress(body, BYTES_MAX))
        except _UNREADABLE as error:
            raise BaselineDamaged("is damaged") from error


# What zlib, zipfile and numpy say of bytes that are not theirs.
_UNREADABLE = (zlib.error, zipfile.BadZipFile, OSError, EOFError, KeyError, ValueError, TypeError)


def _read(unpacked: bytes) -> Baseline:
    with np.load(io.BytesIO(unpacked), allow_pickle=False) as arrays:
        watched, unlit = (tuple(hours) for hours in arrays["hours"].reshape(2, 24).tolist())
        paused = int(arrays["paused"].reshape(1)[0])
        count = sum(name.startswith("edges") for name in arrays.files)
        looks = tuple(_unpacked(arrays, number) for number in range(min(count, LOOKS_MAX)))
    return Baseline(looks, watched, unlit, min(paused, PAUSE_MAX))


def _packed(look: Look) -> dict[str, Array]:
    """Directions to 1/127, the rest to three digits."""
    edges = np.stack([look.edges.real, look.edges.imag]) * 127
    small = {name: np.minimum(getattr(look, name), _LARGEST).astype(np.float16) for name in _SMALL}
    scalars = [
        look.noise, look.white, look.smeared, look.flat, look.still, float(look.pictures),
        float(look.known), *look.usual, *look.usual_lately,
    ]  # fmt: skip
    numbers = np.asarray([*scalars, *look.hours])
    return {"edges": np.round(edges).astype(np.int8), **small, "numbers": numbers}


def _unpacked(arrays: Mapping[str, Array], number: int) -> Look:
    real, imaginary = arrays[f"edges{number}"].astype(np.float32) / 127
    small = (arrays[f"{name}{number}"].astype(np.float32) for name in _SMALL)
    luma, laplacian, gradient, rows, columns = small
    numbers = arrays[f"numbers{number}"].tolist()
    noise, white, smeared, flat, still, pictures, known = numbers[:7]
    usual, usual_lately, hours = numbers[7:14], numbers[14:21], numbers[21:]
    if len(hours) != 24 or real.ndim != 2 or luma.ndim != 2:
        raise ValueError("a look of another shape")
    return Look(
        (real + 1j * imaginary).astype(np.complex64), luma, laplacian, gradient, rows, columns,
        noise, white, smeared, flat, still, int(pictures), tuple(hours), int(known),
        Signs(*usual), Signs(*usual_lately),
    )  # fmt: skip
