"""The desk's clock: goes on while no desk runs, and nobody sets it."""

from __future__ import annotations

import time
from dataclasses import replace

from alerts.desk.ticking import Mark, Ticking


def test_it_goes_on_within_one_start_of_the_machine_whatever_the_wall_says() -> None:
    mark = Ticking(None).mark()
    earlier = replace(mark, desk_s=500.0, machine_s=mark.machine_s - 60, wall_s=mark.wall_s + 9e9)
    assert 560 <= Ticking(earlier).now_s() < 620


def test_across_a_start_the_wall_is_all_there_is() -> None:
    mark = Mark(500.0, "another start", 9e9, time.time() - 60)
    assert 560 <= Ticking(mark).now_s() < 620


def test_and_it_never_goes_back() -> None:
    mark = Mark(500.0, "another start", 0.0, time.time() + 9e6)
    assert 500 <= Ticking(mark).now_s() < 560


def test_a_wall_that_was_set_far_ahead_makes_no_event_old() -> None:
    mark = Mark(500.0, "another start", 0.0, 1000.0)  # written in 1970: no battery
    assert 500.0 + 3600 < Ticking(mark).now_s() < 500.0 + 7 * 86_400
