"""Which errors are shown, in which order, at which moments."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from models.evaluation import matching
from models.evaluation.alarms import Watched
from models.evaluation.report.numerals import TIGHT
from models.evaluation.report.wall import Wall, chosen
from tests.models.evaluation.report import pages
from tests.models.evaluation.scenes import Bout, SpanRow, recording, trace, watched

FALL: SpanRow = ("collapse", 20.0, 40.0)
NS = 1_000_000_000


def wall(of: Sequence[Watched], entries_max: int = 60) -> Wall:
    return chosen(of, matching.outcomes(of), entries_max)


def missed(name: str, score: float) -> Watched:
    return watched(recording(name, [FALL]), trace(60.0, [Bout("collapse", 30.0, 33.0, score)]))


def false(name: str, score: float) -> Watched:
    return watched(recording(name), trace(60.0, [Bout("collapse", 30.0, 33.0, score)]))


def found(name: str, delay_s: float, score: float) -> Watched:
    began_s = 20.0 + delay_s
    bouts = [Bout("collapse", began_s, 41.0, score)]
    return watched(recording(name, [FALL]), trace(60.0, bouts))


def test_a_miss_is_shown_at_the_onset_a_little_later_and_at_its_strongest() -> None:
    [entry] = wall([missed("a.mp4", 0.3)]).entries
    assert [shot.still.at_ns for shot in entry.shots] == [20 * NS, 24 * NS, 30 * NS]
    assert [shot.still.box is not None for shot in entry.shots] == [False, False, True]
    assert entry.facts[1] == "strongest 0.30, threshold 0.50"


def test_a_miss_that_nothing_was_followed_in_is_shown_all_the_same() -> None:
    of = watched(recording("a.mp4", [("collapse", 58.0, 60.0)], seconds=60.0), trace(60.0))
    [entry] = wall([of]).entries
    assert entry.facts[1].startswith("nothing was followed at all")
    assert all(57 * NS <= shot.still.at_ns < 60 * NS for shot in entry.shots)
    assert all(shot.still.box is None for shot in entry.shots)


def test_what_happened_in_held_time_shows_the_last_picture() -> None:
    bouts = [Bout("collapse", 64.0, 70.0, 0.8)]
    of = watched(recording("a.mp4", seconds=60.0), trace(60.0, bouts, held_s=15.0))
    [entry] = wall([of]).entries
    [shot] = entry.shots
    assert shot.still.at_ns == round(59.8 * NS)
    assert shot.words.replace(TIGHT, " ") == "at the alert (64.0 s): the last picture, 59.8 s"
    assert "while the last picture was held" in entry.facts


def test_the_worst_come_first() -> None:
    of = [missed("a.mp4", 0.4), missed("b.mp4", 0.1), false("c.mp4", 0.6), false("d.mp4", 0.9)]
    entries = wall(of).entries
    assert [(one.kind, one.clip) for one in entries] == [
        ("missed", "b.mp4"),
        ("missed", "a.mp4"),
        ("false alarm", "d.mp4"),
        ("false alarm", "c.mp4"),
    ]


@pytest.mark.parametrize(
    ("misses", "alarms", "shown"),
    [(30, 30, (5, 5)), (2, 30, (2, 8)), (30, 3, (7, 3)), (4, 5, (4, 5))],
)
def test_neither_kind_crowds_out_the_other(
    misses: int, alarms: int, shown: tuple[int, int]
) -> None:
    of = [missed(f"m{number}.mp4", 0.3) for number in range(misses)]
    of += [false(f"f{number}.mp4", 0.8) for number in range(alarms)]
    cut = wall(of, 10)
    kinds = [one.kind for one in cut.entries]
    assert (kinds.count("missed"), kinds.count("false alarm")) == shown
    assert cut.left_out == misses + alarms - sum(shown)


def test_with_few_errors_what_was_hard_is_shown_as_well() -> None:
    of = [found(f"{n}.mp4", delay_s=float(n), score=0.9 - n / 100) for n in range(1, 9)]
    entries = wall(of).entries
    assert [(one.kind, one.clip) for one in entries] == [
        ("slow", "8.mp4"), ("slow", "7.mp4"), ("slow", "6.mp4"),
        ("weak", "5.mp4"), ("weak", "4.mp4"), ("weak", "3.mp4"),
    ]  # fmt: skip
    assert [shot.still.at_ns for shot in entries[0].shots] == [20 * NS, 28 * NS]


def test_one_incident_seen_by_two_cameras_is_one_entry() -> None:
    row: SpanRow = ("collapse", 20.0, 40.0, "fall 1")
    of = [
        watched(recording(name, [row]), trace(60.0, [Bout("collapse", 30.0, 33.0, score)]))
        for name, score in (("left.mp4", 0.2), ("right.mp4", 0.4))
    ]
    [entry] = wall(of).entries
    assert entry.clip == "right.mp4"
    assert "missed by all 2 cameras" in entry.facts


def test_every_still_is_of_the_recordings_own_pictures() -> None:
    of = pages.everything()
    own = {one.recording.key: set(one.trace.at_ns[~one.trace.held].tolist()) for one in of}
    stills = wall(of).stills
    assert len(stills) > 8
    assert all(still.at_ns in own[still.recording] for still in stills)
