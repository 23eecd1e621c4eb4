"""The pipeline that is measured is the daemon's, and loses nothing."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from threading import Event as StopEvent
from threading import Thread

import numpy as np
import pytest

from edge.backends.scripted import ScriptedBackend
from edge.core.types import Frame, Small
from edge.sources.file import FileSource
from edge.sources.pattern import Script, draw
from edge.zoo import find
from models.bench import decoding, full_speed, growth
from models.bench.decoding import Streams
from models.bench.full_speed import PatientMailboxes
from models.bench.growth import Asked, PacedFile
from models.bench.rounds import Amount, in_turns
from tests.support.clips import write_clip
from tests.support.site import pattern_model

AMOUNT = Amount(rounds=1, seconds=0.05, frames=12)


def frame(seq: int) -> Frame:
    rgb = np.zeros((4, 4, 3), np.uint8)
    return Frame("hall", seq, seq * 1_000_000, Small(lambda: rgb), lambda: rgb)


def test_a_frame_waits_until_the_one_before_is_taken() -> None:
    boxes = PatientMailboxes(["hall"])
    boxes.put(frame(0))
    second = Thread(target=boxes.put, args=(frame(1),))
    second.start()
    taken = [boxes.take(8, 5.0), boxes.take(8, 5.0)]
    second.join(5)
    assert [one.seq for (one,) in taken] == [0, 1]
    assert boxes.dropped("hall") == 0


def test_nobody_waits_when_it_is_over() -> None:
    boxes = PatientMailboxes(["hall"])
    boxes.put(frame(0))
    second = Thread(target=boxes.put, args=(frame(1),))
    second.start()
    boxes.over()
    second.join(5)
    assert not second.is_alive()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    script = Script((), duration_s=2.0, fps=10.0, size=(160, 96))
    pictures = (draw(script.marks, at_s, script.size) for at_s in script.times_s)
    return write_clip(tmp_path_factory.mktemp("clip") / "room.mp4", pictures)


def streams_of(clip: Path, count: int = 2) -> Streams:
    return Streams(clip, fps=10.0, sample_fps=5.0, fit=(64, 36), count=count)


@pytest.mark.parametrize("gated", [False, True])
def test_the_whole_pipeline_and_decoding_are_counted_in_source_frames(
    clip: Path, tmp_path: Path, gated: bool
) -> None:
    model, streams = find(None, pattern_model(tmp_path)), streams_of(clip)
    with ScriptedBackend(model.card) as backend:
        ours = full_speed.pipeline("ours", streams, model, backend, gated=gated)
        (found,) = in_turns([ours, decoding.alone("alone", streams)], AMOUNT, lambda _name: None)
    for window in found.values():
        assert window.frames >= AMOUNT.frames
        assert window.frames % streams.each == 0


def test_a_paced_recording_gives_the_pictures_of_the_file_in_its_order(clip: Path) -> None:
    streams = streams_of(clip)
    with FileSource(clip, fit=streams.fit, sample_fps=5.0) as source:
        wanted = [(one.pts_ns, one.rgb.tobytes()) for one in source.pictures(StopEvent())]
    with PacedFile(streams, late_s=0.0) as paced:
        found = list(islice(paced.pictures(StopEvent()), len(wanted) + 1))
    assert [(one.pts_ns, one.rgb.tobytes()) for one in found[:-1]] == wanted
    assert found[-1].pts_ns > wanted[-1][0]  # over and over


def test_cameras_at_their_own_pace_are_counted(clip: Path, tmp_path: Path) -> None:
    model = find(None, pattern_model(tmp_path))
    asked = Asked(streams_of(clip), model, "scripted", False, seconds=0.5)
    found = growth.measured(asked, cameras=2)
    assert found.cameras == 2
    assert 0 <= found.p50_ms <= found.p95_ms <= found.p99_ms
    assert found.decided > 0
    assert found.memory_mb > 0
