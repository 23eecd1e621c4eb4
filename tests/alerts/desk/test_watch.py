"""A desk that is there and does nothing is found out."""

from __future__ import annotations

from alerts.desk.deeds import Pulse, Watch


def test_a_thread_that_goes_no_round_hangs() -> None:
    now_s = 0.0
    hear, decide = (Pulse(lambda: now_s) for _ in range(2))
    watch = Watch({"hear": hear, "decide": decide}, lambda: now_s)
    for second in range(200):
        now_s = float(second)
        hear.beat()
        assert watch.hanging() == ("decide" if second > 180 else None)


def test_a_process_that_slept_hangs_not() -> None:
    now_s = 0.0
    watch = Watch({"hear": Pulse(lambda: now_s)}, lambda: now_s)
    now_s = 1000.0
    assert watch.hanging() is None
    now_s = 1001.0
    assert watch.hanging() is None
