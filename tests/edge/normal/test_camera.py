from __future__ import annotations

import numpy as np
import pytest

from edge.normal.camera import CameraNormal, Moment
from edge.normal.file import BYTES_MAX, Damaged, from_bytes, to_bytes
from tests.edge.normal.scenes import SHAPE, View
from tests.edge.normal.test_usual_scores import AGAIN, down

SHA = "ab" * 32
START_S = 1_700_000_000.0


def taught(view: View, seconds: int = 900) -> CameraNormal:
    normal = CameraNormal.empty(SHAPE, START_S)
    for second in range(seconds):
        when = Moment(START_S + second, 10.5)
        normal.weigh(down(0.2), AGAIN, when)
        normal.look(view.second(), when, occupied=False)
        normal.show(np.full((36, 64, 3), 90, np.uint8))
    return normal


def test_it_is_ready_after_ten_minutes_and_what_lasts_is_high_where_what_passes_is_not() -> None:
    view = View()
    normal = taught(view)
    usual = normal.look(view.second(), Moment(START_S + 900, 10.5), occupied=False)
    assert usual.ready
    assert usual.distances.shape == SHAPE[1:]
    # Who walks by is in another place each second, what was left stays in its own two.
    passing = lasting = usual
    for second in range(30):
        when = Moment(START_S + 901 + second, 10.5)
        passing = normal.look(view.second(object_at=(second % 3, second % 4)), when, occupied=True)
    for second in range(30):
        seen = view.second(object_at=(1, 2))
        seen[:, 1, 1] += 4
        lasting = normal.look(seen, Moment(START_S + 931 + second, 10.5), occupied=True)
    assert lasting.height > passing.height + 1
    assert passing.height < 2


def test_nothing_is_learnt_while_something_is_going_on() -> None:
    view = View()
    normal = taught(view)
    before = to_bytes(normal, SHA)
    for second in range(50):
        normal.look(
            view.second(object_at=(0, 0)), Moment(START_S + 900 + second, 10.5), occupied=True
        )
    assert to_bytes(normal, SHA) == before


def test_a_new_camera_is_not_ready() -> None:
    normal = CameraNormal.empty(SHAPE, START_S)
    reading = normal.look(View().second(), Moment(START_S, 10.5), occupied=False)
    assert not reading.ready
    assert reading.surprise is None


def test_as_bytes_and_back_it_says_the_same() -> None:
    view = View()
    normal = taught(view)
    data = to_bytes(normal, SHA)
    again = from_bytes(data, SHA)
    assert again is not None
    assert to_bytes(again, SHA) == data
    for second in range(10):
        seen, when = view.second(), Moment(START_S + 970 + second, 10.5)
        one = normal.look(seen, when, occupied=False)
        other = again.look(seen, when, occupied=False)
        assert one.distances == pytest.approx(other.distances, rel=1e-4)
    assert again.scores.usual("collapse").alarms[10] == 1
    assert again.picture.drawn() is not None


def test_of_another_network_it_is_nothing() -> None:
    assert from_bytes(to_bytes(CameraNormal.empty(SHAPE, 0.0), SHA), "cd" * 32) is None


def test_a_view_of_the_shipped_size_fits_into_a_megabyte() -> None:
    rng = np.random.default_rng(1)
    normal = CameraNormal.empty((32, 6, 10), START_S)
    for hour in range(24):
        for second in range(3):
            seen = rng.normal(0, 1, (32, 6, 10)).astype(np.float32)
            when = Moment(START_S + 3600 * hour + second, hour + 0.5)
            normal.look(seen, when, occupied=False)
            normal.show(rng.integers(0, 256, (90, 160, 3), np.uint8))
    assert len(to_bytes(normal, SHA)) < 2**20 < BYTES_MAX


@pytest.mark.parametrize("cut", [0, 1, 100, -1, -200])
def test_what_is_cut_short_is_damaged(cut: int) -> None:
    with pytest.raises(Damaged):
        from_bytes(to_bytes(CameraNormal.empty(SHAPE, 0.0), SHA)[:cut], SHA)


def test_whatever_byte_is_changed_it_is_read_or_damaged() -> None:
    data = to_bytes(CameraNormal.empty(SHAPE, 0.0), SHA)
    rng = np.random.default_rng(5)
    damaged = 0
    for at in rng.integers(0, len(data), 200):
        changed = bytearray(data)
        changed[at] ^= 0x5A
        try:
            from_bytes(bytes(changed), SHA)
        except Damaged:
            damaged += 1
    assert damaged > 100
