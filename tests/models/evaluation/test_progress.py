"""Progress in words, and on a terminal or a file."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from models.evaluation.looking import Done
from models.evaluation.progress import share, shown, words


@pytest.mark.parametrize(
    ("done", "elapsed_s", "said"),
    [
        (Done(0, 4, 0, 0.0, 100.0), 1.0, "0 of 4 recordings, 0 of 100 s of video"),
        (
            Done(1, 4, 0, 25.0, 100.0),
            5.0,
            "1 of 4 recordings, 25 of 100 s of video, 5.0 × real time, 0:15 left",
        ),
        (
            Done(3, 4, 2, 50.0, 7300.0),
            50.0,
            "3 of 4 recordings (2 looked at before), 50 of 7300 s of video, 1.0 × real time, "
            "2:00:50 left",
        ),
        (Done(3, 5, 1, 0.0, 0.0), 60.0, "3 of 5 recordings (1 looked at before), 1:00 left"),
        (
            Done(4, 4, 0, 100.0, 100.0),
            20.0,
            "4 of 4 recordings, 100 of 100 s of video, 5.0 × real time",
        ),
    ],
)
def test_words(done: Done, elapsed_s: float, said: str) -> None:
    assert words(done, elapsed_s) == said


def test_all_recordings_done_is_all_done_whatever_their_lengths_said() -> None:
    assert share(Done(4, 4, 0, 60.0, 100.0)) == 1.0


def test_a_file_gets_a_line_a_tenth() -> None:
    paper = Console(file=io.StringIO(), width=200)
    with shown(paper) as show:
        for second in range(101):
            show(Done(second // 100, 1, 0, float(second), 100.0))
    assert isinstance(paper.file, io.StringIO)
    said = [line.partition(" of video")[0] for line in paper.file.getvalue().splitlines()]
    assert said == [
        f"{number // 10} of 1 recordings, {10 * number} of 100 s" for number in range(1, 11)
    ]


def test_a_terminal_gets_a_bar_that_goes_away() -> None:
    paper = Console(file=io.StringIO(), width=100, force_terminal=True)
    with shown(paper) as show:
        show(Done(1, 2, 0, 50.0, 100.0))
    assert isinstance(paper.file, io.StringIO)
    assert "1 of 2 recordings" in paper.file.getvalue()
