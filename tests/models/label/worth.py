"""What choosing and doubting are worth, on rendered footage whose truth is known; no test.

    python -m tests.models.label.worth look CLIPS... --to SCORES     a picture every four seconds
    python -m tests.models.label.worth hard --rooms N --to SCORES    rendered hard pictures
    python -m tests.models.label.worth choice SCORES                 found per 100 looked at
    python -m tests.models.label.worth doubt SCORES                  5 % of the labels flipped

`look` and `hard` keep what the shipped model says, and the grey looks; minutes of a core for each
clip or room. In clips nothing happens (`floorwatch synth --normal-hours`).
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from edge import wiring
from edge.config import cameras
from edge.core import decide
from edge.core.policy import Policy
from edge.core.types import LABELS, Rgb
from edge.zoo import find
from models import eye, prepare
from models.eye import Eye
from models.label import choosing, doubts, queueing
from models.label.choosing import Candidate
from models.lineage import SHIPPED_MODEL
from models.synth import hard
from models.synth.seeds import hard_seed

EVERY_S, FLIPPED, DRAWS, LOOKED_AT = 4.0, 0.05, 20, 100
Seen = dict[str, Any]  # truth, collapse, spill, camera, at_s, look


def _policy(opened: Eye) -> Policy:
    config = cameras.defaults("worth")
    return wiring.policy(config.alarms, config.cameras[0], opened.card, None)


def _seen(opened: Eye, policy: Policy, rgb: Rgb, **told: Any) -> Seen:
    said = decide.glance(opened.see(prepare.fit(rgb)), policy)
    look = queueing.look(np.ascontiguousarray(rgb)).tolist()
    return {**told, **{label: float(said[label]) for label in LABELS}, "look": look}


def look(clips: list[Path], to: Path) -> None:
    """Scores of clips in which nothing happens, a file for each."""
    to.mkdir(parents=True, exist_ok=True)
    with eye.opened(find(SHIPPED_MODEL, None).path.parent) as opened:
        policy = _policy(opened)
        for clip in (one for one in clips if not (to / f"{one.stem}.json").is_file()):
            frames = prepare.read_clip(clip, 1 / EVERY_S)
            told = {"truth": "nothing", "camera": clip.stem}
            rows = [_seen(opened, policy, rgb, **told, at_s=at_s) for at_s, rgb in frames]
            (to / f"{clip.stem}.json").write_text(json.dumps(rows))


def render(rooms: int, to: Path) -> None:
    """Scores of hard pictures, a file for each room."""
    to.mkdir(parents=True, exist_ok=True)
    with eye.opened(find(SHIPPED_MODEL, None).path.parent) as opened:
        policy = _policy(opened)
        for room in range(rooms):
            drawn = (one for draw, of in hard.FAMILIES for one in draw(hard_seed(room), list(of)))
            rows = [
                _seen(
                    opened, policy, one.rgb, camera=f"room {room}", at_s=0.0,
                    truth=one.condition.label if one.condition.wanted else "nothing",
                )
                for one in drawn
            ]  # fmt: skip
            (to / f"room{room}.json").write_text(json.dumps(rows))


def read(folder: Path) -> list[Seen]:
    """All that was looked at."""
    files = sorted(folder.glob("*.json"))
    return [row for file in files for row in json.loads(file.read_text())]


def choice(rows: list[Seen]) -> Iterator[str]:
    """False alarms and misses of single pictures among those chosen, and among as many drawn."""
    card = find(SHIPPED_MODEL, None).card
    over = [max(one[label] / card.thresholds[label].value for label in LABELS) for one in rows]
    wrong = [(o >= 1) != (one["truth"] != "nothing") for o, one in zip(over, rows, strict=True)]
    looks = {n: np.array(one["look"], np.int16) for n, one in enumerate(rows) if one["look"]}
    cameras_ = len({one["camera"] for one in rows})
    yield f"{len(rows)} pictures of {cameras_} cameras, {sum(wrong)} wrong"
    found, different = [], []
    for seed in range(DRAWS):
        rng = random.Random(seed)
        known = [
            Candidate(n, over[n], rng.random(), one["camera"], one["at_s"])
            for n, one in enumerate(rows)
        ]
        turns = choosing.choose(known, LOOKED_AT, look_of=looks.get)
        hits = [one.item for one in turns if wrong[one.item]]
        found.append(len(hits))
        different.append(_different(hits, rows, looks))
    yield f"chosen: {np.mean(found):.1f} wrong of {LOOKED_AT}, {np.mean(different):.1f} that differ"
    by_chance = [random.Random(seed).sample(range(len(rows)), LOOKED_AT) for seed in range(DRAWS)]
    hits_of = [[n for n in drawn if wrong[n]] for drawn in by_chance]
    apart = [_different(hits, rows, looks) for hits in hits_of]
    mean = np.mean([len(hits) for hits in hits_of])
    yield f"by chance: {mean:.1f} wrong of {LOOKED_AT}, {np.mean(apart):.1f} that differ"
    first = sorted(range(len(rows)), key=lambda n: -over[n])[:LOOKED_AT]
    hits = [n for n in first if wrong[n]]
    told = f"{len(hits)} wrong of {LOOKED_AT}, {_different(hits, rows, looks)} that differ"
    yield f"the highest scores alone: {told}"


def _different(hits: list[int], rows: list[Seen], looks: dict[int, choosing.Look]) -> int:
    """Those that do not look as one before on the same camera does."""
    kept: list[int] = []
    for n in hits:
        same = (k for k in kept if k in looks and rows[k]["camera"] == rows[n]["camera"])
        if n not in looks or not any(choosing.alike(looks[n], looks[k]) for k in same):
            kept.append(n)
    return len(kept)


def doubt(rows: list[Seen]) -> Iterator[str]:
    """Of labels that were flipped, those flagged; and of those flagged, the flipped."""
    hit = flagged = flipped = first = 0
    for seed in range(DRAWS):
        rng, said, bad = random.Random(seed), [], set()
        for n, one in enumerate(rows):
            answer = one["truth"]
            if rng.random() < FLIPPED:
                answer = rng.choice([other for other in doubts.CLASSES if other != answer])
                bad.add(n)
            said.append(doubts.Said(n, answer, one["collapse"], one["spill"], one["camera"]))
        found = doubts.doubted(said)
        ranked = [one.item for one in found.doubts]
        hit += len(bad.intersection(ranked))
        first += len(bad.intersection(ranked[: len(bad)]))
        flagged, flipped = flagged + len(ranked), flipped + len(bad)
    days = len({one["camera"] for one in rows})
    yield f"{len(rows)} labels of {days} cameras' days, {DRAWS} draws"
    yield f"flipped: {flipped / DRAWS:.1f}, flagged: {flagged / DRAWS:.1f}, fitted: {found.fitted}"
    yield f"recall of flags {hit / flipped:.2f}, precision {hit / max(flagged, 1):.2f}"
    yield f"of the first as many as were flipped, {first / flipped:.2f} are"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    verbs = parser.add_subparsers(dest="verb", required=True)
    looking, rendering = verbs.add_parser("look"), verbs.add_parser("hard")
    looking.add_argument("clips", type=Path, nargs="+")
    rendering.add_argument("--rooms", type=int, default=12)
    for one in (looking, rendering):
        one.add_argument("--to", type=Path, required=True)
    for name in ("choice", "doubt"):
        verbs.add_parser(name).add_argument("scores", type=Path, nargs="+")
    args = parser.parse_args()
    if args.verb == "look":
        look(args.clips, args.to)
    elif args.verb == "hard":
        render(args.rooms, args.to)
    else:
        rows = [row for folder in args.scores for row in read(folder)]
        print("\n".join({"choice": choice, "doubt": doubt}[args.verb](rows)))


if __name__ == "__main__":
    main()
