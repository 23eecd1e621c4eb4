"""What is learnt outlives the process, stays small, and is refused where it is damaged."""

from __future__ import annotations

import io
import zlib
from dataclasses import replace

import numpy as np
import pytest

from edge.fit import Baseline, BaselineDamaged, State
from tests.edge.fit.rooms import known, room, watch


def test_a_restarted_camera_knows_at_once_that_it_shows_another_place() -> None:
    state = State(Baseline.from_bytes(known().baseline.to_bytes()))
    _, said = watch((np.ascontiguousarray(room(at)[::-1]) for at in range(40)), state)
    assert said[-1].reason == "moved"


def test_it_comes_back_as_it_was() -> None:
    before = known().baseline
    after = Baseline.from_bytes(before.to_bytes())
    assert after.to_bytes() == before.to_bytes()
    assert [look.pictures for look in after.looks] == [60]
    assert after.watched[12] == 70


def test_it_is_kilobytes() -> None:
    assert len(known().baseline.to_bytes()) < 60_000


@pytest.mark.parametrize(
    ("hurt", "says"),
    [
        (lambda _data: b"", "no baseline"),
        (lambda data: data[:14] + b"\x01" + data[15:], "another version"),
        (lambda data: data[:-1], "damaged"),
    ],
    ids=["empty", "old", "cut off"],
)
def test_what_is_no_baseline_is_refused(hurt: object, says: str) -> None:
    assert callable(hurt)
    with pytest.raises(BaselineDamaged, match=says):
        Baseline.from_bytes(hurt(known().baseline.to_bytes()))


def _archive(**arrays: object) -> bytes:
    packed = io.BytesIO()
    np.savez(packed, **arrays)  # type: ignore[arg-type]  # whatever it is
    return zlib.compress(packed.getvalue())


@pytest.mark.parametrize(
    "body",
    [
        b"no stream of zlib's",
        zlib.compress(b""),
        zlib.compress(b"PK\x03\x04 no archive"),
        _archive(other=np.zeros(3)),
        _archive(hours=np.zeros(3)),
        _archive(hours=np.zeros((2, 24)), edges0=np.zeros(3)),
    ],
    ids=["zlib", "nothing", "zip", "no hours", "too few hours", "half a look"],
)
def test_what_bears_the_right_checksum_and_is_none_is_refused_too(body: bytes) -> None:
    head = known().baseline.to_bytes()[:15]
    with pytest.raises(BaselineDamaged, match="damaged"):
        Baseline.from_bytes(head + zlib.crc32(body).to_bytes(4, "big") + body)


def test_a_view_that_is_finer_than_half_precision_can_say_comes_back_finite() -> None:
    baseline = known().baseline
    (look,) = baseline.looks
    fine = replace(look, laplacian=np.full_like(look.laplacian, 1e6))
    (after,) = Baseline.from_bytes(replace(baseline, looks=(fine,)).to_bytes()).looks
    assert np.isfinite(after.laplacian).all()
