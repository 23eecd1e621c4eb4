"""What `floorwatch verify` does: a promise and untouched incidents in, a verdict out."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console

from edge.core.types import LABELS, Label
from edge.tuned import Tuned, in_words
from models.evaluation import inputs, promise_words, thresholds_file
from models.evaluation.checked import Checked, checks, refuse_tuned_on
from models.evaluation.eligible import Eligible
from models.evaluation.inputs import Inputs
from models.evaluation.offers import eligible_of
from models.evaluation.promise_arguments import INDEPENDENT
from models.evaluation.promise_inputs import by_label, held, rules
from models.evaluation.thresholds_file import BadThresholds, Rules

_out = Console(highlight=False, soft_wrap=True)


def run(args: argparse.Namespace) -> int:
    """Checks, and prints; the exit status. Raises UserError where it refuses."""
    said, tuned_on = thresholds_file.read(args.thresholds)
    asked = inputs.read(args)
    labels = _labels(said, args.label)
    _refuse_others(said, asked)
    watched = by_label(asked, inputs.watch(asked), labels)
    those = {label: eligible_of(label, seen) for label, seen in watched.items()}
    for one in those.values():
        refuse_tuned_on(one, tuned_on, said.path.name)
    found = {label: checks(watched[label], those[label], said) for label in labels}
    if args.json:
        print(json.dumps(_keys(found, those), ensure_ascii=False, indent=1))
    else:
        _tell(found, those)
        _say(INDEPENDENT)
        if words := held(asked):
            _say(words)
    every = [one.verified.verdict for those_of in found.values() for one in those_of]
    return 0 if set(every) == {"kept"} else 1


def _labels(said: Tuned, asked: Sequence[Label]) -> tuple[Label, ...]:
    """Those the file promises something of, if none are asked for."""
    places = (said.said.thresholds, *said.said.cameras.values())
    there = [label for label in LABELS if any(place.of(label) for place in places)]
    for label in asked:
        if label not in there:
            raise BadThresholds(f"{said.path}: promises nothing of {label}s")
    if not there:
        raise BadThresholds(f"{said.path}: promises nothing")
    return tuple(label for label in there if label in (asked or there))


def _refuse_others(said: Tuned, asked: Inputs) -> None:
    """Raises BadThresholds where the rules are not those of the file, whether or not a camera goes
    by it. Another model is refused when the inputs are read."""
    was, now = asdict(_rules_of(said)), asdict(rules(asked))
    other = [
        f"{key} is {in_words(now[key])} here and was {in_words(was[key])}"
        for key in was
        if was[key] != now[key]
    ]
    if other:
        raise BadThresholds(f"{said.path}: tuned for other rules: {', '.join(other)}; tune again")


def _rules_of(said: Tuned) -> Rules:
    rules_said = said.said.rules
    return Rules(
        analyse_fps=rules_said.analyse_fps,
        confirm_s=rules_said.collapse.confirm_s,
        slow_s=rules_said.collapse.slow_s,
        second_look=rules_said.collapse.second_look,
        persist_s=rules_said.spill.persist_s,
        standing_s=rules_said.spill.standing_s,
    )


def _tell(found: Mapping[Label, Iterable[Checked]], those: Mapping[Label, Eligible]) -> None:
    for label, of in found.items():
        _say(f"{label}: {promise_words.counted(those[label])}")
        for words in (words for one in of for words in _words(one)):
            _say(words)


def _words(one: Checked) -> Iterator[str]:
    what = f"{one.label} on {one.camera}" if one.camera else one.label
    yield f"{what}: {promise_words.verdict(one.verified, one.threshold)}"
    if one.verified.incidents:
        yield f"{what}: alerts went out in time for {one.alerted} of {one.verified.incidents}"
    yield f"{what}: {promise_words.cost(one.price, one.verified.confidence)}"


def _keys(
    found: Mapping[Label, Iterable[Checked]], those: Mapping[Label, Eligible]
) -> dict[str, Any]:
    return {
        label: {
            "left_out": promise_words.left_out_keys(those[label]),
            "promises": [promise_words.checked_keys(one) for one in of],
        }
        for label, of in found.items()
    }


def _say(words: str) -> None:
    _out.print(words, markup=False)
