"""A clip in, `events.jsonl` out: byte for byte with the scripted backend."""

from __future__ import annotations

from pathlib import Path

from tests.golden import make


def test_the_pattern_gives_these_events_byte_for_byte(tmp_path: Path) -> None:
    assert make.replay(tmp_path) == make.EVENTS.read_bytes()


def test_twice_is_the_same(tmp_path: Path) -> None:
    assert make.replay(tmp_path / "one") == make.replay(tmp_path / "two")
