"""Clips: gathered as they happen, hidden picture by picture, and playable by whom they are for."""

from __future__ import annotations

import io
import threading
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from pathlib import Path
from threading import Event

import av
import pytest

from edge.clips import Clips, Gathering, Veil, Wanted
from edge.clock import ReplayClock
from edge.core.types import Box
from edge.evidence import Keeper, Limits
from edge.privacy import Mode, Privacy
from edge.ring import PacketRing
from edge.sightings import Sightings
from tests.edge.chequers import FPS, Stream, chequered, decoded, detail, ring_of, stream
from tests.edge.frames import NS
from tests.edge.packets import packets_of
from tests.support import scenes
from tests.support.clips import write_clip
from tests.support.until import until

START = datetime(2026, 11, 20, 14, 0, 0, tzinfo=timezone.utc)
PERSON = Box(0.4, 0.2, 0.2, 0.6)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Stream:
    return stream(tmp_path_factory.mktemp("clips"))


def veil(mode: Mode, looks: dict[float, Box | None], aspect: float = 16 / 9) -> Veil:
    sightings = Sightings(600)
    for at_s, box in looks.items():
        people = () if box is None else (scenes.upright(box),)
        one = scenes.scores(at_s, people)
        sightings.add("hall", type(one)(one.at_ns, aspect, one.people, one.spill))
    return Veil(Privacy(mode), sightings, "hall")


def every_fifth(
    until_s: float, box: Box | None = PERSON, from_s: float = 100
) -> dict[float, Box | None]:
    return {from_s + n / 5: box for n in range(round((until_s - from_s) * 5) + 1)}


def clip_of(
    ring: PacketRing, over: Veil | None, from_s: float = 100, until_s: float = 107.9
) -> bytes:
    wanted = Wanted("e", ring, int(104 * NS), START, int(from_s * NS), int(until_s * NS), over)
    gathering = Gathering(wanted)
    gathering.take(10**9)
    gathering.track = gathering.seen()
    data = gathering.made(lambda: None)
    assert data is not None
    return data


def test_a_clip_under_a_veil_is_hidden_also_where_nobody_noted_who_was_seen(real: Stream) -> None:
    over = veil("people", every_fifth(109))
    wanted = Wanted("e", ring_of(real), int(104 * NS), START, int(102 * NS), int(105 * NS), over)
    gathering = Gathering(wanted)
    gathering.take(10**9)
    data = gathering.made(lambda: None)
    assert data is not None
    assert all(detail(grey, PERSON) < 8 for _, grey in decoded(data))


def test_in_every_picture_of_a_clip_the_person_is_hidden_and_the_rest_is_not(real: Stream) -> None:
    pictures = decoded(clip_of(ring_of(real), veil("people", every_fifth(109))))
    assert len(pictures) == 80
    for _, grey in pictures:
        assert detail(grey, PERSON) < 8
        assert detail(grey, Box(0.05, 0.1, 0.2, 0.8)) > 30


def test_a_look_that_misses_somebody_shows_nobody(real: Stream) -> None:
    looks = every_fifth(109) | dict.fromkeys((103.0, 103.2, 103.4, 103.6), None)
    for _, grey in decoded(clip_of(ring_of(real), veil("people", looks))):
        assert detail(grey, PERSON) < 8


def test_where_nobody_looked_the_whole_view_is_hidden(real: Stream) -> None:
    looks = every_fifth(103, None) | every_fifth(109, None, 106)
    for at_s, grey in decoded(clip_of(ring_of(real), veil("people", looks))):
        coarse = detail(grey, Box(0, 0, 1, 1)) < 8
        assert coarse is (3.05 < at_s < 5.95)


@pytest.mark.parametrize(
    ("mode", "aspect"), [("all", 16 / 9), ("people", 4 / 3)], ids=["all", "another shape"]
)
def test_the_whole_view_is_hidden_where_boxes_say_nothing_of_it(
    real: Stream, mode: Mode, aspect: float
) -> None:
    over = veil(mode, every_fifth(109, None), aspect)
    assert all(detail(g, Box(0, 0, 1, 1)) < 8 for _, g in decoded(clip_of(ring_of(real), over)))


def test_a_clip_says_when_it_began_and_of_what_it_is_and_has_no_sound(real: Stream) -> None:
    for over in (None, veil("people", every_fifth(109))):
        data = clip_of(ring_of(real), over, from_s=101.5)
        # The key frame before 101.5 s; the alert was at 104 s, which was START.
        with av.open(io.BytesIO(data)) as clip:
            assert clip.metadata["creation_time"] == "2026-11-20T13:59:57.000000Z"
            assert clip.metadata["title"] == "e, decided 2026-11-20T14:00:00.000+00:00"
            assert [one.type for one in clip.streams] == ["video"]
            assert clip.duration is not None
            assert clip.duration / 1e6 == pytest.approx(7.0, abs=0.15)


def test_a_clip_outlives_a_ring_that_is_shorter_than_it(real: Stream) -> None:
    info, packets = real
    ring = PacketRing(keep_s=2)
    ring.started(info)
    clips = Clips(ReplayClock(START))
    clips.want(Wanted("e", ring, 102 * NS, START, 101 * NS, int(107.5 * NS)))
    for packet in packets:
        ring.add((packet,), 100 * NS)
        clips.gather()
    cut = ring.cut(0, 10**15)
    assert cut is not None
    assert cut.packets[0].at_ns > 104 * NS
    one = clips.next(everything=False)
    assert one is not None
    assert len(decoded(one.made(lambda: None) or b"")) == 76  # from the first key frame on


