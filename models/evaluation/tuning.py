"""What `floorwatch tune` does: incidents in, thresholds that keep a promise and their price out."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from edge.core.types import Label
from models.evaluation import inputs, promise_words, thresholds_file
from models.evaluation.inputs import Inputs
from models.evaluation.offers import Offer, Rung, Tuning, tunings
from models.evaluation.promise import Tuned
from models.evaluation.promise_arguments import INDEPENDENT
from models.evaluation.promise_inputs import by_label, notes, occurring, rules
from models.evaluation.report.numerals import rate
from models.evaluation.thresholds_file import BadThresholds, Promises, Rules, TunedOn

TOO_FEW = 3  # exit status
_paper = Console(stderr=True, highlight=False, soft_wrap=True)
_out = Console(highlight=False, soft_wrap=True)


def run(args: argparse.Namespace) -> int:
    """Tunes, writes, prints; the exit status: TOO_FEW where the incidents are, for any promise.
    Raises UserError where something has to be changed, be it the model, which misses too many."""
    thresholds_file.try_out(args.out)
    asked = inputs.read(args)
    labels: Sequence[Label] = args.label or occurring(asked.recordings)
    if not labels:
        pictures = any(one.kind == "picture" for one in asked.recordings)
        but = "; single pictures do not count as incidents" if pictures else ""
        raise BadThresholds(f"the truth has no incidents; nothing can be tuned{but}")
    if args.per_camera and not any(one.camera for one in asked.recordings) and not asked.named:
        raise BadThresholds(
            "--per-camera: no recording names its camera; give the truth a `camera`"
        )
    made_for = rules(asked)
    watched = by_label(asked, inputs.watch(asked), labels)
    goal = (args.target_recall, args.confidence)
    found = tunings(watched, goal, per_camera=args.per_camera)
    promises = _promises(asked, made_for, found)
    anything = bool(promises.labels or promises.cameras)
    if anything:
        thresholds_file.write(args.out, promises)
    if args.json:
        print(
            json.dumps(_keys(found, args.out if anything else None), ensure_ascii=False, indent=1)
        )
    else:
        _tell(found)
    if not anything:
        if any(one.site.wanted.tuned.reason != "few" for one in found):
            raise BadThresholds(_nothing(found, args.out))
        _paper.print(_nothing(found, args.out), markup=False)
        return TOO_FEW
    if not args.json:
        _say(INDEPENDENT)
        for words in promises.notes:
            _say(words)
        _say(f"written to {args.out}; name it under `thresholds:` in the site file")
    return 0 if len(promises.labels) == len(found) else 1


def _promises(asked: Inputs, made_for: Rules, found: Iterable[Tuning]) -> Promises:
    """What was found, with the incidents it rests on."""
    labels: dict[Label, Tuned] = {}
    cameras: dict[str, dict[Label, Tuned]] = {}
    tuned_on: list[TunedOn] = []
    promised: list[Label] = []
    for one in found:
        kept = [offer for offer in (one.site, *one.cameras) if offer.wanted.tuned.threshold]
        for offer in kept:
            place = cameras.setdefault(offer.camera, {}) if offer.camera else labels
            place[offer.label] = offer.wanted.tuned
        if kept:
            promised.append(one.site.label)
            tuned_on += thresholds_file.tuned_on(one.site.label, one.site.incidents)
    return Promises(
        model=asked.model.card.name,
        model_sha256=asked.model.card.sha256,
        close_ups_sha256=asked.model.card.close_ups_sha256,
        tuned_at=datetime.now(timezone.utc),
        rules=made_for,
        labels=labels,
        cameras=cameras,
        incidents=tuple(tuned_on),
        notes=notes(asked, promised),
    )


def _nothing(found: Iterable[Tuning], out: Path) -> str:
    why = [f"{one.site.label}: {promise_words.supported(one.site.wanted.tuned)}" for one in found]
    return f"{out}: not written, nothing can be promised: {'; '.join(why)}"


def _tell(found: Iterable[Tuning]) -> None:
    for one in found:
        _say(f"{one.site.label}: {promise_words.counted(one.eligible)}")
        _tell_offer(one.site, one.site.label)
        if any(rung.price for rung in one.site.rungs):
            _out.print(_ladder(one.site.rungs))
        for offer in one.cameras:
            _tell_offer(offer, f"{offer.label} on {offer.camera}")
            if offer.wanted.tuned.threshold is None:
                _say(f"{offer.label} on {offer.camera}: goes by the threshold for all cameras")


def _tell_offer(offer: Offer, what: str) -> None:
    tuned, price = offer.wanted.tuned, offer.wanted.price
    _say(f"{what}: {promise_words.supported(tuned)}")
    _say(f"{what}: {promise_words.promised(tuned)}")
    if price is not None:
        _say(f"{what}: {promise_words.cost(price, tuned.confidence)}")


def _ladder(rungs: Sequence[Rung]) -> Table:
    """Other promises these incidents could keep."""
    table = Table(box=box.SIMPLE_HEAD, caption="each by itself: choose before you look")
    for head in ("recall", "threshold", "missed", "false alarms a camera-day", "at most"):
        table.add_column(head, justify="right")
    for rung in rungs:
        tuned, price = rung.tuned, rung.price
        if tuned.threshold is None or price is None:
            continue
        days, upper = price.per_camera_day, price.per_camera_day_upper(tuned.confidence)
        table.add_row(
            f"{tuned.recall:g}",
            f"{tuned.threshold:g}",
            str(tuned.misses),
            "unknown" if days is None else rate(days),
            "" if upper is None else rate(upper, up=True),
        )
    return table


def _keys(found: Iterable[Tuning], written: Path | None) -> dict[str, Any]:
    return {
        "written": None if written is None else str(written),
        "labels": {
            one.site.label: promise_words.offer_keys(one.site)
            | {
                "left_out": promise_words.left_out_keys(one.eligible),
                "cameras": {o.camera: promise_words.offer_keys(o) for o in one.cameras},
            }
            for one in found
        },
    }


def _say(words: str) -> None:
    _out.print(words, markup=False)
