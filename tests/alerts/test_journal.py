from __future__ import annotations

from pathlib import Path

import pytest

from alerts.errors import UserError
from alerts.subscribers.journal import Journal, read
from tests.alerts.samples import an_event


def test_what_is_written_can_be_read_and_added_to(tmp_path: Path) -> None:
    path = tmp_path / "new" / "events.jsonl"
    with Journal(path) as journal:
        journal.write(an_event(0))
        assert list(read(path)) == [an_event(0)]  # at once, not when it is closed
    with Journal(path) as journal:
        journal.write(an_event(1))
    assert list(read(path)) == [an_event(0), an_event(1)]
    with Journal(path, fresh=True) as journal:
        journal.write(an_event(2))
    assert path.read_text() == an_event(2).to_json() + "\n"


def test_a_writer_cut_off_leaves_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    text = an_event(0).to_json()
    path.write_text(f"{text}\n{text[:100]}")
    assert list(read(path)) == [an_event(0)]


def test_what_cannot_be_used_is_told(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with pytest.raises(UserError, match="cannot be read: No such file"):
        list(read(path))
    path.write_text(f"{an_event(0).to_json()}\n{{}}\n")
    with pytest.raises(UserError, match="line 2: "):
        list(read(path))
    with pytest.raises(UserError, match="cannot be written"), Journal(tmp_path):
        pass


def test_a_full_disk_is_told_in_one_line_when_it_is_met() -> None:
    with (
        pytest.raises(UserError, match=r"\(No space left on device\): make room") as told,
        Journal(Path("/dev/full")) as journal,  # the system's own: each write finds the disk full
    ):
        journal.write(an_event())
    assert "\n" not in str(told.value)