def test_what_gathers_is_bounded_and_a_clip_then_ends_early(real: Stream) -> None:
    info, packets = real
    sizes = [len(packet.data) for packet in packets]
    ring = PacketRing(keep_s=60)
    ring.started(info)
    clips = Clips(ReplayClock(START), bytes_max=sum(sizes[:45]) * 2 + 1)
    for name in ("one", "other"):
        clips.want(Wanted(name, ring, 102 * NS, START, 100 * NS, int(107.9 * NS)))
    for packet in packets:
        ring.add((packet,), 100 * NS)
        clips.gather()
    for _ in range(2):
        one = clips.next(everything=True)
        assert one is not None
        assert 40 <= len(decoded(one.made(lambda: None) or b"")) <= 50
    assert clips.next(everything=True) is None


def test_a_stream_that_becomes_another_leaves_a_clip_of_the_first(
    tmp_path: Path, real: Stream
) -> None:
    larger = stream(tmp_path, size=(640, 360))
    ring = PacketRing(keep_s=60)
    clips = Clips(ReplayClock(START))
    clips.want(Wanted("e", ring, 103 * NS, START, 100 * NS, 110 * NS))
    ring.started(real[0])
    ring.add(real[1][:40], 100 * NS)
    clips.gather()
    ring.started(larger[0])
    ring.add(larger[1], 104 * NS)
    clips.gather()
    one = clips.next(everything=False)
    assert one is not None
    pictures = decoded(one.made(lambda: None) or b"")
    assert {grey.shape for _, grey in pictures} == {(180, 320)}
    assert len(pictures) == 40  # the moment of the alert among them


def test_what_comes_before_the_wanted_beginning_is_hidden_as_the_rest(tmp_path: Path) -> None:
    """A key frame every eight seconds: the clip begins at it."""
    pictures = [chequered()] * 80
    given = packets_of(write_clip(tmp_path / "long.mp4", pictures, fps=FPS, gop=80))
    over = veil("people", every_fifth(109))
    shown = decoded(clip_of(ring_of(given), over, from_s=106))
    assert len(shown) == 80
    for _, grey in shown[1:-1]:
        assert detail(grey, PERSON) < 8
        assert detail(grey, Box(0.05, 0.1, 0.2, 0.8)) > 30


def test_a_clip_under_a_veil_waits_for_whoever_is_seen_right_after_it(real: Stream) -> None:
    over = veil("people", every_fifth(107.4))
    clips = Clips(ReplayClock(START))
    clips.want(Wanted("e", ring_of(real), 104 * NS, START, 102 * NS, 107 * NS, over))
    clips.gather()
    assert clips.next(everything=False) is None
    for n in range(5):
        over.sightings.add("hall", scenes.scores(107.4 + n / 5, (scenes.upright(PERSON),)))
    clips.gather()
    assert clips.next(everything=False) is not None


def test_a_stop_does_not_wait_for_clips_that_take_long(tmp_path: Path) -> None:
    pictures = [chequered((1280, 720))] * 10
    info, packets = packets_of(write_clip(tmp_path / "l.mp4", pictures, fps=FPS, gop=10))
    ring = PacketRing(keep_s=600)
    ring.started(info)
    for number in range(200):  # some 20 s of work
        ring.add(packets, 100 * NS + number * NS)
    keeper = Keeper(tmp_path / "e", Limits(400, 400, 7, 10**9), ReplayClock(START), anew=True)
    for number in range(3):
        keeper.want_clip(f"event{number}", ring, 200 * NS)
    stop = Event()
    thread = threading.Thread(target=keeper.run, args=(stop,))
    thread.start()
    stop.set()
    thread.join(15)
    assert not thread.is_alive()
    assert keeper.failed == 3
    assert not (tmp_path / "e").exists()


def test_clips_are_encoded_anew_where_that_is_wanted_and_whoever_asked_gets_them(
    tmp_path: Path,
) -> None:
    made: list[tuple[str, bytes]] = []
    ring = ring_of(stream(tmp_path, "hevc"))
    keeper = Keeper(
        tmp_path / "e",
        Limits(2, 1, 7, 10**9),
        ReplayClock(START + timedelta(hours=1)),
        anew=True,
        clip_made=lambda event_id, data: made.append((event_id, data)),
    )
    keeper.want_clip("event", ring, 104 * NS)
    stop = Event()
    thread = threading.Thread(target=keeper.run, args=(stop,))
    thread.start()
    until(lambda: made, "a clip")
    stop.set()
    thread.join(15)
    (event_id, data), kept = made[0], keeper.of("event").clip
    assert kept is not None
    assert (event_id, data) == ("event", (tmp_path / "e" / kept.name).read_bytes())
    with av.open(io.BytesIO(data)) as clip:
        assert clip.streams.video[0].codec_context.name == "h264"
        assert clip.streams.video[0].average_rate == pytest.approx(Fraction(FPS), rel=0.1)
