from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real clips and weights, which no repository holds."""
    folder = os.environ.get("FLOORWATCH_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("FLOORWATCH_DATA names no folder with falls/, spills/, normal/, pretrained/")
    return Path(folder)
