"""The matching rules: a table to read, and what must hold whatever happens."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.core.types import Label
from models.evaluation.alarms import Alert, Watched
from models.evaluation.matching import match, outcomes
from models.evaluation.outcome import Outcome
from models.evaluation.recording import COUNTS_FOR_S, EARLY_S
from models.evaluation.stretches import length_s, without
from models.evaluation.trace import Gap
from tests.models.evaluation.scenes import (
    Bout,
    SpanRow,
    alert,
    picture,
    recording,
    told,
    trace,
    watched,
)

FALL: SpanRow = ("collapse", 100.0, 110.0)
LONG: SpanRow = ("collapse", 100.0, 190.0)
IGNORE: SpanRow = ("ignore", 50.0, 60.0)


def alerts_of(text: str) -> list[Alert]:
    """`o` opened, `u` updated, `r` reopened, `c` closed, each with event and time: `o0@104`."""
    found = []
    for word in text.split():
        what, at = word.split("@")
        phase = {"o": "opened", "u": "updated", "r": "updated", "c": "closed"}[what[0]]
        found.append(alert(float(at), phase, int(what[1:]), reopened=what[0] == "r"))  # type: ignore[arg-type]
    return found


def summary(outcome: Outcome) -> str:
    """`d` detected, `u` by an update, `m` missed, `l` missed and late, a letter an incident; then
    further openings: false, duplicate, ignored."""
    letters = ""
    for incident in outcome.incidents:
        (sighting,) = incident.sightings
        if sighting.alert is not None:
            plain = sighting.alert.phase == "updated" and not sighting.alert.reopened
            letters += "u" if plain else "d"
        else:
            letters += "l" if sighting.late else "m"
    counts = (len(outcome.false_alarms), outcome.duplicates, outcome.ignored)
    return f"{letters} {'/'.join(map(str, counts))}".strip()


@pytest.mark.parametrize(
    ("spans", "alerts", "expected"),  # incidents, then false/duplicate/ignored
    [
        # one incident
        ([FALL], "", "m 0/0/0"),
        ([FALL], "o0@104", "d 0/0/0"),
        ([FALL], "o0@99", "d 0/0/0"),  # a second early is in time
        ([FALL], "o0@98.9", "m 1/0/0"),
        ([FALL], "o0@145", "d 0/0/0"),  # after its end, but it still counts
        ([FALL], "o0@145.1", "m 1/0/0"),
        ([LONG], "o0@145.1", "l 0/0/0"),  # too late, but no false alarm
        ([LONG], "o0@190", "l 0/0/0"),
        ([LONG], "o0@190.1", "m 1/0/0"),
        ([LONG], "o0@150 o1@160", "l 0/1/0"),
        # said again
        ([FALL], "o0@104 o1@105", "d 0/1/0"),
        ([FALL], "o0@104 u0@134 c0@140", "d 0/0/0"),
        ([FALL], "o0@104 c0@140 o1@150", "d 0/1/0"),  # in the cool-down of 60 s
        ([FALL], "o0@104 c0@140 o1@200", "d 0/1/0"),
        ([FALL], "o0@104 c0@140 o1@200.5", "d 1/0/0"),
        ([FALL], "o0@104 c0@140 o1@190 c1@200 o2@255", "d 1/1/0"),  # cool-downs make no chain
        ([FALL], "o0@10 c0@20 o1@30", "m 2/0/0"),  # nor do false alarms have one
        ([FALL], "o0@104 r0@180", "d 0/0/0"),  # calls again, but is nothing new
        # events that were there before
        ([FALL], "o0@20 u0@50 u0@110", "u 1/0/0"),
        ([FALL], "o0@20 c0@60 r0@110", "d 1/0/0"),
        ([FALL], "o0@20 u0@101 o1@103", "d 1/0/0"),  # a start goes before an update
        ([FALL], "c0@104", "m 0/0/0"),
        ([FALL], "o0@90 c0@105 o1@155", "m 2/0/0"),  # closing tells of nothing
        # two incidents
        ([FALL, ("collapse", 120.0, 130.0)], "o0@104 o1@122", "dd 0/0/0"),
        ([FALL, ("collapse", 120.0, 130.0)], "o0@122 o1@123", "dd 0/0/0"),
        ([FALL, ("collapse", 120.0, 130.0)], "o0@122", "dm 0/0/0"),  # one alert, one incident
        ([FALL, ("collapse", 120.0, 130.0)], "o0@104 u0@134", "dm 0/0/0"),
        ([FALL, ("collapse", 120.0, 130.0)], "o0@104 c0@110 r0@130", "dd 0/0/0"),
        ([FALL, ("collapse", 120.0, 130.0)], "o0@20 u0@104 u0@134", "um 1/0/0"),
        ([LONG, ("collapse", 160.0, 170.0)], "o0@161", "md 0/0/0"),
        ([LONG, ("collapse", 160.0, 170.0)], "o0@161 o1@162", "ld 0/0/0"),
        # to be ignored: 49 to 95
        ([IGNORE], "o0@55 o1@95 o2@96 o3@48", "2/0/2"),
        ([IGNORE, ("collapse", 55.0, 58.0)], "o0@56 o1@57", "d 0/1/0"),  # incidents go first
        ([("spill", 50.0, 60.0)], "o0@55", "1/0/0"),  # a spill is no collapse
        ([], "o0@55 o1@56", "2/0/0"),
    ],
)
def test_examples(spans: list[SpanRow], alerts: str, expected: str) -> None:
    scene = told(recording(spans=spans), alerts_of(alerts))
    assert summary(outcomes([scene])["collapse"]) == expected


def test_a_spill_counts_for_longer_and_a_collapse_is_none() -> None:
    one = recording(spans=[("spill", 100.0, 110.0)])
    found = outcomes([told(one, [alert(219, label="spill"), alert(220.5, label="collapse")])])
    assert summary(found["spill"]) == "d 0/0/0"
    assert found["spill"].incidents[0].delay_s == 119
    assert summary(found["collapse"]) == "1/0/0"


def test_cameras_that_see_one_incident_count_once() -> None:
    by_name: list[SpanRow] = [("collapse", 100.0, 110.0, "the fall")]
    front = told(recording("front.mp4", by_name), [alert(130)])
    side = told(recording("side.mp4", [("collapse", 103.0, 110.0, "the fall")]), [alert(106)])
    blind = told(recording("blind.mp4", by_name))
    (incident,) = outcomes([front, blind, side])["collapse"].incidents
    assert [s.recording.name for s in incident.sightings] == ["blind.mp4", "front.mp4", "side.mp4"]
    assert incident.delay_s == 3
    assert not outcomes([blind])["collapse"].incidents[0].delay_s


@pytest.mark.parametrize(
    ("begins_s", "said", "alerts", "excused", "delay_s"),
    [
        (100.0, False, [], False, None),
        (100.0, True, [], True, None),
        (100.0, True, [alert(104)], False, 4.0),
        (105.0, True, [], False, None),  # it saw again when it began
        (105.0, True, [alert(99.5)], False, None),
    ],
)
def test_an_incident_while_the_camera_did_not_see(
    begins_s: float, said: bool, alerts: list[Alert], excused: bool, delay_s: float | None
) -> None:
    blind = trace(gaps=[Gap(90.0, 105.0, said)])
    fall: SpanRow = ("collapse", begins_s, 140.0)
    outcome = outcomes([told(recording(spans=[fall]), alerts, blind)])["collapse"]
    (incident,) = outcome.incidents
    assert (incident.excused, incident.delay_s) == (excused, delay_s)
    assert outcome.unseen_s == 15
    # normal: all but the gap and what is scored, which overlap
    assert outcome.normal_s == 300 - (begins_s + 45 - 90)


def test_one_camera_that_should_have_seen_it_is_enough_for_a_miss() -> None:
    named: list[SpanRow] = [("collapse", 100.0, 110.0, "the fall")]
    blind = told(recording("a.mp4", named), (), trace(gaps=[Gap(90.0, 105.0, True)]))
    assert outcomes([blind])["collapse"].incidents[0].excused
    both = outcomes([blind, told(recording("b.mp4", named))])["collapse"]
    assert [incident.excused for incident in both.incidents] == [False]


def test_a_clip_that_ends_early_is_seen_to_its_held_end() -> None:
    fall = recording(spans=[("collapse", 2.0, 4.0)], seconds=4)
    bouts = [Bout("collapse", 6.0, 30.0, 0.8), Bout("spill", 10.0, 30.0, 0.8)]
    found = outcomes([watched(fall, trace(4, bouts, held_s=15))])
    (incident,) = found["collapse"].incidents
    assert (incident.delay_s, incident.best) == (4, 0.8)
    assert (found["collapse"].normal_s, found["collapse"].watched_s) == (1, 4)
    (alarm,) = found["spill"].false_alarms
    assert (alarm.alert.held, found["spill"].normal_s) == (True, 4)


@pytest.mark.parametrize(
    ("spans", "alerts", "expected"),  # a recording of 100 s whose last picture is held
    [
        ([("ignore", 10.0, 100.0)], "o0@99 o1@101 o2@160", "0/0/3"),
        ([("ignore", 10.0, 99.5)], "o0@160", "0/0/1"),  # nobody marks the very last picture
        ([("ignore", 10.0, 100.4)], "o0@160", "0/0/1"),  # or a little more
        ([("ignore", 10.0, 99.25)], "o0@160", "1/0/0"),
        ([("ignore", 10.0, 99.25)], "o0@55 o1@99.3", "1/0/1"),
        ([("collapse", 90.0, 100.0)], "o0@135", "d 0/0/0"),
        ([("collapse", 90.0, 100.0)], "o0@135.1", "l 0/0/0"),  # its window is as long as ever
        ([("collapse", 90.0, 100.0)], "o0@100 c0@110 o1@300", "d 0/1/0"),
        ([("collapse", 90.0, 99.0)], "o0@100 c0@110 o1@300", "d 1/0/0"),
        ([("collapse", 90.0, 99.0)], "o0@135.1", "m 1/0/0"),
        ([("collapse", 90.0, 100.0), ("ignore", 50.0, 100.0)], "o0@101 o1@160", "d 0/1/0"),
        ([("collapse", 90.0, 95.0), ("ignore", 95.0, 100.0)], "o0@240", "m 0/0/1"),
        ([("spill", 90.0, 100.0)], "o0@101", "1/0/0"),  # of the other label
    ],
)
def test_what_lasts_to_the_end_goes_on_while_the_last_picture_is_held(
    spans: list[SpanRow], alerts: str, expected: str
) -> None:
    scene = told(recording(spans=spans, seconds=100), alerts_of(alerts))
    assert summary(outcomes([scene])["collapse"]) == expected


def test_where_all_is_to_be_ignored_nothing_is_scored_while_the_last_picture_is_held() -> None:
    whole = recording(spans=[("ignore", 0.0, 4.0)], seconds=4)
    bouts = [Bout("collapse", 2.0, 80.0, 0.8), Bout("spill", 50.0, 200.0, 0.8)]
    for found in outcomes([watched(whole, trace(4, bouts, held_s=180))]).values():
        assert (len(found.false_alarms), found.normal_s) == (0, 0)
        assert found.ignored == 1


def test_the_highest_threshold_is_looked_for_while_it_counts_and_before_the_next() -> None:
    spans: list[SpanRow] = [("collapse", 100.0, 110.0), ("collapse", 130.0, 140.0)]
    bouts = [
        Bout("collapse", 90.0, 98.0, 0.95),
        Bout("collapse", 128.0, 129.0, 0.4),
        Bout("collapse", 129.0, 170.0, 0.6),
        Bout("collapse", 175.2, 200.0, 0.9),
        Bout("spill", 100.0, 200.0, 0.99),
    ]
    found = outcomes([watched(recording(spans=spans), trace(bouts=bouts))])["collapse"]
    assert [incident.best for incident in found.incidents] == [0.4, 0.6]


def test_pictures_take_no_part() -> None:
    wet = picture(recording("a.jpg", [("spill", 0.0, 0.0)], kind="picture"), 0.9)
    assert not outcomes([wet])["spill"].incidents
    assert outcomes([])["collapse"].normal_s == 0


# What must hold whatever happens. Times are eighths of a second, so that sums are exact.

eighths = st.integers(0, 2400).map(lambda n: n / 8)
lengths = st.integers(1, 800).map(lambda n: n / 8)
labels: st.SearchStrategy[Label] = st.sampled_from(("collapse", "spill"))


@st.composite
def spans_drawn(draw: st.DrawFn) -> list[SpanRow]:
    found: list[SpanRow] = []
    for _ in range(draw(st.integers(0, 4))):
        label = draw(st.sampled_from(("collapse", "collapse", "spill", "ignore")))
        onset_s = draw(eighths)
        found.append((label, onset_s, onset_s + draw(lengths)))  # type: ignore[arg-type]
    return found


@st.composite
def alerts_drawn(draw: st.DrawFn, updates: bool = True) -> list[Alert]:
    """Lives of events: opened, perhaps updated, closed, reopened."""
    found = []
    for event in range(draw(st.integers(0, 6))):
        label, at_s = draw(labels), draw(eighths)
        found.append(alert(at_s, "opened", event, label=label))
        closed = False
        for _ in range(draw(st.integers(0, 4)) if updates else 0):
            at_s += draw(lengths)
            if not closed and draw(st.booleans()):
                found.append(alert(at_s, "closed", event, label=label))
                closed = True
            else:
                found.append(alert(at_s, "updated", event, label=label, reopened=closed))
                closed = False
    return sorted(found, key=lambda one: one.t_s)


gaps_drawn = st.lists(
    st.tuples(eighths, lengths, st.booleans()).map(lambda g: Gap(g[0], g[0] + g[1], g[2])),
    max_size=2,
)


@st.composite
def scenes(draw: st.DrawFn, updates: bool = True, name: str = "a.mp4") -> Watched:
    seconds = draw(st.integers(1, 2400)) / 8
    gaps = [Gap(g.from_s, min(g.to_s, seconds), g.told) for g in draw(gaps_drawn)]
    seen = replace(trace(1.0), seconds=seconds, gaps=tuple(g for g in gaps if g.from_s < g.to_s))
    one = recording(name, draw(spans_drawn()), seconds)
    return told(one, draw(alerts_drawn(updates)), seen)


def detected(outcome: Outcome) -> int:
    return sum(incident.delay_s is not None for incident in outcome.incidents)


def counted(outcome: Outcome) -> tuple[object, ...]:
    return (
        [(i.name, i.delay_s, i.excused, len(i.sightings)) for i in outcome.incidents],
        len(outcome.false_alarms),
        outcome.duplicates,
        outcome.ignored,
    )


@given(scenes(), st.integers(0, 800).map(lambda n: n / 8))
def test_shifting_all_times_shifts_nothing(scene: Watched, by_s: float) -> None:
    moved_spans = tuple(
        replace(span, onset_s=span.onset_s + by_s, end_s=span.end_s + by_s)
        for span in scene.recording.spans
    )
    before = Gap(0.0, by_s, True)  # what was not there before is not seen
    moved = Watched(
        replace(scene.recording, spans=moved_spans),
        replace(
            scene.trace,
            at_ns=scene.trace.at_ns + np.int64(by_s * 1e9),
            seconds=scene.trace.seconds + by_s,
            gaps=(
                *([before] if by_s else []),
                *(Gap(g.from_s + by_s, g.to_s + by_s, g.told) for g in scene.trace.gaps),
            ),
        ),
        scene.policy,
        tuple(replace(a, t_s=a.t_s + by_s, onset_s=a.onset_s + by_s) for a in scene.alerts),
    )
    for label in COUNTS_FOR_S:
        one, other = outcomes([scene])[label], outcomes([moved])[label]
        assert counted(one) == counted(other)
        assert other.normal_s == one.normal_s
        assert [i.best for i in one.incidents] == [i.best for i in other.incidents]


@given(scenes())
def test_every_opening_is_exactly_one_thing(scene: Watched) -> None:
    for label, outcome in outcomes([scene]).items():
        sightings = [s for incident in outcome.incidents for s in incident.sightings]
        given_to = [s.alert or s.late for s in sightings if s.alert or s.late]
        openings = sum(one.phase == "opened" for one in given_to if one)
        rest = len(outcome.false_alarms) + outcome.duplicates + outcome.ignored
        opened = [a for a in scene.alerts if a.label == label and a.phase == "opened"]
        assert openings + rest == len(opened)


@given(scenes(), st.data())
def test_saying_it_again_neither_helps_nor_harms(scene: Watched, data: st.DataObject) -> None:
    for label, outcome in outcomes([scene]).items():
        found = [s for i in outcome.incidents for s in i.sightings if s.alert]
        if not found:
            continue
        sighting = data.draw(st.sampled_from(found))
        end_s = max(sighting.span.end_s, sighting.span.onset_s + COUNTS_FOR_S[label])
        assert sighting.alert is not None
        later = [n / 8 for n in range(int(sighting.alert.t_s * 8), int(end_s * 8) + 1)]
        again = alert(data.draw(st.sampled_from(later)), "opened", 99, label=label)
        more = outcomes([replace(scene, alerts=(*scene.alerts, again))])[label]
        assert detected(more) >= detected(outcome)
        assert len(more.false_alarms) <= len(outcome.false_alarms)


@given(scenes(), eighths, lengths)
def test_what_is_to_be_ignored_is_never_scored(scene: Watched, at_s: float, for_s: float) -> None:
    one = scene.recording
    row: SpanRow = ("ignore", at_s, at_s + for_s)
    span = recording(spans=[row]).spans[0]
    spared = replace(scene, recording=replace(one, spans=(*one.spans, span)))
    for label, outcome in outcomes([scene]).items():
        after = outcomes([spared])[label]
        assert counted(after)[0] == counted(outcome)[0]
        assert len(after.false_alarms) <= len(outcome.false_alarms)
        assert after.normal_s <= outcome.normal_s
        until_s = max(at_s + for_s, at_s + COUNTS_FOR_S[label])
        assert not [a for a in after.false_alarms if at_s - EARLY_S <= a.alert.t_s <= until_s]


@given(scenes())
def test_seconds_add_up(scene: Watched) -> None:
    own = ((0.0, scene.trace.seconds),)
    for label in COUNTS_FOR_S:
        part = match(scene, label, COUNTS_FOR_S[label])
        scored = [
            (s.onset_s - EARLY_S, max(s.end_s, s.onset_s + COUNTS_FOR_S[label]))
            if s.end_s < scene.trace.seconds - 0.5
            else (s.onset_s - EARLY_S, 1e6)
            for s in scene.recording.spans
            if s.label in (label, "ignore")
        ]
        seen = without(own, [(gap.from_s, gap.to_s) for gap in scene.trace.gaps])
        scored_s = length_s(seen) - length_s(without(seen, scored))
        assert length_s(part.normal) + scored_s + part.unseen_s == part.watched_s


@given(scenes(), labels)
def test_no_false_alarm_in_held_time_where_something_lasts_to_the_end(
    scene: Watched, label: Label
) -> None:
    for kind in (label, "ignore"):
        row: SpanRow = (kind, max(0.0, scene.trace.seconds - 4), scene.trace.seconds)
        spans = (*scene.recording.spans, recording(spans=[row]).spans[0])
        longer = replace(scene, recording=replace(scene.recording, spans=spans))
        found = outcomes([longer])
        here = (label,) if kind == label else tuple(found)
        for one in here:
            late = [a for a in found[one].false_alarms if a.alert.t_s >= scene.trace.seconds]
            assert not late
        counts = {one: found[one].watched_s for one in found}
        assert counts == {one: outcome.watched_s for one, outcome in outcomes([scene]).items()}


@given(scenes(name="a.mp4"), scenes(name="b.mp4"), scenes(name="c.mp4"))
def test_the_order_of_recordings_does_not_matter(a: Watched, b: Watched, c: Watched) -> None:
    for label, outcome in outcomes([a, b, c]).items():
        assert counted(outcomes([c, a, b])[label]) == counted(outcome)


@given(scenes(updates=False), st.integers(0, 800))
def test_a_wider_window_never_loses_a_detection(scene: Watched, more: int) -> None:
    """Of starts. An event that a wider window gives to one incident tells nothing of another any
    more, so plain updates may lose one."""
    wider = {label: counts + more / 8 for label, counts in COUNTS_FOR_S.items()}
    for label, outcome in outcomes([scene], wider).items():
        narrow = outcomes([scene])[label]
        before = {i.name for i in narrow.incidents if i.delay_s is not None}
        assert detected(outcome) >= len(before)
        assert len(outcome.false_alarms) <= len(narrow.false_alarms)
