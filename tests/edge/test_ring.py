"""The last seconds of a camera: bounded in time and bytes, and always from a key frame on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.ports import Packet, StreamInfo
from edge.ring import Kept, PacketRing, RingMemory
from edge.sources.pattern import Script, draw
from tests.edge.frames import NS
from tests.edge.packets import packets_of
from tests.support.clips import write_clip, write_pattern

FPS, GOP, SECONDS = 10, 10, 20
Real = tuple[StreamInfo, list[Packet]]


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Real:
    """20 s of H.264 at 10 fps, a key frame every second."""
    script = Script(duration_s=SECONDS, fps=FPS, size=(64, 64))
    return packets_of(write_pattern(tmp_path_factory.mktemp("ring") / "a.mp4", script, gop=GOP))


def filled(real: Real, ring: PacketRing, count: int | None = None) -> PacketRing:
    info, packets = real
    ring.started(info)
    for packet in packets[:count]:
        ring.add((packet,), 100 * NS)
    return ring


def kept(ring: PacketRing) -> list[Packet]:
    cut = ring.cut(0, 10**15)
    return [] if cut is None else [one.packet for one in cut.packets]


def test_it_keeps_what_was_asked_for_and_one_group_of_pictures_at_most(real: Real) -> None:
    for count in range(1, len(real[1]) + 1, 7):
        ring = filled(real, PacketRing(keep_s=5), count)
        left = kept(ring)
        assert left == real[1][count - len(left) : count]
        assert left[0].keyframe
        span_s = (left[-1].pts_ns - left[0].pts_ns) / NS
        assert span_s <= 5 + GOP / FPS
        assert span_s >= min(5, (count - 1) / FPS) - 1e-6


def test_too_many_bytes_shorten_it_by_whole_groups_of_pictures(real: Real) -> None:
    bytes_max = sum(len(packet.data) for packet in real[1]) // 4
    ring = filled(real, PacketRing(keep_s=3600, bytes_max=bytes_max))
    left = kept(ring)
    assert left[0].keyframe
    assert left[-1] == real[1][-1]
    assert sum(len(packet.data) for packet in left) <= bytes_max
    assert ring.overflows == 0


def test_a_stream_without_further_key_frames_does_not_fill_the_memory(real: Real) -> None:
    key, *rest = real[1][:GOP]
    bytes_max = 3 * sum(len(packet.data) for packet in real[1][:GOP])
    ring = PacketRing(keep_s=5, bytes_max=bytes_max)
    ring.started(real[0])
    ring.add([key], 0)
    for number in range(4000):
        ring.add([rest[number % len(rest)]], number * NS // FPS)
        assert sum(len(packet.data) for packet in kept(ring)) <= bytes_max
    assert ring.overflows == 1
    assert ring.newest_ns() is None
    ring.add([key], 500 * NS)  # from the next key frame on there is something again
    assert kept(ring) == [key]


@given(
    st.lists(st.tuples(st.integers(1, 3000), st.booleans(), st.integers(0, 300)), max_size=60),
    st.integers(0, 20),
)
def test_whatever_comes_it_begins_with_a_key_frame_and_ends_with_the_newest(
    steps: list[tuple[int, bool, int]], keep_s: int
) -> None:
    ring, at_ns = PacketRing(keep_s, bytes_max=1000), 0
    ring.started(StreamInfo("h264", 64, 64, 10.0, b""))
    for step_ms, key, size in steps:
        at_ns += step_ms * 1_000_000
        packet = Packet(at_ns, at_ns, key, bytes(size))
        ring.add((packet,), 0)
        left = kept(ring)
        assert not left or left[0].keyframe
        assert not left or left[-1] == packet
        assert sum(len(one.data) for one in left) <= 1000 or len(left) == 1


def test_a_cut_begins_with_the_key_frame_before_and_ends_where_it_was_asked_to(real: Real) -> None:
    ring = filled(real, PacketRing(keep_s=60))
    cut = ring.cut(int(104.55 * NS), int(107.25 * NS))
    assert cut is not None
    assert cut.info == real[0]
    assert cut.packets[0].packet.keyframe
    assert cut.packets[0].at_ns == pytest.approx(104 * NS, abs=NS / FPS / 2)
    assert cut.packets[-1].at_ns == pytest.approx(107.2 * NS, abs=NS / FPS / 2)
    assert len(cut.packets) == 33


def test_a_cut_from_before_the_beginning_has_what_there_is(real: Real) -> None:
    ring = filled(real, PacketRing(keep_s=60))
    cut = ring.cut(0, 101 * NS)
    assert cut is not None
    assert cut.packets[0].packet == real[1][0]
    assert ring.cut(0, 99 * NS) is None


def test_what_the_last_picture_leans_on_is_in_the_cut(tmp_path: Path) -> None:
    pictures = [draw((), 0, (64, 64))] * 30
    info, packets = packets_of(write_clip(tmp_path / "b.mp4", pictures, gop=30, b_frames=2))
    assert [p.pts_ns for p in packets] != sorted(p.pts_ns for p in packets)
    ring = PacketRing(keep_s=60)
    ring.started(info)
    ring.add(packets, 0)
    shown = sorted(p.pts_ns for p in packets)
    for until_ns in shown:
        cut = ring.cut(0, until_ns)
        assert cut is not None
        chosen = [one.packet for one in cut.packets]
        assert chosen == packets[: len(chosen)]  # no hole in the order of decoding
        assert {p.pts_ns for p in chosen} >= {ns for ns in shown if ns <= until_ns}


def test_a_connection_found_again_goes_on_from_its_next_key_frame(real: Real) -> None:
    ring = filled(real, PacketRing(keep_s=60))
    newest_ns, count = ring.newest_ns(), len(whole(ring))
    ring.started(real[0])
    ring.add(real[1][1:3], 125 * NS)  # pictures that lean on one we never saw
    assert (ring.newest_ns(), len(whole(ring))) == (newest_ns, count)
    ring.add(real[1][:1], 125 * NS)
    assert len(whole(ring)) == count + 1


def test_a_stream_of_another_kind_begins_anew(real: Real) -> None:
    ring = filled(real, PacketRing(keep_s=60))
    ring.started(replace(real[0], width=real[0].width * 2))
    assert ring.newest_ns() is None
    assert ring.cut(0, 10**15) is None


def whole(ring: PacketRing) -> tuple[Kept, ...]:
    cut = ring.cut(-(10**15), 10**15)
    return cut.packets if cut is not None else ()


def test_without_packets_there_is_no_cut() -> None:
    ring = PacketRing(keep_s=60)
    ring.add([Packet(0, 0, True, b"x")], 0)
    assert ring.cut(0, 1) is None  # no stream was announced
    ring.started(StreamInfo("", 64, 64, 10.0, b""))
    assert ring.cut(0, 1) is None


def test_the_rings_of_many_large_streams_stay_within_their_memory_together() -> None:
    """32 cameras at 16 Mbit/s and 10 packets a second, key frames every two seconds: 25 s of them
    would be 1.6 GB, and are 1.6 MB here, at a thousandth of the bytes."""
    memory = RingMemory(512 * 1024)
    rings = [PacketRing(keep_s=25, memory=memory) for _ in range(32)]
    data, most = bytes(200), 0
    for ring in rings:
        ring.started(StreamInfo("h264", 1920, 1080, 10.0, b""))
    for number in range(600):
        for ring in rings:
            ring.add((Packet(number * NS // 10, number * NS // 10, number % 20 == 0, data),), 0)
            most = max(most, memory.size_bytes())
    assert most <= 512 * 1024 * 9 // 8  # it looks now and then
    for ring in rings:
        left = kept(ring)
        assert left[0].keyframe
        assert (left[-1].pts_ns - left[0].pts_ns) / NS >= 5.9  # of 8 s, in groups of two
        assert ring.overflows == 0


def test_a_large_stream_is_shortened_before_small_ones_and_one_that_is_gone_counts_no_more(
    real: Real,
) -> None:
    memory = RingMemory(200_000)
    small = filled(real, PacketRing(keep_s=60, memory=memory))
    assert memory.size_bytes() == small.size_bytes
    whole_small = len(kept(small))
    large = PacketRing(keep_s=60, memory=memory)
    large.started(StreamInfo("h264", 1920, 1080, 10.0, b""))
    for number in range(200):
        large.add((Packet(number * NS, number * NS, number % 5 == 0, bytes(5_000)),), 0)
    assert memory.size_bytes() <= 225_000
    assert len(kept(small)) == whole_small
    del large
    assert memory.size_bytes() == small.size_bytes


def test_groups_of_pictures_too_large_for_the_memory_are_let_go_and_counted() -> None:
    memory = RingMemory(10_000)
    ring = PacketRing(keep_s=60, memory=memory)
    ring.started(StreamInfo("h264", 1920, 1080, 10.0, b""))
    for number in range(50):
        ring.add((Packet(number * NS, number * NS, number % 25 == 0, bytes(1_000)),), 0)
        assert memory.size_bytes() <= 12_000
    assert ring.overflows == 2


def test_what_follows_a_packet_is_all_that_came_since(real: Real) -> None:
    ring = filled(real, PacketRing(keep_s=60), 50)
    cut = ring.cut(0, 10**15)
    assert cut is not None
    last = cut.packets[-1].number
    assert ring.following(last, real[0], 10**15) == ()
    ring.add(real[1][50:60], 100 * NS)
    more = ring.following(last, real[0], 10**15)
    assert more is not None
    assert [one.packet for one in more] == real[1][50:60]
    assert ring.following(last, replace(real[0], width=1), 10**15) is None
