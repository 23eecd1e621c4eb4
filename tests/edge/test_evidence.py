"""Evidence on disk: clips that play, old ones that go, and disks that refuse."""

from __future__ import annotations

import hashlib
import io
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from threading import Event

import av
import pytest

from edge.clock import ReplayClock
from edge.evidence import Keeper, Limits
from edge.muxing import NoClip, mp4
from edge.ports import Packet, StreamInfo
from edge.ring import Cut, Kept, PacketRing
from edge.sources.pattern import Script, draw
from tests.edge.frames import NS
from tests.edge.packets import packets_of
from tests.support.clips import Codec, write_clip
from tests.support.until import until

START = datetime(2026, 11, 20, tzinfo=timezone.utc)
SCRIPT = Script(duration_s=6, fps=10, size=(96, 64))
LIMITS = Limits(before_s=2, after_s=1, keep_days=7, bytes_max=10**9)
DAY_S = 86_400


def stream(
    folder: Path, codec: Codec = "h264", b_frames: int = 0
) -> tuple[StreamInfo, list[Packet]]:
    """Six seconds at 10 fps, a key frame every second."""
    pictures = (draw((), at_s, SCRIPT.size) for at_s in SCRIPT.times_s)
    clip = folder / f"in.{'avi' if codec == 'mjpeg' else 'mp4'}"
    return packets_of(write_clip(clip, pictures, codec=codec, gop=10, b_frames=b_frames))


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> PacketRing:
    """That stream, from 100 s of the camera's time on."""
    info, packets = stream(tmp_path_factory.mktemp("evidence"))
    full = PacketRing(keep_s=60)
    full.started(info)
    full.add(packets, 100 * NS)
    return full


@contextmanager
def running(keeper: Keeper) -> Iterator[Event]:
    stop = Event()
    thread = threading.Thread(target=keeper.run, args=(stop,), name="evidence")
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()


def played(data: bytes) -> list[float]:
    """The times in seconds of all pictures that decode."""
    with av.open(io.BytesIO(data), format="mp4") as clip:
        return [frame.time or 0.0 for frame in clip.decode(video=0)]


@pytest.mark.parametrize(
    ("codec", "b_frames"), [("h264", 0), ("h264", 2), ("hevc", 0), ("mjpeg", 0)]
)
def test_packets_of_every_codec_make_a_clip_that_plays(
    tmp_path: Path, codec: Codec, b_frames: int
) -> None:
    info, packets = stream(tmp_path, codec, b_frames)
    data = mp4(Cut(info, tuple(Kept(packet.pts_ns, packet) for packet in packets)))
    times = played(data)
    assert len(times) == 60
    assert times == sorted(set(times))
    assert times[-1] - times[0] == pytest.approx(5.9, abs=0.15)
    with av.open(io.BytesIO(data), format="mp4") as clip:
        assert next(clip.demux(video=0)).is_keyframe


@pytest.mark.parametrize("codec", ["h264", "hevc", "mjpeg", "mpeg4", "nonsense"])
@pytest.mark.parametrize(
    "garbled", [b"", b"\0\0\0\1\x65" + b"\xff" * 99, bytes(range(256)) * 9, b"\xff\xd8\xff\0"]
)
def test_what_makes_no_clip_is_said_and_is_no_bug(codec: str, garbled: bytes) -> None:
    packets = tuple(Kept(n * NS, Packet(n * NS, n * NS, n == 0, garbled)) for n in range(4))
    with pytest.raises(NoClip, match=codec):
        mp4(Cut(StreamInfo(codec, 96, 64, 10.0, b""), packets))


def test_a_clip_is_cut_around_the_alert_once_its_end_has_come(
    tmp_path: Path, ring: PacketRing
) -> None:
    keeper = Keeper(tmp_path, LIMITS, ReplayClock(START))
    keeper.want_clip("event", ring, int(103.55 * NS))
    with running(keeper):
        until(lambda: keeper.of("event").clip, "the clip is known")
    kept = keeper.of("event").clip
    assert kept is not None
    data = (tmp_path / kept.name).read_bytes()
    assert kept.sha256 == hashlib.sha256(data).hexdigest()
    # From the key frame before 101.55 s to 104.55 s.
    assert len(played(data)) == 36
    assert [path.name for path in tmp_path.iterdir()] == ["event.mp4"]


