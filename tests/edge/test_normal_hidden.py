"""Where people are to be hidden, no picture of before stays on the disk, of whatever camera."""

from __future__ import annotations

from pathlib import Path

from edge.normal.file import from_bytes
from edge.normality import hide, mark
from edge.remembered import Remembered
from tests.edge.test_normality import SHA, Bench

MARK = mark(SHA, "rtsp://hall")


def test_the_picture_goes_and_what_was_learnt_stays(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.days(20)
    bench.normality.keep("hall", last=True)
    files = Remembered(tmp_path)
    hide(files, "hall", MARK)
    data = files.read("hall")
    assert data is not None
    known = from_bytes(data, MARK)
    assert known is not None
    assert (known.picture.drawn(), known.learnt_s) == (None, 20)


def test_what_cannot_be_read_or_used_goes_as_a_whole(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.days(2)
    bench.normality.keep("hall", last=True)
    files = Remembered(tmp_path)
    files.write("door", b"damaged")
    hide(files, "door", MARK)
    hide(files, "hall", mark("cd" * 32, "rtsp://hall"))
    hide(files, "yard", MARK)
    assert not list(tmp_path.glob("*.bin"))
