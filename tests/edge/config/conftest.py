"""A site file written, read, and what is said of it without the folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from alerts.errors import BadConfig
from edge.config import Config, load

Read = Callable[..., Config]
Said = Callable[..., list[str]]


@pytest.fixture
def site_file(tmp_path: Path) -> Path:
    return tmp_path / "site.yaml"


@pytest.fixture
def read(site_file: Path) -> Read:
    def read(text: str | bytes, overrides: Mapping[str, object] | None = None) -> Config:
        site_file.write_bytes(text.encode() if isinstance(text, str) else text)
        return load(site_file, overrides or {})

    return read


@pytest.fixture
def said(read: Read, site_file: Path) -> Said:
    def said(text: str | bytes, overrides: Mapping[str, object] | None = None) -> list[str]:
        with pytest.raises(BadConfig) as caught:
            read(text, overrides)
        return str(caught.value).replace(str(site_file), "site.yaml").splitlines()

    return said
