"""Clips to be measured on: `evaluate` can read their truth, and what they show is so."""

from __future__ import annotations

import csv
import itertools
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from tests.models.synth import needs

needs.renderer()

from models.evaluation.truth import Wanted, gather  # noqa: E402 - imports MuJoCo
from models.synth import clips, daily, day, daylight, movables, script  # noqa: E402 - imports MuJoCo
from models.synth.actor import RATE_HZ  # noqa: E402 - imports MuJoCo
from models.synth.camera import Look  # noqa: E402 - imports MuJoCo
from models.synth.furniture import Place  # noqa: E402 - imports MuJoCo
from models.synth.movables import Stop  # noqa: E402 - imports MuJoCo
from models.synth.plane import look_at, plane_of  # noqa: E402 - imports MuJoCo
from models.synth.seeds import SeedReserved, rng_of  # noqa: E402 - imports MuJoCo
from models.synth.signal import Signal  # noqa: E402 - imports MuJoCo
from models.synth.truth_file import OtherTruth  # noqa: E402 - imports MuJoCo

SHORT_S = 12.0  # before anybody comes in


def quiet(_done: int, _of: int) -> None:
    """No bar."""


def test_episodes_are_what_their_truth_says(tmp_path: Path) -> None:
    truth = clips.write_episodes(tmp_path, 2, 7, quiet, seconds=8.0, fps=0.5)
    fall, other = gather(Wanted(truth=(truth,)))
    with truth.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["label"] for row in rows] == ["collapse", "none"]
    assert 0 < float(rows[0]["onset_s"]) < float(rows[0]["end_s"]) == pytest.approx(8, abs=0.1)
    assert fall.seconds == other.seconds == pytest.approx(8, abs=2.1)
    sheet = cv2.imread(str(tmp_path / clips.SHEET))
    assert sheet is not None
    assert sheet.std() > 10
    _episodes_go_on(truth)


def _episodes_go_on(truth: Path) -> None:
    """What is there as the truth has it is kept, what is not is drawn anew, nothing is lost."""
    text, clip = truth.read_text(), truth.parent / gather(Wanted(truth=(truth,)))[0].name
    header, fall, other = text.splitlines()
    before = clip.read_bytes()
    clip.write_bytes(b"somebody's, of another length")
    changed = fall.replace(fall.split(",")[-1], "99.00")
    beside = other.replace(other.split(",")[0], clip.with_stem("another").name)
    clip.with_stem("another").write_bytes(before)
    truth.write_text("\n".join([header, changed, other, beside]) + "\n")
    clips.write_episodes(truth.parent, 2, 7, quiet, seconds=8.0, fps=0.5)
    assert clip.read_bytes() == before
    assert truth.read_text() == text + beside + "\n"


def test_collapses_end_down_and_their_onset_is_before() -> None:
    shot = clips.draw_shot(0, 8.0)
    actor = shot.scene.actors[0]
    onset = round(float(shot.row.onset_s) * RATE_HZ)
    assert script.state_at(actor, onset) != "down"
    assert script.state_at(actor, len(actor.track) - 1) == "down"


def test_interrupted_hours_go_on(tmp_path: Path) -> None:
    truth = daily.write_hours(tmp_path, SHORT_S / 3600, 1, quiet)
    (recording,) = gather(Wanted(truth=(truth,)))
    assert recording.seconds == pytest.approx(SHORT_S, abs=0.5)
    clip = recording.path
    before, text = clip.read_bytes(), truth.read_text()
    _never_frozen(clip)
    at = clip.stat().st_mtime_ns
    daily.write_hours(tmp_path, SHORT_S / 3600, 1, quiet)
    assert clip.stat().st_mtime_ns == at  # kept
    clip.unlink()
    daily.write_hours(tmp_path, SHORT_S / 3600, 1, quiet)
    assert clip.read_bytes() == before
    assert truth.read_text() == text


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "truth.csv").write_text("clip,label,onset_s,end_s\na.mp4,none,,\n")
    with pytest.raises(OtherTruth, match="not of rendered hours; name another folder"):
        daily.write_hours(tmp_path, 1.0, 1, quiet)
    with pytest.raises(OtherTruth, match="not of rendered episodes; name another folder"):
        clips.write_episodes(tmp_path, 1, 1, quiet)
    assert [file.name for file in tmp_path.iterdir()] == ["truth.csv"]


