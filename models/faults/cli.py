"""`floorwatch faults`: what cameras suffer from, put into recordings."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from alerts.errors import UserError
from models.amounts import real, whole
from models.needs import need

Verbs = Any  # argparse's sub-parser collection has no public type

TEXT = """\
Puts faults of cameras into recordings: frozen and black pictures, no light and too much, lenses out
of focus, smeared, sprayed, covered, cameras pushed aside and turned away, damaged streams. All are
drawn from --seed, and the same again.

  --out DIR    writes H.264 clips (the fault comes after 75 s), faults.csv, which says what is in
               each of them, and faults.png, a sheet of all of them: look at it
  --measure    writes nothing: says how many faults are reported within 60 s, with bounds, and what
               is reported of the clips as they are. The way is the daemon's, one picture a second.
               Half a minute of one core for each clip with 12 faults

Clips that are over too soon are played forth and back. The faults: {names}."""


NAMES = (
    "still", "still_clock", "black", "dark", "overexposed", "glare", "defocused", "smeared",
    "sprayed", "hand", "cloth", "print", "nudged", "turned", "turned_away", "lost_slices", "green",
    "torn", "ghosts",
)  # fmt: skip


class FaultsAsk(UserError):
    """The options do not say what to do."""


def register(verbs: Verbs) -> None:
    """Adds the verb to the command."""
    parser = verbs.add_parser(
        "faults",
        help="put faults of cameras into recordings, and count which are reported",
        description=TEXT.format(names=", ".join(NAMES)),
        epilog="example: floorwatch faults clips/ --fault hand --out faults",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "clips", type=Path, nargs="+", metavar="CLIP", help="recordings, or folders"
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--out", type=Path, metavar="DIR", help="folder for the clips")
    what.add_argument("--measure", action="store_true", help="count what is reported")
    parser.add_argument(
        "--fault", nargs="+", default=[], choices=NAMES, metavar="NAME", help="only these faults"
    )
    parser.add_argument("--seed", type=whole(0), default=1, help="of all draws (default: 1)")
    parser.add_argument(
        "--ramp",
        type=real(0, 3600, "seconds"),
        default=0.0,
        metavar="S",
        help="with --out: let faults grow for so long where they can (default: 0)",
    )
    parser.add_argument(
        "--per-clip",
        type=whole(0, 1000),
        default=12,
        metavar="N",
        help="with --measure: faults drawn for each clip; 0 for none (default: 12)",
    )
    parser.add_argument("--json", action="store_true", help="print numbers, not a table")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write or measure."""
    need("tqdm")
    from models.faults import playing  # noqa: PLC0415  (OpenCV)

    clips = playing.clips(args.clips)
    if args.measure:
        return _measure(args, clips)
    if args.out.exists() and not args.out.is_dir():
        raise FaultsAsk(f"--out {args.out}: is a file; name a folder")
    return _write(args, clips)


def _measure(args: argparse.Namespace, clips: tuple[Path, ...]) -> int:
    need("scipy")
    import numpy as np  # noqa: PLC0415  (`--help` is to be quick)
    from tqdm import tqdm  # noqa: PLC0415  (not everybody has the extra)

    from models.faults import catalogue, measuring, tables  # noqa: PLC0415  (as above)

    rng = np.random.default_rng(args.seed)
    tries: list[measuring.Tried] = []
    well: list[measuring.Untouched] = []
    for clip in tqdm(clips, unit="clips", disable=None):
        asked = measuring.drawn(catalogue.named(args.fault), args.per_clip, rng)
        tries += measuring.tried(clip, asked) if asked else []
        well.append(measuring.untouched(clip))
    if args.json:
        print(json.dumps(tables.numbers(tries, well), indent=1))
    else:
        print(tables.table(tries, well))
    return 0


def _write(args: argparse.Namespace, clips: tuple[Path, ...]) -> int:
    from tqdm import tqdm  # noqa: PLC0415  (not everybody has the extra)

    from models.faults import catalogue, filming  # noqa: PLC0415  (OpenCV)

    args.out.mkdir(parents=True, exist_ok=True)
    asked = filming.injections(catalogue.named(args.fault), args.ramp, args.seed)
    with tqdm(total=len(clips) * len(asked), unit="clips", disable=None) as bar:
        rows = [row for clip in clips for row in filming.film(clip, asked, args.out, bar.update)]
    filming.write_table(rows, args.out / "faults.csv")
    filming.sheet(clips[0], asked, args.out / "faults.png")
    if args.json:
        print(json.dumps(rows, indent=1))
    else:
        print(f"{args.out}: {len(rows)} clips, faults.csv, faults.png")
    return 0
