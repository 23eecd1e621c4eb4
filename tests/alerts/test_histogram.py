from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from alerts.histogram import BOUNDS_S, Histogram


def test_each_bucket_holds_those_before_it_and_the_bound_itself() -> None:
    histogram = Histogram((1.0, 2.0))
    for seconds in (0.5, 1.0, 1.5, 2.5):
        histogram.add(seconds)
    times = histogram.times()
    assert (times.bounds_s, times.buckets) == ((1.0, 2.0), (2, 3))
    assert (times.sum_s, times.count) == (5.5, 4)


@given(st.lists(st.floats(0, 100)))
def test_the_buckets_are_what_counting_gives(seconds: list[float]) -> None:
    histogram = Histogram()
    for one in seconds:
        histogram.add(one)
    times = histogram.times()
    assert times.buckets == tuple(sum(one <= end for one in seconds) for end in BOUNDS_S)
    assert times.count == len(seconds)


def test_many_threads_may_add() -> None:
    histogram = Histogram()

    def add() -> None:
        for _ in range(2000):
            histogram.add(0.2)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert histogram.times().count == histogram.times().buckets[2] == 8000
