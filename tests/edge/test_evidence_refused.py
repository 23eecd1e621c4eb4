"""A disk that refuses costs the evidence, is said and counted, and never costs the alert."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from threading import Event as StopEvent

import pytest

from alerts.event import Event, Evidence, ThresholdUsed
from edge.clock import ReplayClock
from edge.core.types import Scores
from edge.eventing import Eventing
from edge.evidence import Keeper, Limits
from edge.pipeline import Seen
from edge.report import Pictures, Reporter, tellings
from tests.edge.frames import decision, frame, pattern_card
from tests.support import scenes
from tests.support.until import until

START = datetime(2026, 11, 20, tzinfo=timezone.utc)
LIMITS = Limits(before_s=2, after_s=1, keep_days=7, bytes_max=10**9)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KiB. Only root may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip(f"a disk of our own cannot be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def keeper(folder: Path) -> Keeper:
    return Keeper(folder, LIMITS, ReplayClock(START))


def test_a_file_in_place_of_the_folder(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "evidence").write_text("not a folder")
    refused = keeper(tmp_path / "evidence")
    refused.snapshot("event", 0, b"jpeg")
    refused.sweep()
    assert refused.of("event") == Evidence()
    assert refused.failed == 1
    assert "could not be written" in caplog.text


def test_a_full_disk_keeps_no_half_files(small_disk: Path) -> None:
    full = keeper(small_disk)
    full.snapshot("small", 0, bytes(20_000))
    full.snapshot("large", 0, bytes(100_000))
    assert (full.of("large"), full.failed) == (Evidence(), 1)
    assert [path.name for path in small_disk.iterdir()] == ["small-0.jpg"]
    full.snapshot("small", 1, bytes(20_000))  # there is room for it still
    assert full.failed == 1


def test_a_disk_that_became_read_only(small_disk: Path) -> None:
    refused = keeper(small_disk)
    refused.snapshot("before", 0, b"jpeg")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    refused.snapshot("after", 0, b"jpeg")
    assert refused.of("after") == Evidence()
    assert refused.failed == 1
    Keeper(small_disk, Limits(0, 0, keep_days=-1, bytes_max=0), ReplayClock(START)).sweep()
    assert (small_disk / "before-0.jpg").exists()


def test_the_alert_goes_out_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "evidence").write_text("not a folder")
    refused, told, pictures = keeper(tmp_path / "evidence"), list[Event](), list[bytes]()
    card = pattern_card(tmp_path / "model")
    used = ThresholdUsed(0.5, "the test")
    eventing = Eventing("lab", card, ReplayClock(START), {("hall", "collapse"): used})
    reporter = Reporter(
        lambda event, _at_ns: told.append(event),
        Pictures(refused, post=lambda _id, _camera, jpeg: pictures.append(jpeg)),
    )
    scores = Scores(0, 16 / 9, (scenes.down(),), scenes.liquid())
    (one,) = tellings(eventing, (decision(),), Seen(frame("hall"), scores, (), (decision(),)))
    reporter.tell(one)
    assert [(event.phase, event.evidence) for event in told] == [("opened", Evidence())]
    assert len(pictures) == 1  # the picture was made and is sent, though it is not kept
    assert refused.failed == 1


def test_an_alert_waits_a_second_for_a_disk_that_hangs_and_the_next_not_at_all(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # Opening a pipe that nobody reads hangs, as writing to a dying card does.
    os.mkfifo(tmp_path / "first-0.jpg.part")
    hung, stop = keeper(tmp_path), StopEvent()
    thread = threading.Thread(target=hung.write_pictures, args=(stop,))
    thread.start()
    began_s = time.monotonic()
    hung.hand_in("first", 0, b"jpeg")
    assert time.monotonic() - began_s >= 0.9
    began_s = time.monotonic()
    for number in range(10):
        hung.hand_in("next", number, b"jpeg")
    assert time.monotonic() - began_s < 9  # not a second each
    assert hung.waiting() == 11
    assert caplog.text.count("hangs: alerts do not wait") == 1
    os.close(os.open(tmp_path / "first-0.jpg.part", os.O_RDONLY | os.O_NONBLOCK))  # it wakes
    until(lambda: hung.waiting() == 0, "all is written")
    assert (tmp_path / "next-9.jpg").read_bytes() == b"jpeg"

    def waited_for_again() -> bool:
        hung.hand_in("last", 0, b"jpeg")
        return hung.waiting() == 0

    until(waited_for_again, "it is waited for again")
    assert hung.of("last").snapshot is not None
    stop.set()
    thread.join(20)


def test_what_is_handed_in_last_is_written_before_a_stop_is_over(tmp_path: Path) -> None:
    late, stop = keeper(tmp_path), StopEvent()
    stop.set()
    thread = threading.Thread(target=late.hand_in, args=("event", 0, b"jpeg"))
    thread.start()
    until(lambda: late.waiting() == 1, "handed in")
    late.write_pictures(stop)
    thread.join(20)
    assert (tmp_path / "event-0.jpg").exists()


def test_a_flood_of_pictures_is_not_piled_up(tmp_path: Path) -> None:
    nobody = keeper(tmp_path)
    for number in range(20):
        nobody.hand_in("event", number, b"jpeg")
    assert nobody.waiting() == 16
    assert nobody.failed == 4
