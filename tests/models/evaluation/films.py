"""Small real clips of drawn patterns, and how they are watched by the scripted backend."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from edge import wiring
from edge.config.load import load
from edge.core.types import Box
from edge.sources.pattern import Mark, Script
from models.evaluation.recording import Kind, Recording
from models.evaluation.tracing import Setup
from models.evaluation.workers import Network
from tests.support.clips import write_pattern
from tests.support.site import site_file

FALL = (
    Mark("upright", Box(0.20, 0.20, 0.12, 0.50), 0, 3),
    Mark("down", Box(0.20, 0.62, 0.36, 0.16), 3),
)
LIQUID = (Mark("liquid", Box(0.3, 0.7, 0.4, 0.2), 2),)
SIZE = (320, 180)


def film(
    path: Path, marks: tuple[Mark, ...] = FALL, seconds: float = 7.0, fps: float = 10.0
) -> Path:
    """A clip of 320×180."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_pattern(path, Script(marks, seconds, fps, SIZE))


def recording(path: Path, seconds: float, kind: Kind = "video", **more: Any) -> Recording:
    """What truth would know of it."""
    content = path.read_bytes() if path.is_file() else str(path).encode()
    digest = hashlib.sha256(content).hexdigest()
    return Recording(path.name, path, kind, "films", (), seconds, digest, **more)


def network(folder: Path, **camera: Any) -> Network:
    """The scripted backend, and a site with one camera, whose alarms take seconds."""
    cameras = [{"name": "hall", "url": "rtsp://camera.invalid/"} | camera]
    config = load(site_file(folder / "site", cameras))
    return Network(config, wiring.model(config))


def setup(of: Network, **file: Any) -> Setup:
    """As the site's camera; `file` changes how its recordings are played."""
    camera = of.config.cameras[0]
    camera = camera.model_copy(update={"file": camera.file.model_copy(update=file)})
    return Setup(camera, wiring.policy(of.config.alarms, camera, of.model.card, None))
