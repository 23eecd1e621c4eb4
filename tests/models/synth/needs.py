"""Whether this machine can render. Without, tests skip and say so; under `CI` they fail."""

from __future__ import annotations

import importlib
import os

import pytest

from alerts.errors import UserError


def renderer() -> None:
    """Call before importing what renders: skips the module where MuJoCo or OSMesa is missing."""
    try:
        importlib.import_module("models.synth.physics")
    except UserError as missing:
        if os.environ.get("CI"):
            pytest.fail(str(missing), pytrace=False)
        pytest.skip(str(missing), allow_module_level=True)
