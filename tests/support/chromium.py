"""A real Chromium for a test, with the network off."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.support.mosquitto import need

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# In a container it is root without a sandbox of its own; the rest is what it would ask of others.
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_PATIENCE_MS = 20_000  # until a page shows what it should; two cores may be at work on much else


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's, driven by playwright; a visible skip where either is missing, a failure in CI."""
    program = need("chromium", "chromium")
    try:
        from playwright.sync_api import (  # noqa: PLC0415  (may not be installed)
            expect,
            sync_playwright,
        )
    except ImportError:
        missing = "playwright is missing: pip install -e '.[test]'"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    expect.set_options(timeout=_PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(_FLAGS))
        try:
            yield browser
        finally:
            browser.close()
