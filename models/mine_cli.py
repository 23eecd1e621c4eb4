"""`floorwatch mine`: of footage in which nothing happened, what comes near an alarm."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alerts.errors import UserError
from models.amounts import whole
from models.needs import need

if TYPE_CHECKING:
    from models.mine import Near

PICTURES, TABLE, SHEET = "pictures", "mined.csv", "mined.png"
_HEADER = ("picture", "recording", "at_s", "collapse", "spill", "x", "y", "w", "h")
Verbs = Any  # argparse's sub-parser collection has no public type


class NothingToMine(UserError):
    """No recording is where one was looked for."""


def register(verbs: Verbs) -> None:
    """Adds the verb."""
    parser = verbs.add_parser(
        "mine",
        help="find what comes near an alarm in footage in which nothing happened",
        description="Looks at all of the recordings, a picture a second, and keeps what comes to "
        "half an alarm or more: who kneels, a heap of clothes, a floor that shines. Writes the "
        f"pictures, {TABLE} (1 is at the threshold) and {SHEET}, the nearest of every recording. "
        "Look at them: what is an incident after all must not be learnt as nothing. The rest goes "
        "into normal/ of a site's folder; `floorwatch train --init shipped` does the same by "
        "itself for recordings that lie there.",
        epilog="example: floorwatch mine monday/ --out mined/",
    )
    parser.add_argument("footage", type=Path, nargs="+", help="recordings, or folders of them")
    parser.add_argument("--out", type=Path, required=True, help="a new folder for what is found")
    parser.add_argument(
        "--model", default="first", help="a shipped model's name, or a folder (default: first)"
    )
    parser.add_argument(
        "--count", type=whole(1, 100_000), default=200, help="pictures at most (default: 200)"
    )
    parser.set_defaults(run=_mine)


def _mine(args: argparse.Namespace) -> int:
    need("tqdm")
    import cv2  # noqa: PLC0415  (`--help` is to be quick)

    from edge import zoo  # noqa: PLC0415  (pydantic)
    from models import eye, mine, site_mining  # noqa: PLC0415  (ONNX Runtime)

    if args.out.exists():
        raise UserError(f"--out {args.out}: is there already; name a new folder")
    recordings = _recordings(args.footage)
    folder = Path(args.model) if Path(args.model).is_dir() else None
    model = zoo.find(args.model, folder)
    thresholds = {label: one.value for label, one in model.card.thresholds.items()}
    with eye.opened(model.path.parent) as opened:
        found = site_mining.mined(recordings, opened, thresholds, room=args.count)
    near = [one for some in found.values() for one in some]
    _write(args.out, near)
    shown = mine.sheet(near)
    if shown is None:
        print(f"nothing in {len(recordings)} recordings comes near an alarm")
        return 0
    cv2.imwrite(str(args.out / SHEET), shown[..., ::-1])
    for path, some in found.items():
        most = {
            label: max((one.nearness[label] for one in some), default=0) for label in thresholds
        }
        nearest = ", ".join(f"{label} {most[label]:.1f}" for label in most)
        print(f"{path}: {len(some)} pictures, nearest {nearest} times the threshold")
    print(f"look at {args.out / SHEET}: is nothing what they are?")
    return 0


def _recordings(footage: Sequence[Path]) -> dict[Path, str]:
    """The files named, and those in the folders named, by their names. Raises NothingToMine."""
    from models.evaluation.contents import VIDEOS  # noqa: PLC0415  (OpenCV and a decoder)

    found: list[Path] = []
    for path in footage:
        if path.is_dir():
            files = (one for one in path.rglob("*") if one.is_file())
            found += sorted(one for one in files if one.suffix.lower() in VIDEOS)
        elif path.is_file():
            found.append(path)
        else:
            raise NothingToMine(f"{path}: no such file or folder")
    if not found:
        raise NothingToMine(f"{footage[0]}: holds no recording ({', '.join(sorted(VIDEOS))})")
    return {path: path.name for path in found}


def _write(out: Path, near: Sequence[Near]) -> None:
    import cv2  # noqa: PLC0415  (`--help` is to be quick)

    (out / PICTURES).mkdir(parents=True)
    with (out / TABLE).open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(_HEADER)
        for number, one in enumerate(near):
            name = f"{PICTURES}/{number:05d}_{Path(one.clip).stem}_{one.at_s:.0f}s.png"
            cv2.imwrite(str(out / name), one.rgb[..., ::-1])
            box = ("", "", "", "") if one.box is None else (f"{side:.4f}" for side in one.box)
            said = (f"{one.nearness[label]:.3f}" for label in ("collapse", "spill"))
            table.writerow((name, one.clip, f"{one.at_s:.2f}", *said, *box))
