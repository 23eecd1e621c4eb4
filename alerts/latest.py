"""Messages of which only the last counts: availability, status, health, a camera's snapshot."""

from __future__ import annotations

import threading

from alerts.ports import Message

_TOPICS_MAX = 2000  # 256 cameras with all that is said of each


class LatestValues:
    """The last message of each topic, and which of them are still to be sent. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: dict[str, Message] = {}
        self._pending: dict[str, None] = {}  # a set that keeps its order

    def say(self, message: Message) -> None:
        """Replaces what was said on this topic; it is pending now.

        Past two thousand topics those that are to be taken back, but could not yet be, are
        forgotten. Raises `ValueError` where there are none: latest values are not for what never
        ends.
        """
        with self._lock:
            if message.topic not in self._last and len(self._last) >= _TOPICS_MAX:
                self._make_room()
            self._last[message.topic] = message
            self._pending[message.topic] = None

    def all_again(self) -> None:
        """A new connection: everything is pending."""
        with self._lock:
            self._pending = dict.fromkeys(self._last)

    def next(self) -> Message | None:
        """One that is pending, or None."""
        with self._lock:
            topic = next(iter(self._pending), None)
            return None if topic is None else self._last[topic]

    def later(self, message: Message) -> None:
        """This one was not taken: others first."""
        with self._lock:
            if message.topic in self._pending:
                del self._pending[message.topic]
                self._pending[message.topic] = None

    def said(self, message: Message) -> None:
        """This one was sent. If it was replaced meanwhile, the topic stays pending."""
        with self._lock:
            if self._last.get(message.topic) is message:
                self._pending.pop(message.topic, None)
                if not message.payload:  # taken back: there is nothing to say again
                    del self._last[message.topic]

    def _make_room(self) -> None:
        gone = next((topic for topic, last in self._last.items() if not last.payload), None)
        if gone is None:
            raise ValueError(f"more than {_TOPICS_MAX} topics of latest values")
        del self._last[gone]
        self._pending.pop(gone, None)
