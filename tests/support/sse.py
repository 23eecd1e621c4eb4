"""A page's live stream, read in a thread of its own."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import Any

import httpx
from typing_extensions import Self

from tests.support.dashboard import Visitor
from tests.support.until import until


@dataclass(frozen=True)
class Told:
    """One message of a stream."""

    name: str
    id: str | None
    data: dict[str, Any]


class Listener:
    """Everything a stream says while inside; `last_id` is where to go on."""

    def __init__(self, visitor: Visitor, last_id: str | None = None) -> None:
        self.told: list[Told] = []
        self.ended = threading.Event()
        self._headers = {} if last_id is None else {"last-event-id": last_id}
        self._http = httpx.Client(
            base_url=visitor.url,
            verify=visitor.verify,
            cookies=visitor.http.cookies,
            timeout=httpx.Timeout(20),
            trust_env=False,
        )
        self._thread = threading.Thread(target=self._read, name="listener", daemon=True)
        self.status = 0

    def __enter__(self) -> Self:
        self._thread.start()
        until(lambda: self.told or self.ended.is_set(), "the stream begins")
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()
        self._thread.join(5)

    @property
    def last_id(self) -> str:
        """Of the last message that had one."""
        return next(one.id for one in reversed(self.told) if one.id is not None)

    def changes(self, kind: str) -> list[dict[str, Any]]:
        """Those of one kind, so far."""
        found = [one.data for one in list(self.told) if one.name == "change"]
        return [data for data in found if data["kind"] == kind]

    def names(self) -> list[str]:
        """What the messages are called."""
        return [one.name for one in list(self.told)]

    def wait(self, kind: str, number: int = 1) -> list[dict[str, Any]]:
        """Until there are so many changes of a kind."""
        until(lambda: len(self.changes(kind)) >= number, f"{number} × {kind}")
        return self.changes(kind)

    def _read(self) -> None:
        try:
            with self._http.stream("GET", "/api/stream", headers=self._headers) as answer:
                self.status = answer.status_code
                fields: dict[str, str] = {}
                for line in answer.iter_lines():
                    name, _, value = line.partition(": ")
                    if line:
                        fields[name] = value
                    elif "event" in fields:
                        data = json.loads(fields["data"])
                        self.told.append(Told(fields["event"], fields.get("id"), data))
                        fields = {}
        except (httpx.HTTPError, httpx.StreamError, RuntimeError, OSError, ValueError):
            pass  # closed, on this side or the other
        finally:
            self.ended.set()
