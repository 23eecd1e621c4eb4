"""`floorwatch synth`: staged and rendered data, to measure with and to train on."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from alerts.errors import UserError
from models.amounts import real, whole
from models.needs import need

Verbs = Any  # argparse's sub-parser collection has no public type

TEXT = """\
Makes data with known truth, in one of four ways.

On your own camera: --background names a clip of it without incident (a few minutes, people may
walk through) or a single picture, --floor where its floor is. Spills are painted on that floor, in
its perspective and light; they spread, and people walk in front of them. As many clips show things
that are no spill: mats, bags, shadows, lamps. Look at contact.png: it should fool you. Then
  floorwatch evaluate --truth hall/truth.csv --out hall/report    how well they are found
  floorwatch train --init shipped --data hall/                    learn from hall/spills/

Rendered: --episodes makes clips of people who collapse and of what looks like it, --normal-hours
hours of normal life without incident:
  floorwatch synth --episodes 40 --out falls/
  floorwatch synth --normal-hours 10 --out days/

A rendered site: --cameras makes, of each, half an hour of normal life to learn from, as much again
and six collapses in the same room to judge by; what a site's own pictures are worth is told by
  floorwatch synth --cameras 4 --out site/
  floorwatch train --init shipped --data site/ --out runs/site
With --width 1920 it is the same scenes as a camera of 1080p sends them."""
EXAMPLE = (
    "example: floorwatch synth --background hall.mp4 --floor 0,1,0.3,0.4,0.7,0.4,1,1 --out hall"
)
WIDTHS_PX = (640, 960, 1280, 1920)


class SynthAsk(UserError):
    """The options do not say what to make."""


def register(verbs: Verbs) -> None:
    """Adds the verb to the command."""
    parser = verbs.add_parser(
        "synth",
        help="stage spills on your own camera's floor, or render falls, normal life or a site",
        description=TEXT,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--background", type=Path, metavar="CLIP", help="stage spills in this view")
    what.add_argument(
        "--episodes", type=whole(1), metavar="N", help="render so many clips of falls"
    )
    what.add_argument(
        "--normal-hours",
        type=real(0.001, 1500, "hours"),
        metavar="H",
        help="render so many hours without incident",
    )
    what.add_argument(
        "--cameras", type=whole(1, 1000), metavar="N", help="render a site of so many cameras"
    )
    parser.add_argument("--out", type=Path, required=True, help="a new folder for all of it")
    parser.add_argument(
        "--seed", type=whole(0), default=1, help="same seed, same data (default: 1)"
    )
    parser.add_argument_group("with --cameras").add_argument(
        "--width", type=int, choices=WIDTHS_PX, metavar="PX",
        help="of the pictures: 640 (default), 960, 1280 or 1920; the same scenes, and 1920 takes "
        "five times as long",
    )  # fmt: skip
    _add_staging(parser.add_argument_group("with --background"))
    parser.set_defaults(run=run)


def _add_staging(group: Any) -> None:
    group.add_argument(
        "--floor", action="append", metavar="X,Y,X,Y,…",
        help="corners of the floor as fractions of the picture, as in the site file's zones; "
        "leave out furniture; may be given several times",
    )  # fmt: skip
    group.add_argument(
        "--count", type=whole(1, 10_000), default=6,
        help="clips with a spill, and as many without (default: 6)",
    )  # fmt: skip
    group.add_argument(
        "--seconds", type=real(40, 86_400, "seconds"), default=60.0,
        help="of each clip, 40 or more: a spill has to stay some while to be one (default: 60)",
    )  # fmt: skip
    group.add_argument(
        "--pictures", type=whole(0, 100_000), default=60,
        help="single pictures with masks, to train on (default: 60)",
    )  # fmt: skip
    group.add_argument(
        "--camera-height-m", type=real(0.1, 100, "metres"), default=2.6, metavar="M",
        help="above the floor (default: 2.6); says how steeply the floor is seen, and how large a "
        "puddle can look",
    )  # fmt: skip
    group.add_argument(
        "--horizon", type=real(-20, 1, "picture heights"), metavar="Y",
        help="where an endless floor would vanish, 0 top to 1 bottom of the picture, negative "
        "above it (default: guessed from the floor); give it where puddles look too flat or round",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Do what was asked."""
    if args.background is None and args.floor:
        raise SynthAsk("--floor goes with --background CLIP; leave it out")
    if args.cameras is None and args.width:
        raise SynthAsk("--width goes with --cameras N; leave it out")
    if args.out.exists() and not args.out.is_dir():
        raise SynthAsk(f"--out {args.out}: is a file; name a folder")
    if args.background is not None:
        return _stage(args)
    return _render(args)


def _stage(args: argparse.Namespace) -> int:
    if not args.floor:
        raise SynthAsk(
            "--background needs --floor: the corners of the floor as fractions of the picture, "
            "say --floor 0.1,0.95,0.3,0.5,0.7,0.5,0.9,0.95"
        )
    need("tqdm")
    from tqdm import tqdm  # noqa: PLC0415  (not everybody has the extra)

    from models.synth import staged_files, staged_site, staged_view  # noqa: PLC0415  (OpenCV)

    view = staged_view.opened(args.background)
    site = staged_site.site_of(view, args.floor, args.camera_height_m, args.horizon)
    total = 2 * args.count * round(args.seconds * view.fps) + args.pictures
    with tqdm(total=total, unit="pictures", disable=None) as bar:
        made = staged_files.write_clips(
            site,
            args.out,
            args.count,
            seconds=args.seconds,
            seed=args.seed,
            progress=bar.update,
        )
        skipped = made.skipped + staged_files.write_pictures(
            site, args.out, args.pictures, args.seed, bar.update
        )
    print(f"{made.spills} spills and {made.decoys} clips without: {made.truth}")
    if skipped:
        print(f"{skipped} fewer than asked: no place was found on the floor; give --floor more")
    print(f"look at them: {args.out / 'contact.png'}")
    return 0


def _render(args: argparse.Namespace) -> int:
    need("mujoco", "tqdm")
    from tqdm import tqdm  # noqa: PLC0415  (not everybody has the extra)

    unit = "clips" if args.cameras is None else "cameras"
    with tqdm(unit=unit, disable=None) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        if args.episodes is not None:
            from models.synth.clips import write_episodes  # noqa: PLC0415  (MuJoCo opens GL)

            truth = write_episodes(args.out, args.episodes, args.seed, progress)
        elif args.cameras is not None:
            from models.synth.sites import Plan, write_site  # noqa: PLC0415  (MuJoCo opens GL)

            plan = Plan(width_px=args.width or Plan.width_px)
            truth = write_site(args.out, args.cameras, args.seed, progress, plan)
        else:
            from models.synth.daily import write_hours  # noqa: PLC0415  (MuJoCo opens GL)

            truth = write_hours(args.out, args.normal_hours, args.seed, progress)
    print(truth)
    return 0
