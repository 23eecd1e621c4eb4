"""Latest values: the last of each topic, sent again after each reconnect, taken back when empty."""

from __future__ import annotations

import pytest

from alerts.latest import LatestValues
from alerts.ports import Message


def value(topic: str, payload: bytes = b"x") -> Message:
    return Message(topic, payload, retain=True)


def sent(latest: LatestValues) -> list[str]:
    """Sends what is pending."""
    topics = []
    while (message := latest.next()) is not None:
        topics.append(message.topic)
        latest.said(message)
    return topics


def test_all_is_said_again_after_a_reconnect_but_what_was_taken_back() -> None:
    latest = LatestValues()
    for message in (value("a"), value("b"), value("b", b""), value("c")):
        latest.say(message)
    assert sent(latest) == ["a", "b", "c"]
    latest.all_again()
    assert sent(latest) == ["a", "c"]


def test_what_is_taken_back_while_nobody_is_connected_is_bounded() -> None:
    latest = LatestValues()
    latest.say(value("stays"))
    for number in range(3000):
        latest.say(value(str(number)))
        latest.say(value(str(number), b""))
    assert "stays" in sent(latest)


def test_topics_without_end_are_a_bug() -> None:
    latest = LatestValues()
    for number in range(2000):
        latest.say(value(str(number)))
    with pytest.raises(ValueError, match="more than 2000 topics"):
        latest.say(value("one more"))
