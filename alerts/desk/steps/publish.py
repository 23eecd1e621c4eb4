"""Telling a recipient over the broker: the page as published on `pages/<recipient>`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from alerts.desk.ports import StepFailed
from alerts.errors import SinkLost, SinkRefused
from alerts.paging import Page
from alerts.ports import Message, Receipt
from alerts.topics import Topics


class Speaker(Protocol):
    """Says one message to the broker within `timeout_s`: `alerts.desk.voice.Voice`. Raises
    `SinkRefused` or `SinkLost`; what is lost has `perhaps` where it may have arrived."""

    def say(self, message: Message, timeout_s: float) -> Receipt:
        """Says it."""
        ...


class PublishStep:
    """Publishes pages. A page that nobody is subscribed to is tried again: it told no one."""

    def __init__(
        self, prefix: str, speaker_of: Callable[[str], Speaker], timeout_s: float = 10.0
    ) -> None:
        self._prefix = prefix
        self._speaker_of = speaker_of
        self._timeout_s = timeout_s

    def send(self, page: Page) -> None:
        """Returns when the broker has it for somebody."""
        topic = Topics(self._prefix, page.site).page(page.recipient)
        message = Message(topic, page.to_json().encode())
        try:
            receipt = self._speaker_of(page.site).say(message, self._timeout_s)
        except SinkRefused as refused:
            raise StepFailed(str(refused), retry=False) from refused
        except SinkLost as lost:
            perhaps = bool(getattr(lost, "perhaps", True))
            raise StepFailed(str(lost), retry=True, perhaps_told=perhaps) from lost
        if not receipt.matched:
            raise StepFailed(f"nobody subscribes to {topic}", retry=True)
