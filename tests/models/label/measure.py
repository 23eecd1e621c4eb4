"""What labelling costs with suggestions and without: `python -m tests.models.label.measure
[--set hard|site] [--pictures 200] [--json]`.

A scripted person labels rendered pictures, whose truth they know, in a real Chromium on the real
page, and never errs: *by hand* one picture at a time with nothing suggested, and *helped* by what
the shipped model really suggests, wrong as it often is: pages first, what is wrong on them put
right by its digit, what is hidden one by one. Both ways the book is compared with
the truth at the end, and the presses that the page noted with those that were made.

Presses are counted. Seconds cannot be: a script needs none to look. They are reckoned by the
keystroke-level model (Card, Moran and Newell, The keystroke-level model for user performance time
with interactive systems, CACM 23(7), 1980), with its values, and what the program took to answer:
    K 0.28 s   a key or click, of somebody who types 40 words a minute
    M 1.35 s   making up one's mind: before each answer by hand, before each page, and before each
               answer on it that is other than suggested
    E 0.40 s   looking at a picture, alone or on a page: a fixation, a perception and a cognitive
               cycle of the model human processor (230 + 100 + 70 ms; Card, Moran and Newell, The
               Psychology of Human-Computer Interaction, 1983); the slowest of its people take
               1.07 s (700 + 200 + 170 ms)
E is the guess that the result hangs on, so it is also said how large it may be for the time to be
half, and what comes of it if looking at a picture that comes alone is held to be part of M. What a
script cannot show: how often people overlook what is wrong on a page of nine. The hidden tenth,
which is answered one by one, tells that of real labellers (`label --report`).
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from models import eye
from models.label import screen
from models.label.book import Book
from models.label.suggesting import Suggester
from models.label.words import Answer
from tests.models.label import pictures
from tests.support.chromium import chromium
from tests.support.labelling import MODEL, Labelled
from tests.support.screens import visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

K_S, M_S, E_S, E_SLOW_S = 0.28, 1.35, 0.40, 1.07
KEYS: Mapping[Answer, str] = {"collapse": "c", "spill": "s", "nothing": "n", "unsure": "u"}
WHO = "script"
_PATIENCE_MS = 180_000  # other work may run beside


@dataclass
class Work:
    """What was done: `singles` pictures answered one by one, `pages` of `tiles` in all accepted,
    `others` answered on them otherwise than suggested; `waits_s` is how long the page took after
    each press that brought up something new."""

    presses: int = 0
    singles: int = 0
    pages: int = 0
    tiles: int = 0
    others: int = 0
    waits_s: list[float] = field(default_factory=list)
    wrong: int = 0  # that the book has otherwise than the truth

    def seconds(self, look_s: float = E_S, *, alone: bool = True) -> float:
        """By the keystroke-level model; without `alone` a look at what comes alone is free."""
        minds = self.singles + self.pages + self.others
        looks = self.tiles + self.singles * alone
        return self.presses * K_S + minds * M_S + looks * look_s + sum(self.waits_s)

    def numbers(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "presses": self.presses, "seconds": round(self.seconds(), 1),
            "seconds_slow": round(self.seconds(E_SLOW_S), 1), "one_by_one": self.singles,
            "pages": self.pages, "tiles": self.tiles, "answered_otherwise": self.others,
            "wait_ms_p50": round(1000 * statistics.median(self.waits_s)),
            "waited_s": round(sum(self.waits_s), 1), "wrong": self.wrong,
        }  # fmt: skip


class Person:
    """Labels on a page, and knows the truth by item."""

    def __init__(self, page: Page, truth: Mapping[int, Answer]) -> None:
        self.page = page
        self.truth = truth
        self.work = Work()

    def press(self, key: str) -> None:
        """One press."""
        self.page.keyboard.press(key)
        self.work.presses += 1

    def one_by_one(self) -> None:
        """What is left, each with its own key."""
        shown = self.page.locator("#single")
        while shown.is_visible():
            before = self.number()
            self.press(KEYS[self.truth[before]])
            self.work.singles += 1
            self.wait_for_another(before)

    def by_pages(self) -> None:
        """Page by page, until there is none."""
        self.press("g")
        self.page.wait_for_selector(".tile")
        while self.page.locator("#page").is_visible():
            tiles = self.page.locator(".tile")
            first = tiles.first.get_attribute("data-number")
            for tile in tiles.all():
                truth = self.truth[int(tile.get_attribute("data-number") or 0)]
                self.work.tiles += 1
                if tile.get_attribute("data-given") != truth:
                    self.work.others += 1
                    while tile.get_attribute("data-given") != truth:
                        self.press(tile.locator("kbd").inner_text())
            self.press("Enter")
            self.work.pages += 1
            self.turned(first)

    def number(self) -> int:
        """The item on the screen."""
        return int(self.page.locator("#single").get_attribute("data-number") or 0)

    def turned(self, first: str | None) -> None:
        """Waits for the next page, its pictures there, or for the end of all pages."""
        self._until(
            "first => { const tile = document.querySelector('.tile');"
            "return document.getElementById('page').hidden || (tile.dataset.number !== first &&"
            "[...document.querySelectorAll('.tile img')].every(one => one.complete)); }",
            first,
        )

    def wait_for_another(self, before: int) -> None:
        """Waits for the next picture, drawn, or the end."""
        self._until(
            "before => { const single = document.getElementById('single');"
            "return single.hidden || (single.dataset.number !== before &&"
            "document.querySelector('img.ground')?.complete); }",
            str(before),
        )

    def _until(self, true: str, given: str | None) -> None:
        begin = time.perf_counter()
        while not self.page.evaluate(true, given):
            time.sleep(0.005)
        self.work.waits_s.append(time.perf_counter() - begin)


def labelled(browser: Browser, project: Path, truth: Mapping[int, Answer], *, helped: bool) -> Work:
    """One person's work on a project's book, whose suggestions are there already."""
    with Book.open(project) as book:
        who = f"{WHO} helped" if helped else WHO
        more = {} if helped else {"model": None}
        with Labelled(book, who, more) as served:
            page = visit(browser)
            page.set_default_timeout(_PATIENCE_MS)
            person = Person(page, truth)
            page.goto(served.url)
            page.wait_for_selector("#single:not([hidden])")
            if helped:
                page.wait_for_selector("#mode[data-worth]")
                person.by_pages()
            person.one_by_one()
            page.wait_for_selector("#done:not([hidden])")
            page.context.close()
        given = {one.item: one for one in book.standing(who)}
        noted = sum(one.presses for one in given.values())
        assert noted == person.work.presses, f"the page noted {noted} of {person.work.presses}"
        person.work.wrong = sum(given[item].answer != said for item, said in truth.items())
    return person.work


def suggested(project: Path, folder: Path) -> Mapping[int, tuple[Answer, float]]:
    """Makes the book of a folder's pictures; what the shipped model suggests, by item."""
    with Book.open(project) as book, eye.opened(MODEL.path.parent) as opened:
        screen.add(book, [folder], lambda _: None)
        suggester = Suggester(opened)
        book.suggest(suggester.suggest(item) for item in tqdm(book.items(), "suggested"))
        return book.suggested(suggester.model_sha256)


