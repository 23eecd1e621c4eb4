"""What the page sends: bodies, held against what is allowed, and as the book knows them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from starlette.requests import Request

from alerts.web import asked
from alerts.web.refusal import Refused
from edge.core.types import Box
from models.label.words import BOX_STATES, Answer, AreaKind, Given, Marked, Marks, Outlined

WHO_MAX = 64
_TILES_MAX = 60
_DAY_S = 86_400.0


def _plain(name: str) -> str:
    if not name.isprintable() or name != name.strip():
        raise ValueError("write a name: no control characters, no blanks around it")
    return name


def _known(state: str) -> str:
    if state not in BOX_STATES:
        raise ValueError(f"one of {', '.join(BOX_STATES)}")
    return state


Who = Annotated[str, Field(min_length=1, max_length=WHO_MAX), AfterValidator(_plain)]
_Fraction = Annotated[float, Field(ge=0, le=1)]
_Seconds = Annotated[float, Field(ge=0, le=_DAY_S)]
_State = Annotated[str, AfterValidator(_known)]
_Box = tuple[_Fraction, _Fraction, _Fraction, _Fraction, _State]
_Corners = Annotated[tuple[tuple[_Fraction, _Fraction], ...], Field(min_length=3, max_length=64)]


class _Said(asked.Given):
    """One answer. `shown` says whether the suggestion was on the screen."""

    item: int
    answer: Answer
    onset_s: _Seconds | None = None
    end_s: _Seconds | None = None
    boxes: Annotated[tuple[_Box, ...], Field(max_length=100)] | None = None
    areas: Annotated[tuple[tuple[AreaKind, _Corners], ...], Field(max_length=50)] | None = None
    took_s: _Seconds = 0.0
    presses: int = Field(default=0, ge=0, le=100_000)
    shown: bool = False

    def marks(self) -> Marks:
        """As the book has them."""
        return Marks(
            None if self.boxes is None else tuple(Marked(Box(*b[:4]), b[4]) for b in self.boxes),
            None if self.areas is None else tuple(Outlined(kind, at) for kind, at in self.areas),
        )


class Answers(asked.Given):
    """One press: an answer, or a page of them."""

    who: Who
    mode: Literal["single", "grid"] = "single"
    answers: tuple[_Said, ...] = Field(min_length=1, max_length=_TILES_MAX)


class Undo(asked.Given):
    """Take one's last press back."""

    who: Who


class Redo(asked.Given):
    """Put back what was undone."""

    who: Who
    numbers: tuple[Annotated[int, Field(ge=1, le=2**53)], ...] = Field(
        min_length=1, max_length=_TILES_MAX
    )


def given(said: _Said, who: str, mode: str) -> Given:
    """As the book has it, without what only the server knows. Raises Refused."""
    if said.onset_s is not None and said.end_s is not None and said.end_s < said.onset_s:
        raise Refused(422, "wrong", "it ends before it begins: set the beginning or the end anew")
    return Given(
        said.item, who, said.answer, said.onset_s, said.end_s, said.marks(), said.took_s,
        said.presses, mode=mode,
    )  # fmt: skip


def who_asked(request: Request) -> str:
    """Whose turn a query is about. Raises Refused."""
    who = asked.text_asked(request, "who")
    if who is None or len(who) > WHO_MAX or who != who.strip():
        raise Refused(400, "who", "say who labels: ?who=NAME")
    return who


def numbers_asked(request: Request, name: str) -> tuple[int, ...]:
    """Numbers of items in a query, with commas between. Raises Refused."""
    text = request.query_params.get(name, "")
    parts = [part for part in text.split(",") if part]
    if len(parts) > 1000 or not all(part.isascii() and part.isdigit() for part in parts):
        raise Refused(400, "wrong", f"{name}: numbers of items, with commas between")
    return tuple(int(part[:12]) for part in parts)
