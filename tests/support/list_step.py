"""A step that keeps what it is told in a list, held to the same suite as those that tell people."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Literal

from alerts.desk.ports import StepFailed
from alerts.paging import Page

Manner = Literal["well", "later", "never", "hang"]


@dataclass
class ListStep:
    """Takes pages into `taken`, in the `manner` that is set; each try may take `limit_s`."""

    limit_s: float = 1.0
    manner: Manner = "well"
    taken: list[Page] = field(default_factory=list)
    tries: int = 0
    _never: threading.Event = field(default_factory=threading.Event)

    def send(self, page: Page) -> None:
        self.tries += 1
        if self.manner == "hang":
            self._never.wait(self.limit_s)
            raise StepFailed(f"not within {self.limit_s:g} s", retry=True, perhaps_told=True)
        if self.manner != "well":
            raise StepFailed(f"the list says {self.manner}", retry=self.manner == "later")
        self.taken.append(page)
