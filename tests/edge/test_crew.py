"""Threads that live and die together."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from threading import Event

import pytest

from edge.crew import Crew
from tests.support.until import until

PATIENCE_S = 20.0


def waits(log: list[str], name: str) -> Callable[[Event], None]:
    """A body that waits for its stop and notes that it came."""

    def body(stop: Event) -> None:
        assert stop.wait(60)
        log.append(name)

    return body


def fails(error: Exception) -> Callable[[Event], None]:
    def body(_stop: Event) -> None:
        raise error

    return body


def test_an_error_of_one_stops_all_and_comes_out() -> None:
    stop, log = Event(), list[str]()
    crew = Crew(stop)
    crew.add("steady", waits(log, "steady"))
    crew.add("post", waits(log, "post"), stage=1)
    error = ZeroDivisionError("a bug")
    crew.add("broken", fails(error))
    with pytest.raises(ZeroDivisionError) as raised:
        crew.work(PATIENCE_S, PATIENCE_S)
    assert raised.value is error
    assert stop.is_set()
    assert log == ["steady", "post"]


def test_an_error_in_the_last_group_stops_all_too() -> None:
    log = list[str]()
    crew = Crew(Event())
    crew.add("steady", waits(log, "steady"))
    crew.add("post", fails(KeyError("gone")), stage=1)
    with pytest.raises(KeyError):
        crew.work(PATIENCE_S, PATIENCE_S)
    assert log == ["steady"]


def test_the_first_error_comes_out_and_the_others_are_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    second = Event()

    def breaks_when_stopped(stop: Event) -> None:
        stop.wait(60)
        second.set()
        raise OSError("brought down")

    crew = Crew(Event())
    crew.add("first", fails(ValueError("the cause")))
    crew.add("second", breaks_when_stopped)
    with pytest.raises(ValueError, match="the cause"):
        crew.work(PATIENCE_S, PATIENCE_S)
    assert second.is_set()
    assert "OSError: brought down" in caplog.text


def test_the_last_group_is_told_to_stop_only_when_the_others_have_ended() -> None:
    log, all_stop = list[str](), Event()
    told, watched = Event(), Event()

    def slow_to_end(stop: Event) -> None:
        assert stop.wait(60)
        told.set()
        assert watched.wait(60)
        log.append("slow")

    def last(stop: Event) -> None:
        all_stop.set()
        assert told.wait(60)
        assert not stop.wait(0.3)  # the other is told and has not ended
        watched.set()
        assert stop.wait(60)
        log.append("last")

    crew = Crew(all_stop)
    crew.add("slow", slow_to_end)
    crew.add("last", last, stage=1)
    crew.work(PATIENCE_S, PATIENCE_S)
    assert log == ["slow", "last"]


def test_it_ends_when_all_but_the_last_have_ended_by_themselves() -> None:
    log, stop = list[str](), Event()
    crew = Crew(stop)
    crew.add("short", lambda _stop: log.append("short"))
    crew.add("post", waits(log, "post"), stage=1)
    crew.work(PATIENCE_S, PATIENCE_S)
    assert log == ["short", "post"]
    assert stop.is_set()


def test_one_that_hangs_is_named_and_not_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    stop, free, log = Event(), Event(), list[str]()

    def hangs(_stop: Event) -> None:
        assert free.wait(60)

    crew = Crew(stop)
    crew.add("grab:hall", hangs)
    crew.add("brain", waits(log, "brain"))
    crew.add("post", waits(log, "post"), stage=1)
    stop.set()
    crew.work(0.2, 20)
    assert [record.getMessage() for record in caplog.records] == [
        "thread=grab:hall did not stop within 0.2 s"
    ]
    until(lambda: log == ["brain", "post"], "the others ended")
    free.set()
    until(lambda: "grab:hall" not in {t.name for t in threading.enumerate()}, "it ended too")


def test_threads_have_the_names_of_the_members() -> None:
    names = list[str]()
    crew = Crew(Event())
    crew.add("grab:hall", lambda _stop: names.append(threading.current_thread().name))
    crew.work(PATIENCE_S, PATIENCE_S)
    assert names == ["grab:hall"]


def test_one_who_comes_later_starts_at_once_and_may_leave_alone() -> None:
    log, stop, working = list[str](), Event(), Event()
    crew = Crew(stop)
    crew.add("steady", waits(log, "steady"))
    crew.add("first", lambda _stop: working.set())
    thread = threading.Thread(target=crew.work, args=(PATIENCE_S,))
    thread.start()
    assert working.wait(20)
    late = crew.add("late", waits(log, "late"))
    until(lambda: late.alive, "it works")
    late.leave()
    until(lambda: log == ["late"], "it left, and nobody else did")
    assert thread.is_alive()
    stop.set()
    thread.join(20)
    assert log == ["late", "steady"]


def test_one_that_was_given_up_is_not_waited_for_and_its_error_stops_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stop, free = Event(), Event()

    def hangs(_stop: Event) -> None:
        assert free.wait(60)
        raise OSError("woken at last")

    crew, log = Crew(stop), list[str]()
    crew.add("steady", waits(log, "steady"))
    hung = crew.add("hung", hangs)
    thread = threading.Thread(target=crew.work, args=(PATIENCE_S,))
    thread.start()
    until(lambda: hung.alive, "it works")
    hung.give_up()
    free.set()
    until(lambda: not hung.alive, "it ended")
    assert "OSError: woken at last" in caplog.text
    assert not stop.is_set()
    stop.set()
    thread.join(20)
    assert log == ["steady"]


def test_a_member_that_ended_is_not_kept() -> None:
    stop = Event()
    crew = Crew(stop)
    crew.add("steady", waits([], "steady"))
    thread = threading.Thread(target=crew.work, args=(PATIENCE_S,))
    thread.start()
    for _ in range(20):
        member = crew.add("short", lambda _stop: None)
        member.thread.join(20)
    assert len(crew._members) <= 2
    stop.set()
    thread.join(20)
