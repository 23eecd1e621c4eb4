"""What a camera usually looks like: bounded, kept as bytes, checked when it is read again."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass

_MAGIC, _VERSION = b"floorwatch-fit", 1


class BaselineDamaged(Exception):
    """These bytes are no baseline, or one of another version. Says which, in a line."""


@dataclass(frozen=True)
class Baseline:
    """A camera's own normal. `learnt_s` is how many seconds of pictures it knows."""

    learnt_s: float = 0.0

    def to_bytes(self) -> bytes:
        """For a file that outlives the process."""
        body = zlib.compress(json.dumps({"learnt_s": self.learnt_s}).encode())
        head = _MAGIC + bytes([_VERSION]) + zlib.crc32(body).to_bytes(4, "big")
        return head + body

    @classmethod
    def from_bytes(cls, data: bytes) -> Baseline:
        """What `to_bytes` gave. Raises BaselineDamaged."""
        start = len(_MAGIC)
        if data[:start] != _MAGIC:
            raise BaselineDamaged("is no baseline of a camera")
        if data[start : start + 1] != bytes([_VERSION]):
            raise BaselineDamaged("is of another version")
        if int.from_bytes(data[start + 1 : start + 5], "big") != zlib.crc32(data[start + 5 :]):
            raise BaselineDamaged("is damaged")
        return cls(**json.loads(zlib.decompress(data[start + 5 :])))
