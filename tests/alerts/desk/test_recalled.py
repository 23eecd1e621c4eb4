"""A life that goes on from a state which a lost book had told."""

from __future__ import annotations

import pytest

from alerts.desk.life import advance, recalled
from alerts.desk.record import EventLife, PageOut, Tell
from alerts.standing import Standing
from tests.alerts.desk.lives import at, press, seen, unborn
from tests.alerts.telling import a_state


def a_recalled(standing: Standing, version: int = 5) -> EventLife:
    state = a_state(version, standing, step=2)
    return recalled(unborn(), state, ("c1",), at(100))


@pytest.mark.parametrize("standing", ["acknowledged", "resolved", "false_alarm"])
def test_what_was_answered_calls_nobody(standing: Standing) -> None:
    life, done = advance(a_recalled(standing), seen(3, replayed=True), at(101))
    assert (life.standing, life.by, life.version, done) == (standing, "Kim", 5, ())


@pytest.mark.parametrize("standing", ["open", "escalated"])
def test_what_nobody_took_begins_again_unless_it_is_old(standing: Standing) -> None:
    life, done = advance(a_recalled(standing), seen(3, replayed=True), at(101))
    assert [type(one) for one in done] == [PageOut, Tell]
    assert (life.standing, life.step, life.round, life.version) == ("open", 1, 1, 6)
    life, done = advance(a_recalled(standing), seen(3, replayed=True, old=True), at(101))
    assert (life.standing, done) == (standing, ())


def test_an_answer_that_is_known_is_not_taken_twice_and_a_new_one_counts_on() -> None:
    life = a_recalled("open")
    assert advance(life, press("resolve", "c1"), at(101)) == (life, ())
    after, _ = advance(life, press("resolve", "c2"), at(101))
    assert (after.standing, after.version) == ("resolved", 6)


def test_a_life_that_began_anew_takes_over_what_is_heard_late() -> None:
    life, _ = advance(unborn(), seen(0), at(0))
    after = recalled(life, a_state(5, "acknowledged"), life.answers, at(1))
    assert (after.standing, after.version, after.round) == ("acknowledged", 5, 1)
    after = recalled(life, a_state(5, "escalated"), life.answers, at(1))
    assert after == EventLife(**{**vars(life), "version": 5})
