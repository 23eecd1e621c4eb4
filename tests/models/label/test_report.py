"""What a book says of itself: counts, agreement, anchoring, rates by chance, likely errors."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from alerts.main import main
from edge.zoo import find
from models.label import choosing, report, report_words
from models.label.book import SETTLED, Book
from models.label.words import Answer, Given, Item, Suggestion
from models.lineage import SHIPPED_MODEL

SHA = find(SHIPPED_MODEL, None).card.sha256
COUNT = 300


def filled(project: Path, count: int = COUNT, wrong: int = 8) -> set[int]:
    """Two labellers over pictures that the model is mostly right on; the items of which both say
    what is wrong."""
    rng = random.Random(4)
    with Book.open(project) as book:
        items = [
            Item("picture", Path(f"/footage/{n}.jpg"), f"{n:064}", site="shop",
                 camera=f"camera {n % 12}")
            for n in range(count)
        ]  # fmt: skip
        numbers = book.add(items)
        truth = {n: rng.choices(["nothing", "collapse", "spill"], (8, 1, 1))[0] for n in numbers}
        book.suggest(_suggested(n, truth[n], rng) for n in numbers)
        bad, given = set(rng.sample(numbers, wrong)), []
        for n in numbers:
            answer = "nothing" if truth[n] != "nothing" else "spill"
            said: Answer = answer if n in bad else truth[n]  # type: ignore[assignment]
            blind = rng.random() < 0.1
            seen = {"suggested": said, "blind": blind, "model_sha256": SHA}
            given.append(Given(n, "kim", said, took_s=2.0, presses=1, **seen))  # type: ignore[arg-type]
            given.append(Given(n, "lee", said, took_s=4.0, presses=3))
        book.give([*given, Given(numbers[0], "lee", "unsure"), Given(numbers[1], "max", "unsure")])
        return bad


def _suggested(number: int, truth: str, rng: random.Random) -> Suggestion:
    scores = {name: rng.betavariate(8, 3) if name == truth else rng.betavariate(1, 12)
              for name in ("collapse", "spill")}  # fmt: skip
    return Suggestion(number, "nothing", 0.5, scores["collapse"], scores["spill"], "model", SHA)


def test_the_report_says_what_is_in_the_book(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    filled(tmp_path)
    assert main(["label", "--project", str(tmp_path), "--report"]) == 0
    told = capsys.readouterr().out
    assert "300 items" in told
    assert "kim: 300 answers, 2.0 s each" in told
    assert "kim and lee: 100% alike of 300" in told
    assert "where hidden" in told
    assert "of all footage, by 300 drawn by chance: collapse" in told
    assert "likely errors among 300 answers" in told
    assert main(["label", "--project", str(tmp_path), "--report", "--json"]) == 0
    numbers = json.loads(capsys.readouterr().out)
    assert numbers["items"] == COUNT
    assert numbers["pairs"][0]["kappa"]["value"] == pytest.approx(0.99, abs=0.01)
    assert numbers["doubted_of"] == COUNT


def test_answers_that_are_wrong_are_most_of_those_doubted(tmp_path: Path) -> None:
    bad = filled(tmp_path)
    with Book.open(tmp_path) as book:
        found = report.report(book, SHA)
    assert found.doubts is not None
    doubted = {one.item for one in found.doubts}
    assert len(doubted & bad) >= 6
    assert len(doubted) <= 2 * len(bad)


def test_what_the_model_was_trained_on_is_not_doubted(tmp_path: Path) -> None:
    bad = filled(tmp_path)
    seen = {f"{n:064}"[:16] for n in range(COUNT)}
    with Book.open(tmp_path) as book:
        found = report.report(book, SHA, seen)
    assert bad
    assert found.doubts is None
    assert "learnt all of it" in "\n".join(report_words.lines(found))


def test_rates_are_by_those_drawn_alone(tmp_path: Path) -> None:
    """Of 100 items the ten lowest numbers are answered but one, and all high scores besides."""
    with Book.open(tmp_path) as book:
        items = [Item("picture", Path(f"/{n}.jpg"), f"{n:064}") for n in range(100)]
        numbers = dict(zip(book.add(items), items, strict=True))
        order = sorted(numbers, key=lambda n: choosing.drawn(numbers[n].digest, None))
        book.give(Given(n, "kim", "nothing") for n in [*order[:9], *order[10:12]])
        book.give(Given(n, "kim", "spill") for n in order[50:])
        rates = {one.answer: one for one in report.report(book, SHA).rates}
    assert rates["nothing"].of == 9
    assert (rates["nothing"].share, rates["spill"].share) == (1.0, 0.0)
    assert rates["spill"].upper == pytest.approx(0.336, abs=0.001)  # 1 − .025^(1/9)


def test_what_is_to_be_settled_comes_first_for_who_settles(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    filled(tmp_path, count=20, wrong=2)
    with Book.open(tmp_path) as book:
        book.give([Given(7, "max", "collapse"), Given(12, "max", "collapse")])
    said = ["label", "--project", str(tmp_path)]
    assert main([*said, "--report"]) == 0
    assert "to settle, by `floorwatch label --who settled`" in capsys.readouterr().out
    assert main([*said, "--next", "10", "--who", SETTLED]) == 0
    with Book.open(tmp_path) as book:
        assert {turn.why for turn in book.turns()} == {"disagreed"}
        book.give([Given(turn.item, SETTLED, "nothing") for turn in book.turns()])
        assert not report.report(book, SHA).disagreements
