"""The seam of `alerts`: where messages go. Conformance suite in `tests/seams`."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Protocol

from typing_extensions import Self

BYTES_PER_S_MIN = 20_000  # the slowest line on which a message may still be under way


@dataclass(frozen=True)
class Message:
    """What is published: full topic, payload, and whether the broker keeps the last one."""

    topic: str
    payload: bytes
    retain: bool = False
    qos: Literal[0, 1] = 1


@dataclass(frozen=True)
class Receipt:
    """The sink has it. `matched` is False when the broker says that nobody subscribes."""

    matched: bool = True


class Sink(Protocol):
    """Entering connects once or raises `SinkLost`. `send` returns only when the other side has
    taken the message (PUBACK with a reason below 0x80); it raises `SinkRefused` when it is
    refused for good, `SinkBusy` when it is refused for now (after both the sink goes on), and
    `SinkLost` when it cannot be known to have arrived. `check` raises `SinkLost` when the other
    side is known to be gone, so that an idle sender notices. A sink that was lost stays lost; it
    is used once. `cut` loses it at once, from any thread and at any time, also before it was
    entered: it waits for nothing, never raises, and whoever waits inside gets `SinkLost` if the
    sink can reach them; afterwards nothing more goes out through it."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None: ...

    def send(self, message: Message) -> Receipt: ...
    def check(self) -> None: ...
    def cut(self) -> None: ...
