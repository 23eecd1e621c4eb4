"""A recording becomes a trace: by the shipped source, network and alarm step."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from threading import Event as StopEvent
from zoneinfo import ZoneInfo

import cv2
import numpy as np
import pytest

from edge.clock import ReplayClock
from edge.core.types import LABELS, Decision, Frame
from edge.errors import BadClip
from edge.pipeline import Pipeline, View
from edge.sources.pattern import Mark, draw
from models.evaluation import alarms
from models.evaluation.recording import Recording
from models.evaluation.trace import Trace
from models.evaluation.tracing import Setup, source_of, trace
from models.evaluation.workers import Network
from models.eye import Eye
from tests.models.evaluation.films import FALL, LIQUID, SIZE, film, network, recording, setup
from tests.support.clips import write_clip

START = datetime(1970, 1, 1, tzinfo=timezone.utc)


@pytest.fixture
def net(tmp_path: Path) -> Network:
    return network(tmp_path)


def traced(of: Recording, how: Setup, net: Network) -> Trace:
    with net.open() as backend:
        return trace(of, how, Eye(net.model.card, backend))


def test_pictures_come_at_the_cameras_rate_and_what_is_seen_is_dated(
    net: Network, tmp_path: Path
) -> None:
    found = traced(recording(film(tmp_path / "fall.mp4"), 7.0), setup(net), net)
    assert found.at_s == pytest.approx(np.arange(35) / 5)
    assert not found.held.any()
    assert found.seconds == pytest.approx(7.0)
    assert found.gaps == ()
    assert found.aspect == pytest.approx(16 / 9)
    down = found.at_s[found.glance["collapse"] > 0.5]
    assert down.min() == pytest.approx(3.0, abs=0.21)
    tripped = found.at_s[found.strongest("collapse") >= 0.5]
    assert tripped.min() == pytest.approx(4.5, abs=0.6)
    assert not found.strongest("spill").any()


@pytest.mark.parametrize("marks", [FALL, LIQUID])
def test_alerts_of_a_trace_are_the_decisions_of_the_pipeline(
    net: Network, tmp_path: Path, marks: tuple[Mark, ...]
) -> None:
    of = recording(film(tmp_path / "a.mp4", marks, 12.0), 12.0)
    how = setup(net, hold_last_s=6.0)
    view = View(how.policy, dict.fromkeys(LABELS, ()), ZoneInfo("UTC"))
    decisions: list[Decision] = []
    with net.open() as backend, source_of(of, how, net.model.card) as source:
        pipeline = Pipeline(net.model.card, backend, ReplayClock(START), {"a": view})
        for number, picture in enumerate(source.pictures(StopEvent())):
            frame = Frame("a", number, picture.pts_ns, picture.small, picture.full)
            decisions += pipeline.process([frame])[0].decisions
        decisions += pipeline.finish("a")
    told = alarms.alerts(traced(of, how, net), how.policy)
    assert told
    assert [(a.label, a.phase, a.t_s, a.score, a.box) for a in told] == [
        (d.label, d.phase, d.at_ns / 1e9, d.score, d.box) for d in decisions
    ]


@pytest.mark.parametrize("hold_last_s", [0.0, 0.3, 5.0])
def test_held_pictures_are_those_that_the_source_adds(
    net: Network, tmp_path: Path, hold_last_s: float
) -> None:
    of = recording(film(tmp_path / "fall.mp4"), 7.0)
    own = traced(of, setup(net), net)
    found = traced(of, setup(net, hold_last_s=hold_last_s), net)
    number = len(own.at_ns)
    assert found.held.tolist() == [False] * number + [True] * round(hold_last_s * 5 - 0.5 + 0.01)
    assert np.array_equal(found.at_ns[:number], own.at_ns)
    assert found.evidence[:number] == own.evidence
    assert found.seconds == own.seconds


def test_a_picture_that_does_not_change_is_not_a_held_one(net: Network, tmp_path: Path) -> None:
    still = draw(FALL, 5.0, SIZE)
    clip = write_clip(tmp_path / "still.mp4", [still] * 40, fps=10)
    assert not traced(recording(clip, 4.0), setup(net), net).held.any()


def test_a_folder_goes_at_its_own_rate(net: Network, tmp_path: Path) -> None:
    for number in range(6):
        bgr = np.ascontiguousarray(draw(FALL, number, SIZE)[:, :, ::-1])
        cv2.imwrite(str(tmp_path / f"p{number}.png"), bgr)
    of = recording(tmp_path, 12.0, "folder", folder_fps=0.5)
    found = traced(of, setup(net, folder_fps=3.0, hold_last_s=1.0), net)
    assert found.at_s[~found.held].tolist() == [0, 2, 4, 6, 8, 10]
    assert found.held.sum() == 5
    assert found.gaps == ()  # that is its rate
    assert found.seconds == 12.0


def test_a_picture_has_its_map_and_no_time(net: Network, tmp_path: Path) -> None:
    path = tmp_path / "wet.png"
    cv2.imwrite(str(path), np.ascontiguousarray(draw(LIQUID, 3.0, SIZE)[:, :, ::-1]))
    found = traced(recording(path, 0.0, "picture"), setup(net, hold_last_s=5.0), net)
    assert found.at_ns.tolist() == [0]
    assert found.seconds == 0
    assert found.evidence == ((),)
    assert found.grid is not None
    assert found.grid.max() == pytest.approx(0.9)
    assert found.glance["spill"].tolist() == pytest.approx([0.9])


def test_a_pause_of_the_camera_is_a_gap_and_told_when_the_daemon_would(tmp_path: Path) -> None:
    times_s = [*np.arange(0, 2, 0.1), *np.arange(3, 4, 0.1), *np.arange(7, 8, 0.1)]
    pictures = [draw((), at_s, SIZE) for at_s in times_s]
    clip = write_clip(tmp_path / "pauses.mp4", pictures, times_s=times_s)
    net = network(tmp_path, read_timeout_s=2.0)
    found = traced(recording(clip, 8.0), setup(net), net)
    [untold, told] = found.gaps
    assert (untold.told, told.told) == (False, True)
    sides_s = (untold.from_s, untold.to_s, told.from_s, told.to_s)
    assert sides_s == pytest.approx((3.8, 5.8, 5.8, 7.0), abs=0.11)
    assert found.seconds == pytest.approx(8.0, abs=0.11)


def test_what_is_stated_and_does_not_decode_is_a_gap(net: Network, tmp_path: Path) -> None:
    options = {"movflags": "faststart"}
    pictures = [draw(FALL, number / 10, SIZE) for number in range(200)]
    clip = write_clip(tmp_path / "cut.mp4", pictures, fps=10, options=options)
    clip.write_bytes(clip.read_bytes()[: int(clip.stat().st_size * 0.6)])
    found = traced(recording(clip, 20.0), setup(net), net)
    assert "cut off" in found.damage
    assert found.seconds == 20.0
    assert found.gaps[0].from_s == pytest.approx(found.at_s[-1] + 0.2)
    assert found.gaps[-1].to_s == 20.0


def test_a_length_that_is_not_stated_is_the_pictures_own(net: Network, tmp_path: Path) -> None:
    of = recording(film(tmp_path / "fall.mp4", seconds=4.0), 0.0)
    assert traced(of, setup(net), net).seconds == pytest.approx(4.0)


def test_what_is_no_recording_is_refused(net: Network, tmp_path: Path) -> None:
    path = tmp_path / "text.mp4"
    path.write_text("no video")
    with pytest.raises(BadClip, match=r"text\.mp4"):
        traced(recording(path, 1.0), setup(net), net)


def test_thresholds_change_nothing(net: Network, tmp_path: Path) -> None:
    of, how = recording(film(tmp_path / "fall.mp4"), 7.0), setup(net)
    low = replace(how.policy, collapse=replace(how.policy.collapse, threshold=0.01))
    assert traced(of, replace(how, policy=low), net).evidence == traced(of, how, net).evidence


def test_progress_is_told_and_may_stop_it(net: Network, tmp_path: Path) -> None:
    of, how = recording(film(tmp_path / "fall.mp4"), 7.0), setup(net, hold_last_s=3.0)
    told: list[float] = []

    def until_five(seconds: float) -> None:
        told.append(seconds)
        if seconds > 5:
            raise StopIteration

    with net.open() as backend:
        with pytest.raises(StopIteration):
            trace(of, how, Eye(net.model.card, backend), until_five)
        assert told == sorted(told)
        assert told[-1] < 7
        trace(of, how, Eye(net.model.card, backend), told.append)
    assert told[-1] == pytest.approx(6.8)  # held time is no part of the recording
