"""What is promised of recordings with truth: which incidents count, which threshold comes out, and
what it costs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.core import decide
from edge.core.evidence import trip
from edge.core.types import LABELS, Label
from models.evaluation.alarms import Watched
from models.evaluation.eligible import Overlapping
from models.evaluation.matching import outcomes
from models.evaluation.offers import eligible_of, tunings
from models.evaluation.retold import Swept, price
from models.evaluation.trace import Gap
from tests.models.evaluation.scenes import Bout, SpanRow, recording, trace, watched
from tests.support.scenes import LYING, STANDING, down, liquid, low, policy, scores, upright

GOAL = (0.9, 0.95)


def fall(number: int, score: float, *, camera: str = "", trained: bool = False) -> Watched:
    """A minute with a collapse at 20 s that scores so much from 24 s on."""
    of = recording(f"{number}.mp4", [("collapse", 20, 60)], 60, camera=camera, trained=trained)
    return watched(of, trace(60, [Bout("collapse", 24, 60, score)]))


def falls(scores_of: Iterable[float]) -> list[Watched]:
    return [fall(number, score) for number, score in enumerate(scores_of)]


def normal(number: int, score: float, *, held_s: float = 0, trained: bool = False) -> Watched:
    """An hour in which nothing happens, and something looks like a collapse at 100 s, and again
    at the very end, and while the last picture is held."""
    of = recording(f"normal{number}.mp4", (), 3600, trained=trained)
    bouts = [Bout("collapse", 100, 104, score), Bout("collapse", 3600, 3610, score, place=2)]
    return watched(of, trace(3600, bouts, held_s=held_s, fps=1))


def test_the_threshold_is_the_lowest_score_where_none_may_be_missed() -> None:
    (one,) = tunings(
        {"collapse": falls([0.3 + i / 100 for i in range(29)])}, GOAL, per_camera=False
    )
    assert one.site.wanted.tuned.threshold == 0.3
    assert one.site.wanted.tuned.incidents == 29
    assert {rung.tuned.recall for rung in one.site.rungs} >= {0.5, 0.9, 0.99}
    assert [r.price is None for r in one.site.rungs] == [
        r.tuned.threshold is None for r in one.site.rungs
    ]


def test_a_threshold_costs_what_evaluate_counts_at_it() -> None:
    seen = [normal(0, 0.4, held_s=20), normal(1, 0.2), *falls([0.3])]
    cost = price(seen, "collapse", lambda _: 0.3)
    found = outcomes([watched(one.recording, one.trace, policy(0.3)) for one in seen])["collapse"]
    assert len(found.false_alarms) == cost.false_alarms == 2
    assert cost.held == 1
    assert cost.normal_s == found.normal_s == pytest.approx(2 * 3600 + 19)
    assert cost.per_camera_day == pytest.approx(2 * 86400 / 7219)
    assert cost.per_camera_day_upper(0.95) == pytest.approx(6.2958 * 86400 / 7219, rel=1e-4)
    assert price(seen, "collapse", lambda _: 0.41).false_alarms == 0
    assert price(seen, "collapse", lambda _: 0.15).false_alarms == 3


def test_what_the_model_was_trained_on_costs_nothing_and_shows_nothing() -> None:
    seen = [normal(0, 0.9, trained=True)]
    cost = price(seen, "collapse", lambda _: 0.3)
    assert (cost.false_alarms, cost.normal_s, cost.per_camera_day) == (0, 0, None)
    assert cost.per_camera_day_upper(0.95) is None


def test_incidents_of_training_recordings_are_left_out() -> None:
    seen = [*falls([0.5] * 29), fall(40, 0.1, trained=True)]
    (one,) = tunings({"collapse": seen}, GOAL, per_camera=False)
    assert [left.name for left in one.eligible.trained] == ["scene/40.mp4#2"]
    assert (one.site.wanted.tuned.incidents, one.site.wanted.tuned.threshold) == (29, 0.5)


@pytest.mark.parametrize("score", [0.0, 0.9])
def test_what_begins_while_the_camera_was_known_not_to_see_is_left_out_caught_or_not(
    score: float,
) -> None:
    gap = [Gap(10, 12, told=False), Gap(12, 22, told=True)]
    seen = watched(
        recording("gap.mp4", [("collapse", 20, 60)], 60),
        trace(60, [Bout("collapse", 24, 60, score)], gaps=gap),
    )
    those = eligible_of("collapse", [seen])
    assert (those.incidents, len(those.unseen)) == ((), 1)
    silent = watched(
        recording("gap.mp4", [("collapse", 11, 60)], 60),
        trace(60, [Bout("collapse", 24, 60, score)], gaps=gap),
    )
    assert len(eligible_of("collapse", [silent]).incidents) == 1


@pytest.mark.parametrize(
    ("rows", "faults"),
    [
        ([("collapse", 10, 50), ("collapse", 50, 90)], ["t:2 and t:3"]),
        ([("collapse", 10, 90), ("collapse", 20, 30), ("collapse", 80, 95)], ["t:2", "t:4"]),
        ([("collapse", 10, 50), ("collapse", 51, 90)], []),
        ([("collapse", 10, 50), ("spill", 20, 90)], []),
        ([("collapse", 10, 50, "one"), ("collapse", 60, 90, "one")], []),
    ],
)
def test_incidents_of_one_label_at_one_time_are_refused(
    rows: Sequence[SpanRow], faults: list[str]
) -> None:
    seen = [watched(recording("a.mp4", rows, 100), trace(100))]
    if not faults:
        eligible_of("collapse", seen)
        return
    with pytest.raises(Overlapping) as refused:
        eligible_of("collapse", seen)
    assert all(fault in str(refused.value) for fault in faults)


def test_one_recording_under_two_names_is_no_second_incident() -> None:
    one = fall(1, 0.5)
    (span,) = one.recording.spans
    copy = replace(one.recording, name="copy.mp4", spans=(replace(span, incident="copy"),))
    with pytest.raises(Overlapping, match=r"at one time in (copy|1)\.mp4"):
        eligible_of("collapse", [one, replace(one, recording=copy)])


def test_several_cameras_of_one_incident_count_once_and_the_best_counts() -> None:
    seen = [
        watched(
            recording(f"{camera}{n}.mp4", [("collapse", 20, 60, f"fall {n}")], 60, camera=camera),
            trace(60, [Bout("collapse", 24, 60, score)]),
        )
        for camera, score in (("hall", 0.8), ("yard", 0.1))
        for n in range(29)
    ]
    (one,) = tunings({"collapse": seen}, GOAL, per_camera=True)
    assert (one.site.wanted.tuned.incidents, one.site.wanted.tuned.threshold) == (29, 0.8)
    by_camera = {offer.camera: offer.wanted.tuned for offer in one.cameras}
    assert {name: tuned.threshold for name, tuned in by_camera.items()} == {
        "hall": 0.8,
        "yard": 0.1,
    }


def test_a_camera_with_too_few_incidents_has_no_threshold_of_its_own() -> None:
    seen = [fall(n, 0.5, camera="hall") for n in range(29)]
    seen += [fall(n, 0.9, camera="yard") for n in range(30, 35)]
    (one,) = tunings({"collapse": seen}, GOAL, per_camera=True)
    assert one.site.wanted.tuned.threshold == 0.5
    found = {offer.camera: offer.wanted.tuned.reason for offer in one.cameras}
    assert found == {"hall": "", "yard": "few"}


@given(threshold=st.floats(0.01, 0.99), scored=st.lists(st.floats(0, 1), min_size=1, max_size=5))
@settings(deadline=None, max_examples=60)
def test_an_incident_alone_alarms_just_where_its_score_reaches_the_threshold(
    threshold: float, scored: list[float]
) -> None:
    """Each in a recording of its own, where no event is open before: a trip is an alert then."""
    found = outcomes(Swept.of(one, "collapse").at(threshold) for one in falls(scored))["collapse"]
    for incident in found.incidents:
        assert (incident.delay_s is not None) == (incident.best >= threshold)


@given(data=st.data())
@settings(deadline=None, max_examples=15)
def test_what_trips_does_not_depend_on_the_threshold_that_is_set(data: st.DataObject) -> None:
    """The shipped first half of the alarm step over drawn scenes: the same evidence whatever the
    policy's threshold, so that an incident trips just where its best score reaches it."""
    people = data.draw(
        st.lists(
            st.tuples(st.sampled_from([upright, low, down]), st.floats(0.05, 1.0)),
            min_size=5,
            max_size=12,
        )
    )
    wet = data.draw(st.floats(0, 1))
    set_to, asked = data.draw(st.floats(0.01, 0.99)), data.draw(st.floats(0.01, 0.99))
    best: dict[float, dict[Label, float]] = {}
    tripped: dict[Label, bool] = dict.fromkeys(LABELS, False)
    for threshold in (asked, set_to):
        state, most = decide.State(), dict.fromkeys(LABELS, 0.0)
        for number in range(len(people) * 20):
            person, score = people[number // 20]
            box = LYING if person is down else STANDING
            shown = scores(number / 5, [person(box, score)], liquid(STANDING, wet))
            state, found = decide.observe(state, shown, policy(threshold))
            for one in found:
                most[one.label] = max(most[one.label], one.score)
                tripped[one.label] |= trip(one, asked)
        best[threshold] = most
    assert best[asked] == best[set_to]
    assert tripped == {label: best[set_to][label] >= asked for label in LABELS}
