"""The verb `bundle`."""

from __future__ import annotations

import argparse
import json
from importlib import metadata
from pathlib import Path
from typing import Any

Verbs = Any  # argparse's sub-parser collection has no public type
_PLATFORMS = {
    "jetson-jp6": "JetPack 6: Orin, Python 3.10",
    "jetson-jp7": "JetPack 7: Orin and Thor, Python 3.12",
    "x86_64": "any Linux on an Intel or AMD processor",
}


def register(verbs: Verbs) -> None:
    """Adds the verb."""
    platforms = "; ".join(f"{name}: {about}" for name, about in _PLATFORMS.items())
    parser = verbs.add_parser(
        "bundle",
        help="make one archive that installs on a device without a network",
        description="Packs floorwatch, its model, every Python package it needs on that platform "
        "(with checksums and licences), the systemd unit and an install script into one archive. "
        "Carry it to the device, unpack it, and run `sudo sh install.sh`: nothing is fetched "
        "there, and a newer bundle upgrades in place. Needs the network here and now, but neither "
        f"that platform nor torch. The platforms are {platforms}.",
        epilog="example: floorwatch bundle --platform jetson-jp6 --config site.yaml",
    )
    _add_options(parser)
    parser.set_defaults(run=_bundle)


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--platform", required=True, choices=sorted(_PLATFORMS), help="what the device is"
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="the archive (default: floorwatch-VERSION-PLATFORM.tar.gz here)",
    )
    parser.add_argument(
        "--config",
        type=Path,
        metavar="SITE",
        help="take this site file along, with its model and thresholds; passwords never",
    )
    parser.add_argument(
        "--with",
        dest="extras",
        default="",
        metavar="EXTRA,...",
        help="extras of floorwatch that the device is to have, such as openvino",
    )
    parser.add_argument(
        "--python",
        choices=("3.10", "3.11", "3.12"),
        help="of an x86_64 device (default: the Python that runs here)",
    )
    parser.add_argument(
        "--wheels",
        type=Path,
        metavar="DIR",
        help="take the packages from this folder of wheels, and nothing from the network",
    )
    parser.add_argument("--json", action="store_true", help="what was made as one JSON line")


def _bundle(args: argparse.Namespace) -> int:
    # Imported when needed, so that `--help` is quick.
    from rich.console import Console  # noqa: PLC0415  (see above)

    from edge.bundle.make import Order, make  # noqa: PLC0415  (see above)
    from edge.bundle.target import target  # noqa: PLC0415  (see above)

    version = metadata.version("floorwatch")
    order = Order(
        target=target(args.platform, args.python),
        out=args.out or Path(f"floorwatch-{version}-{args.platform}.tar.gz"),
        extras=tuple(extra.strip() for extra in args.extras.split(",") if extra.strip()),
        site=args.config,
        store=args.wheels,
    )
    paper = Console(stderr=True, highlight=False)
    with paper.status(f"bundle for {order.target}") as status:

        def say(words: str) -> None:
            status.update(f"bundle for {order.target}: {words}")

        made = make(order, say)
    if args.json:
        said = vars(made) | {"archive": str(made.archive), "platform": args.platform}
        print(json.dumps(said), flush=True)
        return 0
    print(f"{made.archive}: {made.size_bytes / 1e6:.0f} MB, {made.wheels} wheels")
    print(f"sha256 {made.sha256}")
    for secret in made.secrets:
        print(f"not in it, put it on the device by hand: {secret}")
    print(f"there: tar xzf {made.archive.name}, then sudo sh install.sh in what was unpacked")
    return 0
