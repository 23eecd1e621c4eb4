from __future__ import annotations

import json
import logging
import time
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path

import pytest

from alerts import signing
from alerts.broker import TlsSettings
from alerts.desk.ports import StepFailed
from alerts.desk.steps.webhook import WebhookStep
from alerts.errors import UserError
from alerts.poster import WAIT_S_MAX, Endpoint
from tests.support.certificates import Authority
from tests.support.pages import a_page
from tests.support.receiver import Receiver

KEY = bytes(range(32))


def failed(receiver: Receiver, timeout_s: float = 10.0) -> StepFailed:
    with pytest.raises(StepFailed) as told:
        WebhookStep(Endpoint(receiver.url, KEY, timeout_s)).send(a_page())
    return told.value


def test_a_page_comes_signed_whole_and_with_its_id() -> None:
    page = a_page(camera="Süd", repeat=True)
    with Receiver() as receiver:
        WebhookStep(Endpoint(receiver.url, KEY)).send(page)
    (got,) = receiver.taken
    assert signing.verified([KEY], got.headers, got.body, time.time())[0] == page.page_id
    assert got.headers["idempotency-key"] == page.page_id
    assert got.headers["x-floorwatch-repeat"] == "true"
    assert got.headers["content-type"] == "application/json"
    whole = json.loads(got.body)
    assert (whole["type"], whole["timestamp"]) == ("page", "2026-11-20T17:45:12.345Z")
    assert whole["data"] == json.loads(page.to_json())


def test_without_a_secret_it_goes_unsigned() -> None:
    with Receiver() as receiver:
        WebhookStep(Endpoint(receiver.url)).send(a_page())
    assert signing.SIGNATURE not in receiver.taken[0].headers
    assert "x-floorwatch-repeat" not in receiver.taken[0].headers


@pytest.mark.parametrize(
    ("status", "retry", "perhaps_told"),
    [
        (301, False, False),
        (307, False, False),
        (400, False, False),
        (401, False, False),
        (404, False, False),
        (408, True, False),
        (410, False, False),
        (429, True, False),
        (500, True, True),
        (502, True, True),
        (503, True, False),
    ],
)
def test_what_the_number_of_an_answer_means(status: int, retry: bool, perhaps_told: bool) -> None:
    with Receiver(status=status) as receiver:
        receiver.headers["Location"] = receiver.url.replace("told", "elsewhere")
        told = failed(receiver)
    assert (told.retry, told.perhaps_told) == (retry, perhaps_told)
    assert [one.path.partition("?")[0] for one in receiver.seen] == ["/told"]  # nowhere else


@pytest.mark.parametrize("status", [200, 202, 204, 299])
def test_any_answer_of_two_hundred_is_yes(status: int) -> None:
    with Receiver(status=status) as receiver:
        WebhookStep(Endpoint(receiver.url)).send(a_page())
    assert len(receiver.taken) == 1


@pytest.mark.parametrize(
    ("asked", "wait_s"),
    [("7", 7.0), ("999999", WAIT_S_MAX), ("-3", 0.0), ("soon", 0.0), ("", 0.0), ("9" * 99, 0.0)],
)
def test_a_receiver_may_ask_for_time_but_not_for_ever(asked: str, wait_s: float) -> None:
    with Receiver(status=429, headers={"Retry-After": asked}) as receiver:
        assert failed(receiver).wait_s == wait_s


def test_it_may_name_a_moment_as_well() -> None:
    moment = datetime.now(timezone.utc) + timedelta(seconds=120)
    with Receiver(status=503) as receiver:
        receiver.headers["Retry-After"] = format_datetime(moment, usegmt=True)
        assert 60 < failed(receiver).wait_s <= 120


def test_only_the_beginning_of_an_answer_is_told_and_in_plain_signs() -> None:
    body = b"no \x1b[2J\r\nroom " + b"y" * 5000
    with Receiver(status=400, body=body) as receiver:
        words = str(failed(receiver))
    assert "no [2J room yyy" in words
    assert len(words) < 300


def test_a_gigabyte_is_not_read() -> None:
    with Receiver(manner="flood") as receiver:
        assert failed(receiver).retry
    assert receiver.flooded_bytes < 100_000_000


@pytest.mark.parametrize("manner", ["drip", "cut"])
def test_one_that_drips_or_hangs_up_may_have_taken_it(manner: str) -> None:
    with Receiver(manner=manner) as receiver:
        told = failed(receiver, timeout_s=1.0)
    assert told.retry
    assert told.perhaps_told
    assert len(receiver.seen) == 1


def test_one_that_is_not_there_did_not_take_it() -> None:
    with Receiver() as receiver:
        pass
    told = failed(receiver)
    assert told.retry
    assert not told.perhaps_told


def test_certificates_are_held_against_those_who_vouch(tmp_path: Path) -> None:
    authority = Authority.make(tmp_path)
    with Receiver(tls=authority.issue("receiver", "IP:127.0.0.1")) as receiver:
        told = failed(receiver)
        assert "CERTIFICATE_VERIFY_FAILED" in str(told)
        assert not told.perhaps_told
        known = TlsSettings(authority.certificate)
        WebhookStep(Endpoint(receiver.url, KEY, tls=known)).send(a_page())
    assert len(receiver.taken) == 1
    with Receiver(tls=authority.issue("other", "DNS:elsewhere")) as receiver:
        with pytest.raises(StepFailed, match="CERTIFICATE_VERIFY_FAILED"):
            WebhookStep(Endpoint(receiver.url, KEY, tls=known)).send(a_page())
        assert receiver.seen == receiver.taken == []


def test_the_address_and_the_key_are_told_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with Receiver(status=500) as receiver:
        endpoint = Endpoint(receiver.url, KEY)
        words = str(failed(receiver))
    for text in (words, caplog.text, repr(endpoint)):
        assert "hidden" not in text
        assert "told" not in text
        assert repr(KEY) not in text


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://a/b",
        "https://",
        "https://me:hunter2@a/b",
        "a b",
        "http://[::1",
        "//a/b",
        "https://hook..example/x",
        f"https://{'x' * 64}.example/",
    ],
)
def test_an_address_that_is_none_is_told_at_the_start(url: str) -> None:
    with pytest.raises(UserError, match="webhook's address") as told:
        WebhookStep(Endpoint(url))
    assert "hunter2" not in str(told.value)


def test_a_certificate_file_that_is_missing_is_told_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="ca_file"):
        WebhookStep(Endpoint("https://a/b", tls=TlsSettings(tmp_path / "none.pem")))