def test_a_clip_waits_for_its_end_but_not_for_ever(tmp_path: Path, ring: PacketRing) -> None:
    clock = ReplayClock(START)
    clock.set(105 * NS)
    keeper = Keeper(tmp_path, LIMITS, clock)
    keeper.want_clip("later", ring, int(105.5 * NS))
    keeper.want_clip("now", ring, int(103.5 * NS))
    with running(keeper):
        until(lambda: keeper.of("now").clip, "the one whose end has come")
        assert keeper.of("later").clip is None
        clock.set(112 * NS)  # the camera fell silent meanwhile
        until(lambda: keeper.of("later").clip, "what there is of it")


def test_what_still_waits_is_cut_when_it_stops(tmp_path: Path, ring: PacketRing) -> None:
    keeper = Keeper(tmp_path, LIMITS, ReplayClock(START))
    keeper.want_clip("event", ring, int(105.9 * NS))
    with running(keeper) as stop:
        stop.set()
    assert (tmp_path / "event.mp4").is_file()


def test_a_garbled_stream_costs_its_clip_and_nothing_else(
    tmp_path: Path, ring: PacketRing, caplog: pytest.LogCaptureFixture
) -> None:
    garbled = PacketRing(keep_s=60)
    garbled.started(StreamInfo("h264", 96, 64, 10.0, b""))
    garbled.add([Packet(0, 0, True, b"\0\0\1\x65garbled")], 105 * NS)
    keeper = Keeper(tmp_path, LIMITS, ReplayClock(START))
    keeper.want_clip("bad", garbled, 105 * NS)
    keeper.want_clip("good", ring, 103 * NS)
    with running(keeper) as stop:
        stop.set()
    assert keeper.of("good").clip is not None
    assert (keeper.of("bad").clip, keeper.failed) == (None, 1)
    assert "bad" in caplog.text


def test_too_many_wanted_clips_are_refused_and_counted(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path, LIMITS, ReplayClock(START))
    for number in range(70):
        keeper.want_clip(str(number), PacketRing(1), 10**6 * NS)
    assert keeper.failed == 6


def test_the_latest_snapshot_counts_beside_the_clip(tmp_path: Path, ring: PacketRing) -> None:
    keeper = Keeper(tmp_path / "deep" / "folder", LIMITS, ReplayClock(START))
    keeper.snapshot("event", 0, b"first")
    keeper.want_clip("event", ring, 103 * NS)
    with running(keeper) as stop:
        stop.set()
    keeper.snapshot("event", 1, b"second")
    evidence = keeper.of("event")
    assert evidence.clip is not None
    assert evidence.snapshot is not None
    assert evidence.snapshot.name == "event-1.jpg"
    assert evidence.snapshot.sha256 == hashlib.sha256(b"second").hexdigest()


def incident(number: int) -> str:
    """The id of an incident, as files are named after it."""
    return f"20261120T12{number:02d}00000Z-0123456789"


def aged(folder: Path, name: str, days: float, size: int = 100) -> Path:
    path = folder / name
    path.write_bytes(bytes(size))
    os.utime(path, (time.time() - days * DAY_S,) * 2)
    return path


def test_what_is_too_old_goes_half_written_files_too(tmp_path: Path) -> None:
    a, b, c = (incident(number) for number in range(3))
    old = [aged(tmp_path, name, 8) for name in (f"{a}-0.jpg", f"{a}.mp4", f"{b}.mp4.part")]
    young = [aged(tmp_path, name, 6) for name in (f"{c}-0.jpg", f"{c}.mp4")]
    foreign = [aged(tmp_path, name, 400) for name in ("notes.txt", "kept by us.jpg", "a.mp4")]
    Keeper(tmp_path, LIMITS, ReplayClock(START)).sweep()
    assert not any(path.exists() for path in old)
    assert all(path.exists() for path in [*young, *foreign])


def test_too_much_goes_from_the_oldest_on(tmp_path: Path) -> None:
    files = [aged(tmp_path, f"{incident(days)}-0.jpg", days, size=1000) for days in range(6)]
    Keeper(tmp_path, Limits(0, 0, 7, bytes_max=3500), ReplayClock(START)).sweep()
    assert [path.exists() for path in files] == [True] * 3 + [False] * 3


def test_it_sweeps_by_itself(tmp_path: Path) -> None:
    old = aged(tmp_path, f"{incident(0)}-0.jpg", 30)
    with running(Keeper(tmp_path, LIMITS, ReplayClock(START))):
        until(lambda: not old.exists(), "swept")


def test_a_single_picture_is_a_clip_too(tmp_path: Path) -> None:
    info, packets = stream(tmp_path)
    assert played(mp4(Cut(info, (Kept(0, packets[0]),)))) == [0.0]
