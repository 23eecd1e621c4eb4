"""Whatever order things happen in, and however often each is told: no step is left out, nobody is
called once somebody has taken it, and what happened twice changes nothing."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.answers import ACTIONS
from alerts.desk.life import advance, next_due_s
from alerts.desk.record import (
    EventLife,
    Input,
    Intent,
    PageOut,
    Seen,
    Silence,
    Tell,
    Tick,
    Unreached,
)
from alerts.standing import UNTAKEN
from tests.alerts.desk.lives import PLAN, Course, at, press, seen, unborn

PLANS = st.builds(
    lambda ends, remind, told: replace(
        PLAN, closed_ends=ends, remind_s=remind, end_is_told=told, reopen_after_s=100.0
    ),
    st.booleans(),
    st.sampled_from([0.0, 70.0]),
    st.booleans(),
)
INPUTS: st.SearchStrategy[Input] = st.one_of(
    st.builds(
        lambda seq, replayed, old: seen(seq, replayed=replayed or old, old=old),
        st.integers(0, 9),
        st.booleans(),
        st.booleans(),
    ),
    st.builds(press, st.sampled_from(ACTIONS), st.sampled_from(["c1", "c2", "c3"]), st.just("kim")),
    st.builds(Unreached, st.integers(0, 3), st.integers(0, 4)),
    st.just(Tick()),
)
HISTORIES = st.lists(st.tuples(st.floats(0, 200), INPUTS), max_size=25)
MANY = settings(max_examples=100)


def run(
    life: EventLife, history: list[tuple[float, Input]]
) -> list[tuple[EventLife, Input, list[Intent]]]:
    """(life before, input, intents) of each, the seconds being those between them."""
    second, course = 0.0, []
    for wait_s, one in history:
        second += wait_s
        before = life
        life, intents = advance(life, one, at(second))
        course.append((before, one, list(intents)))
        again, more = advance(life, one, at(second))
        assert not more
        assert again == life
    return course


@MANY
@given(PLANS, HISTORIES, st.booleans())
def test_told_twice_is_told_once_and_nobody_is_called_for_what_is_taken(
    plan: object, history: list[tuple[float, Input]], drill: bool
) -> None:
    life = unborn(plan, drill=drill)  # type: ignore[arg-type]  # of PLANS
    versions, ids = [0], list[str]()
    fired: dict[int, list[int]] = {}
    for before, one, intents in run(life, history):
        told = [intent.life for intent in intents if isinstance(intent, Tell)]
        pages = [intent for intent in intents if isinstance(intent, PageOut)]
        versions += [told_life.version for told_life in told]
        assert len(told) <= 1
        now = told[0] if told else before
        for page in pages:
            ids.append(page.page_id)
            if page.why in {"step", "early"}:
                assert now.standing in UNTAKEN
                fired.setdefault(page.round, []).append(page.step)
            elif page.why == "reminder":
                assert now.standing == "acknowledged"
            else:
                assert (now.standing, now.by) == ("resolved", None)
        if before.untaken and not now.untaken:
            assert Silence() in intents
        if isinstance(one, Seen) and one.seq <= before.seq and before.at is not None:
            assert not any(isinstance(intent, Silence) for intent in intents) or drill
    assert versions == list(range(len(versions)))
    assert len(set(ids)) == len(ids)
    for steps in fired.values():
        assert list(dict.fromkeys(steps)) == list(range(1, max(steps) + 1))


@MANY
@given(HISTORIES)
def test_a_false_alarm_is_one_for_good(history: list[tuple[float, Input]]) -> None:
    course = Course()
    course(0, seen(0), press("false_alarm", "first"))
    for _, one, intents in run(course.life, history):
        assert not intents or not isinstance(one, Tick)
    end = course.life
    for wait_s, one in history:
        end, done = advance(end, one, at(wait_s))
        assert not any(isinstance(intent, PageOut) for intent in done)
        assert end.standing == "false_alarm"
    assert next_due_s(end) is None


@MANY
@given(st.permutations([0, 1, 2, 3, 9, 0, 1, 2, 3, 9]))
def test_phases_in_any_order_come_to_the_same(order: list[int]) -> None:
    course = Course()
    for seq in order:
        course(0, seen(seq))
    life = course.life
    assert (life.ongoing, life.seq, life.standing, life.step) == (False, 9, "open", 1)
    assert course.pages() == [(1, "floor", "step")]
    assert life.version == (1 if order[0] == 9 else 2)
