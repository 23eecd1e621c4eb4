"""The latest frame of each camera: replaced when it is late, never out of turn."""

from __future__ import annotations

import threading
from collections import Counter
from itertools import pairwise
from threading import Event

from hypothesis import given
from hypothesis import strategies as st

from edge.mailbox import Mailboxes
from tests.edge.frames import frame

CAMERAS = ("one", "two", "three", "four", "five")


def test_the_latest_wins_and_what_it_replaced_is_counted() -> None:
    boxes = Mailboxes()
    for seq in range(4):
        boxes.put(frame("hall", seq))
    boxes.put(frame("door", 9))
    assert [(f.camera, f.seq) for f in boxes.take(8, 0)] == [("hall", 3), ("door", 9)]
    assert boxes.take(8, 0) == ()
    assert (boxes.dropped("hall"), boxes.dropped("door"), boxes.dropped("none")) == (3, 0, 0)


def test_a_frame_that_was_taken_is_not_dropped_by_the_next() -> None:
    boxes = Mailboxes()
    for seq in range(3):
        boxes.put(frame("hall", seq))
        assert boxes.take(1, 0)[0].seq == seq
    assert boxes.dropped("hall") == 0


def test_under_overload_every_camera_has_its_turn() -> None:
    boxes = Mailboxes()
    taken: list[str] = []
    for seq in range(30):
        for camera in CAMERAS:  # all of them are faster than the one who looks
            boxes.put(frame(camera, seq))
        taken += [f.camera for f in boxes.take(2, 0)]
    for camera in CAMERAS:
        turns = [place for place, name in enumerate(taken) if name == camera]
        assert all(later - turn <= 2 * len(CAMERAS) for turn, later in pairwise(turns))
        assert len(turns) >= len(taken) / len(CAMERAS) * 0.8


@given(
    st.lists(
        st.one_of(
            st.sampled_from(CAMERAS),  # puts a frame
            st.integers(1, 4),  # takes so many
        ),
        max_size=80,
    )
)
def test_nothing_is_lost_uncounted_made_up_or_told_twice(steps: list[str | int]) -> None:
    boxes, put, seen = Mailboxes(), Counter[str](), list[tuple[str, int]]()
    for step in [*steps, 99]:
        if isinstance(step, str):
            boxes.put(frame(step, put[step]))
            put[step] += 1
        else:
            frames = boxes.take(step, 0)
            assert len({f.camera for f in frames}) == len(frames) <= step
            seen += [(f.camera, f.seq) for f in frames]
    assert len(set(seen)) == len(seen)
    for camera in CAMERAS:
        order = [seq for name, seq in seen if name == camera]
        assert order == sorted(order)
        assert len(order) + boxes.dropped(camera) == put[camera]


def test_a_recording_ends_only_after_its_last_frame_was_taken_and_once() -> None:
    boxes = Mailboxes()
    boxes.put(frame("hall", 7))
    boxes.put(frame("door", 0))
    boxes.end("hall")
    assert boxes.take_ended() == ()
    assert [f.camera for f in boxes.take(1, 0)] == ["hall"]
    assert boxes.take_ended() == ("hall",)
    assert boxes.take_ended() == ()


def test_waiting_ends_with_a_frame_an_end_or_its_time() -> None:
    boxes, came = Mailboxes(), Event()

    def waiting() -> None:
        assert boxes.take(1, 60) != ()
        assert boxes.take(1, 60) == ()  # woken by the end
        came.set()

    thread = threading.Thread(target=waiting)
    thread.start()
    boxes.put(frame("hall"))
    boxes.end("hall")
    assert came.wait(20)
    thread.join(20)
    boxes.take_ended()
    assert boxes.take(1, 0.01) == ()


def test_putting_never_waits_for_taking() -> None:
    boxes = Mailboxes()

    def fill(camera: str) -> None:
        for seq in range(2000):
            boxes.put(frame(camera, seq))

    threads = [threading.Thread(target=fill, args=(camera,)) for camera in CAMERAS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
    assert {f.camera: f.seq for f in boxes.take(9, 0)} == dict.fromkeys(CAMERAS, 1999)
    assert [boxes.dropped(camera) for camera in CAMERAS] == [1999] * 5
