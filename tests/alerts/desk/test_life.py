"""The life of one event: who is told when, and what people make of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from alerts.answers import Action
from alerts.desk.life import DRILL_S_MAX, next_due_s, state_of
from alerts.desk.record import PageOut, Plan, Silence, Tell, Tick, Unreached
from alerts.standing import EventState
from tests.alerts.desk.lives import PLAN, Course, press, seen, unborn

FLOOR = (1, "floor", "step")
SECOND = [(2, "supervisor", "step"), (2, "board", "step")]
OUTSIDE = (3, "outside", "step")


def test_nobody_answers_and_the_whole_chain_is_gone_up() -> None:
    course = Course()
    course(0, seen(0))
    assert course.pages() == [FLOOR]
    assert course.standing() == "open"
    assert next_due_s(course.life) == 60
    course(59.9, Tick())
    assert course.pages() == [FLOOR]
    course(60, Tick())
    assert course.pages() == [FLOOR, *SECOND]
    assert course.standing() == "escalated"
    course(180, Tick())
    assert course.pages() == [FLOOR, *SECOND, OUTSIDE]
    assert next_due_s(course.life) is None
    assert [life.version for life in course.told()] == [1, 2, 3]
    assert [life.step for life in course.told()] == [1, 2, 3]


def test_pages_are_named_by_event_step_and_number() -> None:
    course = Course()
    course(0, seen(0))
    course(200, Tick())
    event_id = course.life.subject.event_id
    ends = [page.page_id.removeprefix(event_id) for page in course.paged()]
    assert ends == ["-s1-1", "-s2-1", "-s2-2", "-s3-1"]


def test_a_desk_that_was_away_leaves_no_step_out() -> None:
    course = Course()
    course(0, seen(0))
    course(1000, Tick())
    assert course.pages() == [FLOOR, *SECOND, OUTSIDE]
    assert course.life.version == 2  # what stood between was never published


def test_who_takes_it_stops_the_chain() -> None:
    course = Course()
    course(0, seen(0))
    assert course(20, press("acknowledge"))[0] == Silence()
    course(500, Tick(), seen(1), seen(9))
    assert course.pages() == [FLOOR]
    state = state_of(course.life, "desk")
    assert state is not None
    assert (state.standing, state.by, state.ongoing) == ("acknowledged", "kim", False)
    assert EventState.from_json(state.to_json()) == state


@pytest.mark.parametrize(
    ("actions", "standing"),
    [
        (("acknowledge", "resolve"), "resolved"),
        (("resolve", "acknowledge"), "resolved"),
        (("resolve", "false_alarm"), "false_alarm"),
        (("acknowledge", "false_alarm"), "false_alarm"),
        (("false_alarm", "resolve"), "false_alarm"),
        (("false_alarm", "acknowledge"), "false_alarm"),
    ],
)
def test_what_may_follow_what(actions: tuple[Action, ...], standing: str) -> None:
    course = Course()
    course(0, seen(0))
    course(10, *(press(action, f"c{number}") for number, action in enumerate(actions)))
    assert course.standing() == standing


def test_the_second_who_takes_it_does_not_take_it_away() -> None:
    course = Course()
    course(0, seen(0), press("acknowledge", "c1", "kim"), press("acknowledge", "c2", "lee"))
    assert course.life.by == "kim"
    assert course.life.version == 2


def test_what_the_device_closes_is_told_on_until_somebody_takes_it() -> None:
    course = Course()
    course(0, seen(0), seen(9))
    assert course.standing() == "open"
    assert not course.life.ongoing
    course(60, Tick())
    assert course.pages() == [FLOOR, *SECOND]


def test_unless_the_chain_says_that_it_ends_itself() -> None:
    course = Course(unborn(replace(PLAN, closed_ends=True)))
    course(0, seen(0))
    assert course(30, seen(9))[0] == Silence()
    assert course.standing() == "resolved"
    assert course.life.by is None
    course(200, Tick())
    assert course.pages() == [FLOOR]


def test_one_that_is_over_before_its_opening_arrives_calls_nobody_then() -> None:
    course = Course(unborn(replace(PLAN, closed_ends=True)))
    course(0, seen(9), seen(0))
    course(200, Tick())
    assert course.pages() == []
    assert course.standing() == "resolved"


def test_seen_long_after_it_was_resolved_it_is_open_again() -> None:
    course = Course()
    course(0, seen(0), press("resolve"))
    course(299, seen(1))
    assert course.standing() == "resolved"
    course(300, seen(2))
    assert (course.life.standing, course.life.round) == ("open", 2)
    course(360, Tick())
    assert course.pages() == [FLOOR, FLOOR, *SECOND]
    assert len({page.page_id for page in course.paged()}) == 4  # the second round has its own
    course(361, press("resolve"))  # the answer of the first round, once more
    assert course.standing() == "escalated"


@pytest.mark.parametrize(
    "late",
    [seen(1, waited_s=200), seen(1, replayed=True), seen(9)],
    ids=["seen soon after", "a replay", "its end"],
)
def test_what_was_seen_soon_after_does_not_open_it_again(late: object) -> None:
    course = Course()
    course(0, seen(0), press("resolve"))
    course(450, late)  # type: ignore[arg-type]  # each is one of the inputs
    assert course.standing() == "resolved"


def test_who_took_it_is_reminded_while_it_goes_on() -> None:
    course = Course(unborn(replace(PLAN, remind_s=600)))
    course(0, seen(0))
    course(60, Tick(), press("acknowledge"))
    course(659, Tick())
    assert len(course.pages()) == 3
    course(660, Tick())
    course(1260, Tick())
    reminders = [page for page in course.paged() if page.why == "reminder"]
    assert [page.recipient for page in reminders] == ["supervisor", "board"] * 2
    assert len({page.page_id for page in course.paged()}) == 7
    course(1300, seen(9))
    assert next_due_s(course.life) is None


def test_a_step_that_reaches_nobody_gives_way_to_the_next_at_once() -> None:
    course = Course()
    course(0, seen(0))
    course(5, Unreached(1, 1), Unreached(1, 1))
    assert course.pages() == [FLOOR, (2, "supervisor", "early"), (2, "board", "early")]
    course(60, Tick())
    assert len(course.pages()) == 3
    course(180, Tick(), Unreached(1, 3))
    state = state_of(course.life, "desk")
    assert state is not None
    assert "could be told" in state.note


def test_a_step_that_reached_nobody_is_no_matter_once_somebody_took_it() -> None:
    course = Course()
    course(0, seen(0), press("acknowledge"), Unreached(1, 1))
    assert course.pages() == [FLOOR]


def test_an_old_replay_is_recorded_and_calls_nobody() -> None:
    course = Course()
    course(0, seen(0, old=True, replayed=True))
    course(1000, Tick(), seen(3, old=True, replayed=True))
    assert course.pages() == []
    assert course.standing() == "open"
    course(1010, press("resolve"))
    assert course.standing() == "resolved"


def test_an_old_one_that_is_still_there_does_call() -> None:
    course = Course()
    course(0, seen(0, old=True, replayed=True))
    course(1000, seen(1))
    assert course.pages() == [FLOOR]


def test_a_drill_ends_by_itself_even_if_its_end_was_never_told() -> None:
    course = Course(unborn(drill=True))
    course(0, seen(0))
    course(30, seen(9))
    assert course.standing() == "resolved"
    lost = Course(unborn(drill=True))
    lost(0, seen(0))
    lost(DRILL_S_MAX, seen(0))
    assert lost.life.standing == "resolved"
    assert lost.pages() == [FLOOR]  # nobody else is called for what is over
    assert next_due_s(lost.life) is None


def test_the_end_is_told_to_whoever_was_told_of_the_beginning() -> None:
    plan = Plan("dead_man", PLAN.steps, closed_ends=True, end_is_told=True)
    course = Course(unborn(plan, label=None))
    course(0, seen(0))
    course(60, Tick())
    intents = course(90, seen(9))
    over = [page for page in intents if isinstance(page, PageOut)]
    assert [page.recipient for page in over] == ["floor", "supervisor", "board"]
    assert {(page.step, page.why) for page in over} == {(0, "over")}
    assert isinstance(intents[-1], Tell)
    assert state_of(course.life, "desk") is None  # it is no event of a camera's


def test_only_what_is_shown_makes_a_version() -> None:
    course = Course()
    course(0, seen(0))
    assert course(10, seen(1), seen(2), Tick(), press("acknowledge"), press("acknowledge", "c2"))
    assert course.life.version == 2
    assert course.life.seq == 2