def measured(which: str, count: int, place: Path) -> dict[str, Any]:
    """Both ways, and what they compare to."""
    folder, project = place / "pictures", place / "labels"
    of = pictures.write(which, count, folder)
    made = suggested(project, folder)
    with Book.open(project) as book:
        items = {item.path.relative_to(folder.resolve()).as_posix(): item for item in book.items()}
        truth = {items[name].number: answer for name, answer in of.items()}
    with chromium() as browser:
        by_hand = labelled(browser, project, truth, helped=False)
        helped = labelled(browser, project, truth, helped=True)
    # Everything is looked at once, either way: what the look may take for the time to be half.
    look_s = (by_hand.seconds(0) - 2 * helped.seconds(0)) / len(truth)
    return {
        "set": which, "pictures": len(truth), "model": MODEL.card.sha256[:12],
        "truth": {answer: list(truth.values()).count(answer) for answer in KEYS},
        "suggested_right": sum(made[number][0] == said for number, said in truth.items()),
        "by_hand": by_hand.numbers(), "helped": helped.numbers(),
        "presses_ratio": round(helped.presses / by_hand.presses, 3),
        "seconds_ratio": round(helped.seconds() / by_hand.seconds(), 3),
        "seconds_ratio_slow": round(helped.seconds(E_SLOW_S) / by_hand.seconds(E_SLOW_S), 3),
        "seconds_ratio_alone_free": round(
            helped.seconds(alone=False) / by_hand.seconds(alone=False), 3
        ),
        "look_s_at_half": round(look_s, 2),
    }  # fmt: skip


def told(found: Mapping[str, Any]) -> str:
    """In words."""
    lines = [
        f"{found['pictures']} rendered pictures ({found['set']}), of which the shipped model "
        f"({found['model']}) suggests {found['suggested_right']} rightly; truth: {found['truth']}",
        f"{'':10}{'presses':>9}{'seconds':>9}{'slow':>7}{'one by one':>12}{'pages':>7}"
        f"{'otherwise':>11}{'wait p50':>10}{'wrong':>7}",
    ]
    for name in ("by_hand", "helped"):
        one = found[name]
        lines.append(
            f"{name:10}{one['presses']:9}{one['seconds']:9.0f}{one['seconds_slow']:7.0f}"
            f"{one['one_by_one']:12}{one['pages']:7}{one['answered_otherwise']:11}"
            f"{one['wait_ms_p50']:7} ms{one['wrong']:7}"
        )
    lines += [
        f"helped takes {found['presses_ratio']:.0%} of the presses and "
        f"{found['seconds_ratio']:.0%} of the seconds: half up to looks of "
        f"{found['look_s_at_half']} s, {found['seconds_ratio_slow']:.0%} at {E_SLOW_S} s, and "
        f"{found['seconds_ratio_alone_free']:.0%} if looks at what comes alone are free"
    ]
    return "\n".join(lines)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n", maxsplit=1)[0])
    parser.add_argument("--set", choices=("hard", "site"), default="site")
    parser.add_argument("--pictures", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        found = measured(args.set, args.pictures, Path(place))
    print(json.dumps(found) if args.json else told(found))


if __name__ == "__main__":
    main()
