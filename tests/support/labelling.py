"""A labelling page served for a test, on pictures that are drawn here, with suggestions that the
test chooses."""

from __future__ import annotations

import queue
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import cv2
import numpy as np
from typing_extensions import Self

from alerts.carrying import CarryingThread
from edge import zoo
from edge.core.types import Box
from models.label import screen
from models.label.book import Book
from models.label.turns import is_blind
from models.label.words import Answer, Item, Marked, Marks, Outlined, Suggestion

MODEL = zoo.find("first", None)
MARKS = Marks(
    (Marked(Box(0.4, 0.2, 0.2, 0.6), "upright"),),
    (Outlined("spill", ((0.1, 0.7), (0.3, 0.7), (0.2, 0.9))),),
)


def drawn(folder: Path, count: int, camera: str = "hall") -> list[Path]:
    """So many pictures of a grey room, no two the same."""
    place = folder / camera
    place.mkdir(parents=True, exist_ok=True)
    paths = []
    for number in range(count):
        picture = np.full((180, 320, 3), 120, np.uint8)
        cv2.putText(picture, f"{camera} {number}", (20, 90), 0, 1, (20, 40, 200), 2)
        paths.append(place / f"{number:03}.png")
        cv2.imwrite(str(paths[-1]), picture)
    return paths


def suggest(book: Book, answers: Mapping[int, Answer], marks: Marks = MARKS) -> None:
    """As if the shipped model had looked at these items."""
    book.suggest(
        Suggestion(number, answer, 0.9, model_sha256=MODEL.card.sha256, marks=marks)
        for number, answer in answers.items()
    )


def seen_and_blind(items: Sequence[Item], who: str) -> tuple[list[Item], list[Item]]:
    """Those whose suggestion this labeller sees, and those where it is hidden."""
    blind = [item for item in items if is_blind(item, who)]
    return [item for item in items if item not in blind], blind


@dataclass
class Labelled:
    """A page on a book, whose items come as they were added. Entering serves it, leaving ends it
    and raises what went wrong in it."""

    book: Book
    who: str | None = None
    more: dict[str, Any] = field(default_factory=dict)
    url: str = ""

    def __enter__(self) -> Self:
        fields = {"who": self.who, "model": MODEL.path.parent, "choose": False, **self.more}
        asked = screen.Asked(self.book.path.parent, **fields)
        addresses: queue.Queue[str] = queue.Queue()
        self._stop = threading.Event()
        self._thread = CarryingThread(
            lambda: screen.serve(asked, self.book, addresses.put, self._stop), "label"
        )
        self._thread.start()
        while not self.url:
            try:
                self.url = addresses.get(timeout=0.1).rstrip("/")
            except queue.Empty:
                self._thread.raise_error()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join(20)
        assert not self._thread.is_alive(), "the page does not end"
        self._thread.raise_error()
