from __future__ import annotations

from alerts.kept import Kept, Kind
from alerts.memory import Mirror
from alerts.ports import Message


def kept(number: int, phase: Kind = "opened", size_bytes: int = 10) -> Kept:
    return Kept(number, Message("a", bytes(size_bytes)), f"e{number}", 0, phase)


def test_a_mirror_that_would_hold_too_much_holds_nothing_until_it_is_loaded() -> None:
    by_count, by_size = Mirror(2, 10**6), Mirror(100, 10**4)
    for number in range(3):
        by_count.add(kept(number))
        by_size.add(kept(number, size_bytes=4000))
    for mirror in (by_count, by_size):
        assert (mirror.complete, len(mirror), mirror.next(9, [])) == (False, 0, [])
        mirror.add(kept(3))  # nobody knows what is before it
        assert len(mirror) == 0
        mirror.load([kept(3), kept(2, "snapshot")])
        mirror.add(kept(4))
    assert (by_size.complete, by_count.complete) == (True, False)
    assert [one.id for one in by_size.next(9, ["e4"])] == [3, 2]
