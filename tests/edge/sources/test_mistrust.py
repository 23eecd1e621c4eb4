"""A decoder that failed once is not given up for ever."""

from __future__ import annotations

import logging

import pytest

from edge.sources.mistrust import FIRST_S, LONGEST_S, Mistrust


class Watch:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.s = 100.0

    def __call__(self) -> float:
        return self.s


def test_it_is_tried_again_later_and_later() -> None:
    watch = Watch()
    mistrust = Mistrust("hall", watch)
    assert mistrust.trusts()
    for wait_s in (FIRST_S, 2 * FIRST_S, 4 * FIRST_S):
        mistrust.note("no surface left")
        watch.s += wait_s - 1
        assert not mistrust.trusts()
        watch.s += 1
        assert mistrust.trusts()


def test_never_more_than_a_day_apart() -> None:
    watch = Watch()
    mistrust = Mistrust("hall", watch)
    for _ in range(12):
        mistrust.note("no surface left")
        watch.s += LONGEST_S
        assert mistrust.trusts()


def test_many_pictures_of_one_connection_are_one_failure(caplog: pytest.LogCaptureFixture) -> None:
    watch = Watch()
    mistrust = Mistrust("hall", watch)
    with caplog.at_level(logging.INFO):
        for _ in range(20):
            mistrust.note("no surface left")
        watch.s += FIRST_S
        assert mistrust.trusts()
        assert mistrust.trusts()
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert "camera=hall is decoded by FFmpeg for 10 minutes" in caplog.text
