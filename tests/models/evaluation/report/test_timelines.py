"""Where things stand on a recording's line."""

from __future__ import annotations

import re
from collections.abc import Sequence

from models.evaluation import matching
from models.evaluation.alarms import Watched
from models.evaluation.report.numerals import TIGHT
from models.evaluation.report.timelines import WIDTH, Timeline, drawn
from models.evaluation.trace import Gap
from tests.models.evaluation.report import pages
from tests.models.evaluation.scenes import Bout, SpanRow, recording, trace, watched


def lines(of: Sequence[Watched]) -> dict[str, Timeline]:
    return {line.clip: line for line in drawn(of, matching.outcomes(of))}


def test_truth_alert_and_event_stand_where_they_were() -> None:
    bouts = [Bout("collapse", 25.0, 50.0, 0.8)]
    of = watched(recording("a.mp4", [("collapse", 20.0, 50.0)], 100.0), trace(100.0, bouts))
    line = lines([of])["a.mp4"]
    [lane] = line.lanes
    [span], [mark], [event] = lane.spans, lane.marks, lane.events
    assert (round(span.x), round(span.width)) == (200, 300)
    assert (round(mark.x), mark.fate) == (250, "found")
    assert (round(event.x), round(event.x + event.width)) == (250, 598)  # 10 s after the last
    assert lane.threshold_y == 50
    assert span.words.replace(TIGHT, " ") == "collapse, found after 5.0 s, 20.0 s – 50.0 s"
    assert line.summary == "1 found"
    assert line.faults == 0


def test_points_are_on_the_line_and_never_too_many() -> None:
    spike = Bout("collapse", 1800.0, 1800.3, 0.9)  # two of 18 000 pictures
    line = lines([watched(recording("hour.mp4", seconds=3600.0), trace(3600.0, [spike]))])
    [lane] = line["hour.mp4"].lanes
    points = [tuple(map(int, one.split())) for one in lane.tripping.removeprefix("M").split("L")]
    assert len(points) <= 250
    assert all(0 <= x <= WIDTH and 0 <= y <= 100 for x, y in points)
    assert min(y for _, y in points) == 10
    assert [round(x, -1) for x, y in points if y == 10] == [500]
    assert re.fullmatch(r"M[\d L]+V100H0Z", lane.glance)


def test_everything_that_can_be_is_told_apart() -> None:
    of = lines(pages.everything())
    assert of["false.mp4"].summary == "1 false alarm"
    assert of[pages.HOSTILE].summary == "1 missed"
    held = of["cut.mp4"].held
    assert held is not None
    assert round(held.x + held.width) == WIDTH
    [ignored] = of["ignored.mp4"].ignored
    assert round(ignored.x) == round(50 / 300 * WIDTH)
    [gap] = of["ignored.mp4"].gaps
    assert round(gap.width) == round(60 / 300 * WIDTH)
    assert of["trained.mp4"].notes == ("used in training", "cut off: <b>9 s</b> of 300 s")
    [late] = of["late.mp4"].lanes[0].marks
    assert late.fate == "late"
    assert "wet.jpg" not in of


def test_the_worst_come_first_and_the_rest_by_name() -> None:
    of = [
        watched(recording("b.mp4"), trace()),
        watched(recording("a.mp4"), trace()),
        watched(recording("z.mp4", [("collapse", 20.0, 40.0)]), trace()),
    ]
    assert list(lines(of)) == ["z.mp4", "a.mp4", "b.mp4"]


def test_what_another_camera_found_is_not_missed_here() -> None:
    spans: list[SpanRow] = [("collapse", 20.0, 40.0, "the fall")]
    front = watched(recording("front.mp4", spans), trace(bouts=[Bout("collapse", 24, 40, 0.8)]))
    side = watched(recording("side.mp4", spans), trace())
    line = lines([front, side])["side.mp4"]
    assert (line.summary, line.faults) == ("1 not seen here, found by another camera", 0)
    assert line.lanes[0].spans[0].words.startswith("collapse, not seen here (strongest")
    blind = watched(recording("front.mp4", spans), trace())
    assert lines([blind, side])["side.mp4"].summary == "1 missed"


def test_an_excused_incident_is_no_fault() -> None:
    gap = Gap(10.0, 60.0, told=True)
    of = watched(recording("a.mp4", [("collapse", 20.0, 40.0)]), trace(gaps=[gap]))
    assert lines([of])["a.mp4"].faults == 0


def test_the_axis_has_few_round_words() -> None:
    for seconds in (3.0, 61.0, 700.0, 4000.0, 90_000.0):
        line = lines([watched(recording("a.mp4", seconds=seconds), trace(seconds, fps=0.5))])
        ticks = line["a.mp4"].ticks
        assert 2 <= len(ticks) <= 8
        assert all(0 <= at <= 97 for at, _ in ticks)
