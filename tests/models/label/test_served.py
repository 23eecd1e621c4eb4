"""What the page's server lets in, and what it makes of what it is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.label import screen
from models.label.book import Book
from models.label.words import Marks
from tests.models.evaluation.films import film
from tests.support.clips import write_clip
from tests.support.dashboard import Visitor
from tests.support.labelling import MARKS, Labelled, drawn, seen_and_blind, suggest
from tests.support.until import until

KIM = {"who": "kim"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Labelled]:
    folder = tmp_path_factory.mktemp("label")
    drawn(folder / "footage", 24)
    film(folder / "footage" / "clip.mp4", (), 2.0)
    with Book.open(folder / "labels") as book:
        screen.add(book, [folder / "footage"], lambda _: None)
        suggest(book, {item.number: "spill" for item in book.items()})
        with Labelled(book) as running:
            yield running


@pytest.fixture
def visitor(served: Labelled) -> Iterator[Visitor]:
    with Visitor(served.url) as one:
        one.me()
        yield one


def answer(item: int, said: str = "spill", **more: Any) -> dict[str, Any]:
    return {"who": "kim", "answers": [{"item": item, "answer": said, "shown": True, **more}]}


def test_what_is_hidden_is_not_sent_and_still_noted(served: Labelled, visitor: Visitor) -> None:
    seen, blind = seen_and_blind([i for i in served.book.items() if i.kind == "picture"], "kim")
    assert blind, "draw more pictures"
    told = visitor.json(f"/api/items/{blind[0].number}?who=kim")
    assert (told["blind"], told["suggestion"], told["pending"]) == (True, None, False)
    told = visitor.json(f"/api/items/{seen[0].number}?who=kim")
    assert told["suggestion"]["answer"] == "spill"
    for item, shown in ((blind[0], False), (seen[0], True), (seen[1], False)):
        assert visitor.post("/api/answers", answer(item.number, shown=shown)).status_code == 200
    noted = {one.item: one for one in served.book.standing("kim")}
    assert (noted[blind[0].number].blind, noted[blind[0].number].suggested) == (True, "spill")
    assert (noted[seen[0].number].blind, noted[seen[0].number].suggested) == (False, "spill")
    assert noted[seen[1].number].suggested is None  # it came too late to be seen


def test_marks_arrive_as_they_were_sent(served: Labelled, visitor: Visitor) -> None:
    item = served.book.items()[-1].number
    given: dict[str, Any] = {
        "boxes": [[0.4, 0.2, 0.2, 0.6, "upright"]],
        "areas": [["spill", [[0.1, 0.7], [0.3, 0.7], [0.2, 0.9]]]],
    }
    body = answer(item, onset_s=1.0, end_s=1.5, took_s=2.5, presses=3, **given)
    assert visitor.post("/api/answers", body).status_code == 200
    said = served.book.said(item, "kim")
    assert said is not None
    assert (said.marks, said.onset_s, said.took_s, said.presses) == (MARKS, 1.0, 2.5, 3)
    visitor.post("/api/answers", answer(item, boxes=[], areas=None))
    said = served.book.said(item, "kim")
    assert said is not None
    assert said.marks == Marks((), None)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"answer": "fire"}, 422),
        ({"item": 4711}, 404),
        ({"boxes": [[0.4, 0.2, 0.2, 1.6, "upright"]]}, 422),
        ({"boxes": [[0.4, 0.2, 0.2, 0.6, "flying"]]}, 422),
        ({"areas": [["spill", [[0, 0], [1, 1]]]]}, 422),
        ({"onset_s": 2.0, "end_s": 1.0}, 422),
        ({"took_s": -1.0}, 422),
        ({"surprise": 1}, 422),
    ],
)
def test_what_is_wrong_is_refused_whole(
    served: Labelled, visitor: Visitor, change: dict[str, Any], status: int
) -> None:
    before = served.book.given()
    body = answer(1)
    body["answers"].append(body["answers"][0] | change)
    refused = visitor.post("/api/answers", body)
    assert refused.status_code == status
    assert refused.json()["error"]
    assert served.book.given() == before


def test_undo_takes_back_one_press_and_redo_puts_it_back(
    served: Labelled, visitor: Visitor
) -> None:
    items = [item.number for item in served.book.items()[2:5]]
    page = {
        "who": "lee",
        "mode": "grid",
        "answers": [{"item": i, "answer": "spill"} for i in items],
    }
    visitor.post("/api/answers", page)
    visitor.post("/api/answers", {"who": "lee", "answers": [{"item": 1, "answer": "nothing"}]})
    assert visitor.post("/api/undo", {"who": "lee"}).json()["items"] == [1]
    undone = visitor.post("/api/undo", {"who": "lee"}).json()
    assert sorted(undone["items"]) == items
    assert served.book.standing("lee") == []
    again = {"who": "lee", "numbers": undone["numbers"]}
    assert visitor.post("/api/redo", again | KIM).status_code == 409  # not kim's to put back
    assert visitor.post("/api/redo", again).status_code == 200
    assert sorted(one.item for one in served.book.standing("lee")) == items
    assert {one.redoes for one in served.book.standing("lee")} == set(undone["numbers"])
    assert visitor.post("/api/undo", {"who": "nobody yet"}).json() == {"numbers": [], "items": []}


def test_strangers_are_kept_out(served: Labelled, visitor: Visitor) -> None:
    assert visitor.get("/", headers={"host": "label.example"}).status_code == 400
    foreign = visitor.post("/api/undo", KIM, headers={"origin": "https://elsewhere.example"})
    assert foreign.status_code == 403
    assert visitor.post("/api/undo", KIM, headers={"x-csrf-token": "guessed"}).status_code == 403
    policy = visitor.get("/").headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert visitor.get("/media/4711").status_code == 404
    assert visitor.get("/label/%2e%2e/book.py").status_code == 404
    assert visitor.get("/api/next").status_code == 400


def test_it_is_for_this_machine_alone(served: Labelled) -> None:
    asked = screen.Asked(served.book.path.parent, host="0.0.0.0")
    with pytest.raises(screen.NotHere, match="no login"):
        screen.serve(asked, served.book, print)


def test_pictures_and_clips_are_given(served: Labelled, visitor: Visitor, tmp_path: Path) -> None:
    items = served.book.items()
    picture = next(item for item in items if item.kind == "picture")
    clip = next(item for item in items if item.kind == "clip")
    assert visitor.get(f"/media/{picture.number}").content == picture.path.read_bytes()
    small = visitor.get(f"/media/{picture.number}?w=100")
    assert small.headers["content-type"] == "image/jpeg"
    assert visitor.get(f"/media/{clip.number}?w=100").content.startswith(b"\xff\xd8")
    part = visitor.get(f"/clip/{clip.number}", headers={"range": "bytes=0-9"})
    assert (part.status_code, part.content) == (206, clip.path.read_bytes()[:10])


def test_clips_that_browsers_do_not_play_are_made_ready(tmp_path: Path) -> None:
    pictures = [np.full((90, 160, 3), 10 * number, np.uint8) for number in range(10)]
    write_clip(tmp_path / "old.avi", pictures, codec="mpeg4")
    with Book.open(tmp_path / "labels") as book:
        screen.add(book, [tmp_path], lambda _: None)
        with Labelled(book, more={"model": None}) as served, Visitor(served.url) as visitor:
            assert visitor.get("/clip/1").status_code == 503
            until(lambda: visitor.get("/clip/1").status_code != 503, "the clip is made", 60)
            given = visitor.get("/clip/1")
            assert (given.status_code, given.content[4:8]) == (200, b"ftyp")
            told = visitor.json("/api/items/1?who=kim")
            assert (told["pending"], told["suggestion"]) == (False, None)
