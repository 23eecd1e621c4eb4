"""A pattern's file: what is none is refused, whatever it is."""

from __future__ import annotations

import hashlib

import pytest

from edge.normal.camera import CameraNormal
from edge.normal.file import Damaged, from_bytes, to_bytes

SHA = "ab" * 32


@pytest.mark.parametrize(
    "body", [b"", b"PK\x05\x06" + bytes(3), b"PK\x03\x04", b"nonsense"],
    ids=["empty", "end of an archive", "beginning of one", "none"],
)  # fmt: skip
def test_what_bears_the_right_digest_and_is_none_is_refused(body: bytes) -> None:
    with pytest.raises(Damaged):
        from_bytes(hashlib.sha256(body).digest() + body, SHA)


def test_of_a_camera_of_which_nothing_was_learnt_it_comes_back_as_it_was() -> None:
    data = to_bytes(CameraNormal.empty((8, 3, 4), 0.0), SHA)
    again = from_bytes(data, SHA)
    assert again is not None
    assert again.shape == (8, 3, 4)
    assert from_bytes(data, "cd" * 32) is None
