"""The conformance suite of `alerts.desk.ports.Step`: over HTTP, SMTP, a program, the broker, and
into a list."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from alerts.desk.deeds import Bell, Deeds
from alerts.desk.desk_file import DeskFile
from alerts.desk.lease import Lease
from alerts.desk.ports import Step, StepFailed
from alerts.desk.steps.command import CommandStep, Program
from alerts.desk.steps.email import EmailStep
from alerts.desk.steps.publish import PublishStep
from alerts.desk.steps.webhook import WebhookStep
from alerts.desk.voice import Voice
from alerts.poster import Endpoint
from alerts.topics import Topics
from tests.support.list_sink import ListBroker
from tests.support.list_step import ListStep
from tests.support.pages import a_page
from tests.support.receiver import Receiver
from tests.support.smtp_sink import SmtpSink
from tests.support.until import until

LIMIT_S = 1.5  # of one try, so that the tests that hang are over soon
Told = tuple[str, bool]  # a page's id, and whether it is marked as a repeat


@dataclass(frozen=True)
class Bench:
    """One implementation: a step, who was told, and how to make the other side behave."""

    step: Step
    told: Callable[[], list[Told]]
    behave: Callable[[str], None]  # well, later, never, hang


@pytest.fixture
def by_webhook() -> Iterator[Bench]:
    with Receiver() as receiver:

        def told() -> list[Told]:
            pages = [json.loads(one.body)["data"] for one in receiver.taken]
            return [(page["page_id"], page["repeat"]) for page in pages]

        def behave(how: str) -> None:
            receiver.manner = "hang" if how == "hang" else "well"
            receiver.status = {"later": 503, "never": 400}.get(how, 200)

        yield Bench(WebhookStep(Endpoint(receiver.url, timeout_s=LIMIT_S)), told, behave)


@pytest.fixture
def by_email() -> Iterator[Bench]:
    with SmtpSink() as sink:

        def told() -> list[Told]:
            letters = [one.letter for one in sink.taken]
            ids = [str(one["Message-ID"]).strip("<>").partition("@")[0] for one in letters]
            return [(i, "X-Floorwatch-Repeat" in one) for i, one in zip(ids, letters, strict=True)]

        def behave(how: str) -> None:
            sink.manner = "hang" if how == "hang" else "well"
            sink.answer = {"later": "451 later", "never": "554 never"}.get(how, "250 kept")

        server = sink.server(timeout_s=LIMIT_S)
        yield Bench(EmailStep(server, "desk@here.example", ["floor@here.example"]), told, behave)


@pytest.fixture
def by_command(tmp_path: Path) -> Bench:
    how, log, script = tmp_path / "how", tmp_path / "log", tmp_path / "tell"
    how.write_text("well")
    log.touch()
    script.write_text(
        f"#!/bin/sh\ncase $(cat {how}) in\nlater) exit 75;;\nnever) exit 1;;\n"
        f"hang) sleep 60;;\n*) cat >> {log};;\nesac\n"
    )
    script.chmod(0o700)

    def told() -> list[Told]:
        pages = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
        return [(page["page_id"], page["repeat"]) for page in pages]

    def behave(manner: str) -> None:
        how.write_text(manner)

    return Bench(CommandStep(Program((str(script),), LIMIT_S)), told, behave)


@pytest.fixture
def by_publish(tmp_path: Path) -> Iterator[Bench]:
    broker = ListBroker()
    stop = threading.Event()
    with DeskFile(tmp_path / "desk.sqlite3") as file:
        lease = Lease(file, "one")
        lease.keep()
        voice = Voice(Topics("floorwatch", "site"), broker.sink, lease, Bell(), Deeds())
        thread = threading.Thread(target=voice.run, args=(stop,))
        thread.start()

        def told() -> list[Told]:
            pages = [json.loads(payload) for payload in broker.payloads("/pages/")]
            return [(page["page_id"], page["repeat"]) for page in pages]

        def behave(how: str) -> None:
            if how == "well":  # what hung is lost with its line; there is another
                broker.away.set()
                broker.hung.clear()
                until(lambda: not voice.connected, "the line is lost")
                broker.away.clear()
            until(lambda: voice.connected, "connected")
            if how == "later":
                broker.away.set()
                until(lambda: not voice.connected, "the line is lost")
            elif how == "never":
                broker.forbidden = {"floorwatch/site/pages/floor"}
            elif how == "hang":
                broker.hung.set()

        yield Bench(PublishStep("floorwatch", lambda _site: voice, LIMIT_S), told, behave)
        broker.away.clear()
        broker.hung.clear()
        stop.set()
        thread.join(20)
        lease.release()


@pytest.fixture
def into_a_list() -> Bench:
    step = ListStep(LIMIT_S)

    def behave(how: str) -> None:
        step.manner = how  # type: ignore[assignment]  # one of the four

    return Bench(step, lambda: [(page.page_id, page.repeat) for page in step.taken], behave)


@pytest.fixture(params=["by_webhook", "by_email", "by_command", "by_publish", "into_a_list"])
def bench(request: pytest.FixtureRequest) -> Bench:
    found: Bench = request.getfixturevalue(request.param)
    return found


def test_what_is_sent_is_told_with_its_id_and_whether_it_is_a_repeat(bench: Bench) -> None:
    for page in (a_page(1), a_page(2, repeat=True), a_page(3)):
        bench.step.send(page)
    ids = [a_page(step).page_id for step in (1, 2, 3)]
    assert bench.told() == [(ids[0], False), (ids[1], True), (ids[2], False)]


def test_not_now_is_worth_another_try_which_gets_through(bench: Bench) -> None:
    bench.behave("later")
    with pytest.raises(StepFailed) as failed:
        bench.step.send(a_page())
    assert failed.value.retry
    assert not failed.value.perhaps_told
    assert bench.told() == []
    bench.behave("well")
    bench.step.send(a_page())
    assert bench.told() == [(a_page().page_id, False)]


def test_no_for_good_is_not(bench: Bench) -> None:
    bench.behave("never")
    with pytest.raises(StepFailed) as failed:
        bench.step.send(a_page())
    assert not failed.value.retry
    assert bench.told() == []


def test_one_that_hangs_is_left_after_its_time_and_nobody_knows_what_it_took(bench: Bench) -> None:
    bench.behave("hang")
    with pytest.raises(StepFailed, match=rf"{LIMIT_S:g} s") as failed:
        bench.step.send(a_page())
    assert failed.value.retry
    assert failed.value.perhaps_told
    bench.behave("well")
    bench.step.send(a_page(repeat=True))
    assert bench.told() == [(a_page().page_id, True)]


@pytest.mark.parametrize("how", ["later", "never", "hang"])
def test_why_it_failed_is_one_line_without_secrets(bench: Bench, how: str) -> None:
    bench.behave(how)
    with pytest.raises(StepFailed) as failed:
        bench.step.send(a_page())
    assert str(failed.value).isprintable()
    assert "hidden" not in str(failed.value)


def test_names_of_any_kind_go_through(bench: Bench) -> None:
    odd = a_page(page_id="camera-Halle 3.OG é-s1", camera="Halle 3.OG é", site="Süd\xa0x")
    bench.step.send(odd)
    bench.step.send(odd)
    (one, _), (other, _) = bench.told()
    assert one == other


def test_it_may_be_used_from_several_threads(bench: Bench) -> None:
    pages = [a_page(step) for step in range(1, 9)]
    threads = [threading.Thread(target=bench.step.send, args=(page,)) for page in pages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(bench.told()) == sorted((page.page_id, False) for page in pages)
