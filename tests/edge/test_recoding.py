"""Packets into clips: as they were sent, or encoded anew, for whoever plays them."""

from __future__ import annotations

import io
from datetime import datetime, timezone
from pathlib import Path

import av
import numpy as np
import pytest

from edge.muxing import About, NoClip, mp4
from edge.ports import Packet
from edge.recoding import recoded
from edge.ring import Cut, Kept
from tests.edge.chequers import FPS, SECONDS, Stream, chequered, cut_of, decoded, stream
from tests.edge.frames import NS
from tests.support.clips import Codec

START = datetime(2026, 11, 20, 14, 0, 0, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Stream:
    return stream(tmp_path_factory.mktemp("clips"))


@pytest.mark.parametrize(("codec", "b_frames"), [("h264", 2), ("hevc", 0), ("mjpeg", 0)])
def test_whatever_a_camera_sends_is_h264_then_at_the_same_times(
    tmp_path: Path, codec: Codec, b_frames: int
) -> None:
    cut = cut_of(stream(tmp_path, codec, b_frames))
    again = recoded(cut, lambda rgb, _at_ns: rgb)
    assert again.info.codec == "h264"
    was = sorted(one.at_ns for one in cut.packets)
    assert [one.at_ns for one in again.packets] == pytest.approx(was, abs=2_000_000)
    pictures = decoded(mp4(again))
    assert len(pictures) == FPS * SECONDS
    assert np.abs(pictures[40][1].astype(int) - chequered()[..., 0]).mean() < 20


def test_a_large_picture_is_made_smaller_and_an_odd_one_even(tmp_path: Path) -> None:
    info, packets = stream(tmp_path, "mjpeg", size=(1601, 901))
    cut = Cut(info, tuple(Kept(one.pts_ns, one) for one in packets[:5]))
    with av.open(io.BytesIO(mp4(recoded(cut, lambda rgb, _at_ns: rgb)))) as clip:
        assert (clip.streams.video[0].width, clip.streams.video[0].height) == (1280, 720)


def test_packets_garbled_on_the_way_cost_their_own_pictures(real: Stream) -> None:
    info, packets = real
    noise = bytes(range(256)) * 4
    garbled = [
        Packet(one.pts_ns, one.dts_ns, one.keyframe, noise) if 20 <= n < 25 else one
        for n, one in enumerate(packets)
    ]
    again = recoded(cut_of((info, garbled)), lambda rgb, _at_ns: rgb)
    assert len(again.packets) >= 70
    with pytest.raises(NoClip, match="no picture"):
        recoded(cut_of((info, [Packet(0, 0, True, noise)])), lambda rgb, _at_ns: rgb)


@pytest.mark.parametrize(("codec", "b_frames"), [("h264", 0), ("h264", 2), ("hevc", 0)])
def test_the_index_comes_before_the_pictures(tmp_path: Path, codec: Codec, b_frames: int) -> None:
    """So that a page can play it while it loads."""
    data = mp4(cut_of(stream(tmp_path, codec, b_frames)), About(START, "a title"))
    assert 0 < data.index(b"moov") < data.index(b"mdat")
    if codec == "hevc":
        assert b"hvc1" in data


def test_there_is_room_for_the_index_of_the_longest_clip(real: Stream) -> None:
    info, packets = real
    step_ns = NS // 60
    many = [
        Kept(n * step_ns, Packet(n * step_ns, n * step_ns, True, packets[0].data))
        for n in range(360 * 60 // 10)  # all of them key frames, each of its own length in time
    ]
    jittered = [
        Kept(one.at_ns, Packet(one.at_ns, one.at_ns + n % 7 * 1000, True, one.packet.data))
        for n, one in enumerate(many)
    ]
    data = mp4(Cut(info, tuple(jittered)))
    assert data.index(b"moov") < data.index(b"mdat")
