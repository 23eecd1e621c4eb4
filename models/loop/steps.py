"""The steps of a round, in their order. Each leaves its files in the round's folder and what it
found in the note, so that a round that was cut off goes on after the last step that was done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alerts.errors import UserError
from models.label import gathering, usable
from models.label.book import Book
from models.loop import desk_words, judging
from models.loop.asked import Asked, check_cameras, judged_apart, there
from models.loop.commands import Say, command, emptied, run
from models.loop.places import MODEL, THRESHOLDS, Loop

Found = dict[str, Any]
DATA, RUN, BEFORE, AFTER = "data", "run", "before", "after"
PAGE = "report.html"  # of an evaluation: it shows each miss and each false alarm
STORES = "site"  # in RUN: the pictures that training takes
MINED = "mined.png"  # in RUN: what comes near an alarm on quiet recordings, as training draws it
CHECKPOINT = "last.pt"  # in RUN, once a network has begun to learn


class WaitsForPeople(Exception):
    """Nothing is wrong: says what somebody has to do before the loop goes on."""


@dataclass(frozen=True)
class Round:
    """One round on its way. `unattended`: nobody is waited for, what is labelled is enough."""

    loop: Loop
    number: int
    asked: Asked
    say: Say
    unattended: bool = False

    @property
    def folder(self) -> Path:
        """Where its files lie."""
        return self.loop.round(self.number)


Step = Callable[[Round], Found]


def pull(of: Round) -> Found:
    """What is new goes into the label project; what was said at the desk counts as an answer."""
    found_there = []
    for path in of.asked.sources:
        if path.exists():
            found_there.append(path)
        else:
            of.say(f"{path}: is not there now; the round goes on without it")
    apart = judged_apart(of.asked)
    with Book.open(of.loop.labels) as book:
        known = {item.path for item in book.items()} | apart.paths
        found, left_out = [], 0
        for one in gathering.gather(found_there, known):
            if isinstance(one, str):
                left_out += 1
                of.say(one)
            elif one.digest in apart.digests:
                left_out += 1
                of.say(f"{one.path}: is of what --also judges by, and is not learnt")
            else:
                found.append(one)
        before = len(book.items())
        book.add(found)
        said = desk_words.take_over(book)
        items = len(book.items())
    check_cameras(of.asked, of.loop.mark, apart.cameras)
    of.say(f"{items - before} new to label, {said} answered at the desk, {items} in all")
    return {"new": items - before, "answered_at_the_desk": said, "items": items, "no_use": left_out}


def label(of: Round) -> Found:
    """Waits until people have answered. Raises WaitsForPeople."""
    with Book.open(of.loop.labels) as book:
        left, verdicts = desk_words.waiting(book), len(book.verdicts())
    if left and not of.unattended:
        words = command("label", "--project", of.loop.labels)
        raise WaitsForPeople(
            f"{left} pictures and clips are to be labelled: `{words}`, then the same command goes "
            "on; --unattended goes on without them"
        )
    return {"labelled": verdicts, "not_labelled": left}


def write(of: Round) -> Found:
    """What was labelled, as the training takes it. Raises NotUsable."""
    with Book.open(of.loop.labels) as book:
        items = {item.number: item for item in book.items()}
        said = {number: (items[number], one) for number, one in book.verdicts().items()}
    apart = judged_apart(of.asked)  # it may have been labelled before it was named
    given = {n: one for n, one in said.items() if one[0].digest not in apart.digests}
    if len(given) < len(said):
        of.say(f"{len(said) - len(given)} left out: --also judges by them")
    written = usable.write(given, emptied(of.folder / DATA))
    for line in written.lines():
        of.say(line)
    check_cameras(
        of.asked, of.loop.mark, {item.camera for item, _ in given.values() if item.kind == "clip"}
    )
    return {"counts": dict(written.counts), "left_out": dict(written.left_out)}


def train(of: Round) -> Found:
    """The shipped model with all that was ever labelled here on top."""
    out, data = of.folder / RUN, of.folder / DATA
    run(["train", of.asked.recipe, "--init", "shipped", "--data", data, "--out", out], of.say)
    return {"model": str(out / MODEL)}


def tune(of: Round) -> Found:
    """Thresholds that keep the promise, by incidents that were not learnt from."""
    from models.evaluation.tuning import TOO_FEW  # noqa: PLC0415  (scipy takes a second)

    truth, out = of.folder / DATA / usable.TUNE_TRUTH, of.folder / THRESHOLDS
    out.unlink(missing_ok=True)
    if not truth.is_file():
        of.say("no incident was kept to tune by: the card's thresholds stay, and promise nothing")
        return {"promised": False}
    words: list[object] = ["tune", "--truth", truth, "--model", of.folder / RUN / MODEL]
    words += ["--target-recall", of.asked.recall, "--out", out, *_how(of)]
    # No --normal: the new model has learnt that footage, and its price there would flatter.
    # 1: not all labels are promised; both are said there, in words.
    status = run(words, of.say, fine=(0, 1, TOO_FEW))
    if status == TOO_FEW:
        of.say("too few incidents for a promise: the card's thresholds stay, and promise nothing")
    return {"promised": status != TOO_FEW, "status": status}


def evaluate(of: Round) -> Found:
    """Both models over what was kept apart, each with its own thresholds."""
    kept = of.folder / DATA / usable.TRUTH
    truths = [*([kept] if kept.is_file() else []), *there(of.asked)]
    if not truths:
        of.say("nothing was kept apart to judge by")
        return {"judged_by": []}
    for name, model, thresholds in (
        (BEFORE, of.loop.current / MODEL, of.loop.current / THRESHOLDS),
        (AFTER, of.folder / RUN / MODEL, of.folder / THRESHOLDS),
    ):
        words: list[object] = ["evaluate", "--truth", *truths, "--model", model]
        words += ["--out", emptied(of.folder / name), *_how(of)]
        # Not the site file's: they may be the other model's.
        has = thresholds.is_file()
        words += ["--thresholds", thresholds] if has else ["--card-thresholds"]
        run(words, of.say)
    return {"judged_by": [str(path) for path in truths]}


def _how(of: Round) -> list[object]:
    """How recordings are watched."""
    words: list[object] = [] if of.asked.config is None else ["--config", of.asked.config]
    if of.asked.config is not None and of.asked.camera is not None:
        words += ["--camera", of.asked.camera]
    if of.asked.hold_last_s is not None:
        words += ["--hold-last-s", of.asked.hold_last_s]
    return words


def judge(of: Round) -> Found:
    """Better, or not, and why."""
    from models.evaluation import metrics_file  # noqa: PLC0415  (scipy takes a second)

    before, after = of.folder / BEFORE, of.folder / AFTER
    if not after.is_dir():
        nothing = "Nothing was kept apart: label more days of more cameras, or name clips by --also"
        return {"verdict": "not judged", "reasons": [f"{nothing}."], "sure": False}
    try:
        found, _ = judging.judge(metrics_file.read(before), metrics_file.read(after))
    except metrics_file.BadMetrics as fault:
        raise UserError(f"{fault}; remove {before} and {after}, and go on") from None
    return {"verdict": found.verdict, "reasons": list(found.reasons), "sure": found.sure}


STEPS: Sequence[tuple[str, Step]] = (
    ("pull", pull),
    ("label", label),
    ("write", write),
    ("train", train),
    ("tune", tune),
    ("evaluate", evaluate),
    ("judge", judge),
)
