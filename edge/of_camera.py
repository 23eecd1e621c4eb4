"""What the verbs about one camera of a site are asked, and how they find what is kept of it."""

from __future__ import annotations

import argparse
import time
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from alerts.errors import UserError
from edge.remembered import Remembered

if TYPE_CHECKING:
    from edge.config.camera import Camera
    from edge.config.schema import Config


def add(parser: argparse.ArgumentParser) -> None:
    """The camera, and the site file."""
    parser.add_argument("camera", metavar="CAMERA", help="its name in the site file")
    parser.add_argument(
        "--config",
        type=Path,
        default=Path("site.yaml"),
        metavar="SITE",
        help="the site file (default: site.yaml here)",
    )


def asked(args: argparse.Namespace) -> tuple[Config, Camera]:
    """The site, and the camera that is meant. Raises BadConfig."""
    from edge.config.cameras import named  # noqa: PLC0415  (every verb has its parser made here)
    from edge.config.load import load  # noqa: PLC0415  (see above)

    config = load(args.config)
    camera = named(config, args.camera)
    if camera is None:  # it is asked by name
        raise UserError(f"{args.config}: name one of its cameras")
    return config, camera


def forget(args: argparse.Namespace, folder: str, after: str) -> str:
    """Deletes what is kept of the camera in that folder of the site's state; in words, with what
    comes `after` that."""
    config, camera = asked(args)
    files = Remembered(config.state_folder / folder)
    there = files.path(camera.name).exists()
    files.forget(camera.name)
    return f"{camera.name}: {f'forgotten; {after}' if there else 'nothing was known'}"


def fresh(path: Path, zone: tzinfo) -> str:
    """When a file was written, and that this is an hour ago at most while somebody writes it."""
    at_s = path.stat().st_mtime
    minutes = max(0.0, time.time() - at_s) / 60
    ago = f"{minutes:.0f} minutes" if minutes < 90 else f"{minutes / 60:.0f} hours"
    return (
        f"as of {datetime.fromtimestamp(at_s, zone):%Y-%m-%d %H:%M}, {ago} ago; the daemon writes "
        "it hourly at the latest, and when it ends"
    )
