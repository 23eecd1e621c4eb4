"""An alert that nobody was told of is not over: recipients that left the file, that are out of
order, or that were out of reach for as long as no desk ran."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from alerts.desk import going, inputs
from alerts.desk.deciding import Decider
from alerts.desk.deeds import Bell, Deeds
from alerts.desk.desk_file import DeskFile
from alerts.desk.lease import Lease
from alerts.desk.record import Unreached
from alerts.desk.schema import DeskConfig
from alerts.desk.sender import Sender, give_up
from alerts.desk.turning import taken
from alerts.topics import Topics
from tests.alerts.desk.lives import Course, press, seen
from tests.alerts.samples import an_event
from tests.support.list_step import ListStep
from tests.support.until import until

Steps = list[tuple[float, str]]


@pytest.fixture
def lease(tmp_path: Path) -> Iterator[Lease]:
    with DeskFile(tmp_path / "desk.sqlite3") as file:
        lease = Lease(file, "d", taken)
        lease.keep()
        yield lease
        lease.release()


def a_config(*steps: tuple[float, str]) -> DeskConfig:
    whole: dict[str, Any] = {"version": 1, "name": "d"}
    whole["recipients"] = {name: {"publish": True} for _, name in steps}
    whole["otherwise"] = {"steps": [{"after_s": s, "to": [name]} for s, name in steps]}
    return DeskConfig.model_validate_json(json.dumps(whole))


def hear(lease: Lease) -> None:
    event = an_event()
    topic = Topics("floorwatch", event.site).alert(event.camera, event.label)
    with lease.file.writing() as db:
        payload = event.to_json().encode()
        inputs.put(db, "one", event.event_id, topic, payload, put_at=time.time())


def decide(lease: Lease, config: DeskConfig, now_s: float) -> int:
    with lease.writing() as db:
        return Decider(config, Deeds()).act(db, now_s)


def fail(lease: Lease, recipient: str) -> None:
    """Its page is given up."""
    with lease.writing() as db:
        page = going.claim(db, recipient, float("inf"))
        assert page is not None
        give_up(db, page, "out of order")


def pages(lease: Lease) -> list[tuple[str, str]]:
    found = lease.file.rows("SELECT recipient, state FROM page ORDER BY rowid")
    return [(str(recipient), str(state)) for recipient, state in found]


def test_a_chain_that_told_nobody_begins_again_until_somebody_is_told() -> None:
    course = Course()
    course(0, seen(0))
    course(180, Unreached(1, 1), Unreached(1, 2))
    course(181, Unreached(1, 3, nobody=True))
    assert [page[0] for page in course.pages()] == [1, 2, 2, 3]
    course(240, Unreached(1, 3, nobody=True))
    assert len(course.pages()) == 4
    course(301, seen(1))
    assert [page[0] for page in course.pages()[4:]] == [1]
    assert course.standing() == "escalated"  # nobody has taken it all the while
    ids = [one.page_id for one in course.paged()]
    assert len(set(ids)) == len(ids)
    course(302, press("acknowledge"))
    course(9000, seen(2))
    assert len(course.pages()) == 5


def test_the_first_step_may_be_the_last_that_is_given_up() -> None:
    course = Course()
    course(180, seen(0))
    course(400, seen(1))
    before = len(course.pages())
    course(500, Unreached(1, 3))
    course(9000, seen(2))
    assert len(course.pages()) == before  # somebody of the first step may still be told
    course(9001, Unreached(1, 1, nobody=True))
    course(9062, seen(3))
    assert len(course.pages()) == before + 1


def test_who_left_the_file_is_replaced_by_those_who_are_in_it(lease: Lease) -> None:
    hear(lease)
    decide(lease, a_config((0, "floor"), (60, "supervisor")), 0.0)
    today = a_config((0, "ward"), (60, "matron"))
    fail(lease, "floor")
    decide(lease, today, 1.0)
    assert pages(lease) == [("floor", "failed"), ("matron", "planned")]
    fail(lease, "matron")
    decide(lease, today, 2.0)
    decide(lease, today, 63.0)
    assert pages(lease)[2:] == [("ward", "planned")]


def test_a_chain_that_became_shorter_is_not_due_for_ever(lease: Lease) -> None:
    hear(lease)
    decide(lease, a_config((0, "floor"), (60, "supervisor")), 0.0)
    today = a_config((0, "floor"))
    decide(lease, today, 61.0)
    assert decide(lease, today, 62.0) == 0


def test_out_of_order_for_good_is_tried_again_after_a_minute(lease: Lease) -> None:
    config = a_config((0, "floor"))
    hear(lease)
    decide(lease, config, 0.0)
    fail(lease, "floor")
    decide(lease, config, 10.0)
    assert decide(lease, config, 69.0) == 0
    decide(lease, config, 71.0)
    assert pages(lease) == [("floor", "failed"), ("floor", "planned")]


def test_who_was_told_once_is_not_told_for_ever(lease: Lease) -> None:
    config = a_config((0, "floor"), (60, "supervisor"))
    hear(lease)
    decide(lease, config, 0.0)
    with lease.writing() as db:
        page = going.claim(db, "floor", 0.0)
        assert page is not None
        going.sent(db, page)
    decide(lease, config, 60.0)
    fail(lease, "supervisor")
    decide(lease, config, 61.0)
    assert decide(lease, config, 90_000.0) == 0


def test_no_page_is_given_up_at_the_first_try_after_a_long_time_without_a_desk(
    lease: Lease,
) -> None:
    hear(lease)
    decide(lease, a_config((0, "floor")), -30_000.0)  # eight hours ago
    step = ListStep(manner="later")
    _send(lease, step, lambda: step.tries > 0)
    assert pages(lease) == [("floor", "planned")]
    with lease.writing() as db:
        db.execute("UPDATE page SET tries = 20, due_s = 0")
    _send(lease, step, lambda: pages(lease) == [("floor", "failed")])


def _send(lease: Lease, step: ListStep, done: Callable[[], bool]) -> None:
    stop = threading.Event()
    sender = Sender("floor", step, lease, decided=Bell(), give_up_s=6 * 3600, deeds=Deeds())
    thread = threading.Thread(target=sender.run, args=(stop,))
    thread.start()
    until(done, "tried")
    stop.set()
    thread.join(20)