def test_a_seed_that_there_is_not_is_said(tmp_path: Path) -> None:
    with pytest.raises(SeedReserved, match=r"--seed 125, 1 clips: there are seeds 0–124, each"):
        clips.write_episodes(tmp_path, 1, 125, quiet)


def _never_frozen(path: Path) -> None:
    """A camera whose pictures repeat to the bit is frozen: held pictures must not."""
    with av.open(str(path)) as clip:
        frames = [f.to_ndarray(format="gray") for f in clip.decode(video=0)]
    differ = [bool((a != b).any()) for a, b in itertools.pairwise(frames)]
    assert sum(differ) > 0.9 * len(differ)


@pytest.fixture(scope="module")
def drawn() -> day.Day:
    return day.draw_day(rng_of(11), 100.0)


def test_nobody_is_down_on_a_normal_day(drawn: day.Day) -> None:
    assert drawn.visits
    for visit in drawn.visits:
        actor = drawn.people[visit.person]
        actor.track = list(visit.track)
        for tick in range(0, len(actor.track), RATE_HZ):
            assert script.state_at(actor, tick) != "down"


def test_people_come_by_the_door(drawn: day.Day) -> None:
    visit = drawn.visits[0]
    assert all(pose[2] == movables.BELOW_M for pose in drawn.poses(0.0))
    first = drawn.poses(visit.starts_s + 0.01)[visit.person]
    room = drawn.room
    assert abs(first[0]) > room.width_m / 2 or abs(first[1]) > room.depth_m / 2


def test_things_are_not_there_before_they_are_brought() -> None:
    stops = [Stop(3.0, 1.0, 2.0, 0.8, 0.0), Stop(4.0, 2.0, 2.0, 0.0, 1.0)]
    assert movables.along(stops, 2.9)[2] == movables.BELOW_M
    assert movables.along(stops, 3.5) == pytest.approx((1.5, 2.0, 0.4, 0.5))
    assert movables.along(stops, 99.0) == (2.0, 2.0, 0.0, 1.0)


def test_doors_open_and_close() -> None:
    stops = movables.door_stops(Place(-3.0, 0.5, 0.0), [(10.0, 13.0), (12.0, 20.0), (60.0, 63.0)])
    turned = [movables.along(stops, t)[3] for t in (5.0, 11.0, 19.0, 40.0, 61.0, 90.0)]
    shut = [abs(yaw) < 1e-9 for yaw in turned]
    assert shut == [True, False, False, True, False, True]


LOOK = Look(
    exposure=1.2, gamma=0.9, tint=(1.05, 1.0, 0.95), saturation=0.8, blur_px=0.0, sharpen=0.0,
    vignette=0.2, noise=0.0, coarse_noise=0.0, jpeg=0,
)  # fmt: skip


def test_signal_is_the_look_in_less_time() -> None:
    rgb = rng_of(1).integers(20, 220, (36, 64, 3)).astype(np.uint8)
    rgb = np.asarray(cv2.resize(rgb, (640, 360)), np.uint8)
    still = daylight.Moment(np.ones((90, 160), np.float32), 1.0, False, (0.0, 0.0))
    fast = Signal(LOOK, (640, 360), rng_of(2)).send(rgb, still, rng_of(3))
    exact = LOOK.apply(rgb, rng_of(3))
    assert np.abs(fast.astype(int) - exact).mean() < 3


@pytest.mark.parametrize("change", list(daylight.CHANGES))
def test_each_change_of_light_is_seen(change: str) -> None:
    eye = look_at((-2.5, -2.0, 2.6), (0.5, 0.3, 0.0), 60.0)
    floor = np.zeros((360, 640), np.bool_)
    floor[120:] = True
    light = daylight.Daylight(plane_of(eye, (640, 360)), floor, 600.0, [change], rng_of(5))
    calm = daylight.Daylight(plane_of(eye, (640, 360)), floor, 600.0, [], rng_of(5))
    changed = [light.at(0.8 * n, rng_of(6)) for n in range(750)]
    steady = calm.at(0.0, rng_of(6))
    assert steady.shift_px == (0.0, 0.0)
    assert any(
        np.abs(m.field - 1).max() > 0.1 or abs(m.gain - 1) > 0.1 or m.infrared
        or m.shift_px != (0.0, 0.0) for m in changed
    )  # fmt: skip
