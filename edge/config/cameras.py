"""Which camera of a site file is meant, and a site of nothing but defaults for want of a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alerts.errors import BadConfig
from edge.config.camera import Camera
from edge.config.schema import Config


def defaults(site: str, chosen: Mapping[str, Any] | None = None) -> Config:
    """A site of that name with one camera, all by default but for what is `chosen`."""
    camera = {"name": "camera", "url": "."}
    bare = {"version": 1, "site": {"name": site}, "cameras": (camera,)}
    return Config.model_validate({**bare, **(chosen or {})})


def named(config: Config, name: str | None) -> Camera | None:
    """The camera of that name, or the only one; None where there are several and none is named.
    Raises BadConfig for a name that is not there."""
    if name is None:
        return config.cameras[0] if len(config.cameras) == 1 else None
    for camera in config.cameras:
        if camera.name == name:
            return camera
    raise BadConfig(f"the site file has no camera {name}; it has: {names(config)}")


def names(config: Config) -> str:
    """The cameras' names, to choose from."""
    return ", ".join(camera.name for camera in config.cameras)
