"""What the page is told: an item with what is suggested, as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from models.label.ahead import Ahead
from models.label.book import Book
from models.label.turns import Turns
from models.label.words import Given, Item, Marks, Suggestion


@dataclass(frozen=True)
class Teller:
    """Tells a labeller of items. What is hidden from them is not sent at all."""

    book: Book
    turns: Turns
    ahead: Ahead
    model_sha256: str

    def item(self, item: Item, who: str) -> dict[str, Any]:
        """One item, with what this labeller has said of it."""
        blind = self.turns.is_blind(item, who)
        made = self.book.suggestion(item.number, self.model_sha256)
        said = self.book.said(item.number, who)
        return {
            "number": item.number,
            "kind": item.kind,
            "name": item.path.name,
            "place": " · ".join(part for part in (item.site, item.camera) if part),
            "at_s": item.at_s,
            "occurred_at": item.occurred_at,
            "length_s": item.length_s,
            "size": [item.width_px, item.height_px],
            "version": item.digest[:12],
            "blind": blind,
            # What a device alerted it as is a suggestion, too.
            "alerted": None if blind else item.said,
            "pending": made is None and not blind and bool(self.model_sha256),
            "fault": self.ahead.fault(item.number),
            "suggestion": None if made is None or blind else suggestion(made),
            "said": None if said is None else answer(said),
        }

    def work(self, who: str) -> dict[str, Any]:
        """How far the labeller is, and the model."""
        standing = self.book.standing(who)
        counts = {"collapse": 0, "spill": 0, "nothing": 0, "unsure": 0}
        for one in standing:
            counts[one.answer] += 1
        ahead = self.ahead.progress()
        return {
            "items": ahead.of,
            "answered": len(standing),
            "counts": counts,
            "sortable": self.turns.sortable(who),
            "model": None
            if not self.model_sha256
            else {"done": ahead.done, "of": ahead.of, "faults": ahead.faults,
                  "clip": ahead.clip, "seconds": round(ahead.seconds, 1)},
        }  # fmt: skip


def suggestion(made: Suggestion) -> dict[str, Any]:
    """As the page draws it."""
    return {
        "answer": made.answer,
        "score": round(made.score, 4),
        "collapse": round(made.collapse, 4),
        "spill": round(made.spill, 4),
        "onset_s": made.onset_s,
        "end_s": made.end_s,
        **marks(made.marks),
        "curve": {
            "at_s": made.curve.at_s, "collapse": made.curve.collapse, "spill": made.curve.spill,
        },
    }  # fmt: skip


def answer(said: Given) -> dict[str, Any]:
    """What somebody said."""
    return {
        "number": said.number, "answer": said.answer, "onset_s": said.onset_s,
        "end_s": said.end_s, **marks(said.marks),
    }  # fmt: skip


def marks(of: Marks) -> dict[str, Any]:
    """Boxes [x, y, w, h, state] and areas [kind, corners]; null where nobody looked."""
    return {
        "boxes": None if of.boxes is None else [[*one.box, one.state] for one in of.boxes],
        "areas": None if of.areas is None else [[one.kind, one.corners] for one in of.areas],
    }
