"""What leaves with a clone: nothing of the machine it was made on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT, tracked

FORBIDDEN = {
    # Where somebody's files lie: it breaks elsewhere, and says more than it should.
    "an absolute path of a build": rb"(?<![\w.:/-])/(?:work|home|root|Users|mnt|builds?)/[\w.-]+",
    # Where packages come from is the installer's own affair.
    "a package index": rb"--(?:extra-)?index-url|--find-links|(?i:artifactory|pip\.conf|/simple/)",
    "a registry": rb"(?i:\bregistry\.[a-z0-9-]+\.|\bregistry[-_ ]?(?:host|url|mirror))",
}
MYSELF = Path(__file__)


def found_in(data: bytes, what: str) -> list[str]:
    return [
        f"{data[max(0, match.start() - 20) : match.end() + 20]!r}"
        for match in re.finditer(FORBIDDEN[what], data)
    ]


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_tracked_file_holds(what: str) -> None:
    found = {
        str(path.relative_to(ROOT)): places
        for path in tracked()
        if path != MYSELF and (places := found_in(path.read_bytes(), what))
    }
    assert not found


def test_the_linter_itself() -> None:
    path, index, registry = FORBIDDEN
    assert found_in(b'open("/home/joe/clip.mp4")', path)
    assert found_in(b"\0weights from /home/x/y.pt\0", path)
    assert not found_in(b"https://example.org/home/joe and a/home/b", path)
    assert found_in(b"pip install --index-url https://x", index)
    assert found_in(b"https://packages.example.org/simple/", index)
    assert found_in(b"registry.example.org", registry)
    assert not found_in(b"the sink registry", registry)


def test_only_small_odd_files() -> None:
    """Nobody commits a log, a data base or a cache by accident."""
    suffixes = {".db", ".log", ".part", ".pyc", ".sqlite3", ".whl", ".zip"}
    assert not [str(path) for path in tracked() if path.suffix in suffixes]
