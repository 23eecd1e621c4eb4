"""Reads a site file. Whatever is wrong with it comes out as one plain line each (`BadConfig`)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from alerts.settings.reading import NOTHING, load_as
from edge.config.schema import Config
from edge.config.versions import VERSION, brought_forward


def load(path: Path | str, overrides: Mapping[str, object] = NOTHING) -> Config:
    """The site file at `path`, with `overrides` as `load_as` takes them. Raises `BadConfig`."""
    return load_as(
        Config,
        Path(path),
        kind="a site file",
        instead="configs/example.yaml is one",
        newest=VERSION,
        forward=brought_forward,
        overrides=overrides,
    )
