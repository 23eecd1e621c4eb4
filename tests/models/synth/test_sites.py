"""A rendered site holds what it says: footage to learn from, and clips to judge by."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.models.synth import needs

needs.renderer()

from models.evaluation.truth import Wanted, gather  # noqa: E402 - imports MuJoCo
from models.synth import sites  # noqa: E402 - imports MuJoCo
from models.synth.truth_file import OtherTruth  # noqa: E402

PLAN = sites.Plan(learn_s=4, rest_s=2, other_s=2, fall_s=6, falls=1)


def test_a_site_is_learnt_from_and_judged_by_other_footage_of_the_same_camera(
    tmp_path: Path,
) -> None:
    truth = sites.write_site(tmp_path, 1, 3, lambda _done, _of: None, PLAN)
    rest, other, fall = gather(Wanted(truth=(truth,)))
    with truth.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["part"] for row in rows] == ["rest", "other", "fall"]
    assert [row["label"] for row in rows] == ["none", "none", "collapse"]
    assert 0 <= float(rows[2]["onset_s"]) < float(rows[2]["end_s"])
    assert rest.seconds == other.seconds == pytest.approx(2, abs=0.5)
    assert fall.seconds == pytest.approx(6, abs=0.5)
    (learnt,) = (tmp_path / "normal").iterdir()
    with av.open(str(learnt)) as video:
        assert sum(1 for _ in video.decode(video=0)) == 4
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.mp4")}
    sites.write_site(tmp_path, 1, 3, lambda _done, _of: None, PLAN)
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_a_larger_camera_sees_the_same_scenes(tmp_path: Path) -> None:
    for width_px in (640, 960):
        plan = replace(PLAN, width_px=width_px)
        sites.write_site(tmp_path / f"{width_px}", 1, 3, lambda _done, _of: None, plan)
    small, large = (sorted((tmp_path / f"{width}").rglob("*.mp4")) for width in (640, 960))
    assert [one.name for one in small] == [one.name for one in large]
    assert pictures(large[0])[0].shape == (540, 960, 3)
    for one, other in zip(small, large, strict=True):
        for few, many in zip(pictures(one), pictures(other), strict=True):
            assert furthest(few, many) < 50
    assert furthest(pictures(small[0])[-1], pictures(small[1])[-1]) > 60  # other people


def furthest(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """By how much two pictures differ where they do most, noise and edges averaged out."""
    few, many = (cv2.resize(it, (64, 36), interpolation=cv2.INTER_AREA) for it in (one, other))
    return float(np.abs(few - many).max())


def test_one_site_has_cameras_of_one_width(tmp_path: Path) -> None:
    sites.write_site(tmp_path, 1, 3, lambda _done, _of: None, PLAN)
    (tmp_path / "clips" / "cam3000-a.part.mp4").write_bytes(b"broken off")
    with pytest.raises(OtherTruth, match="640 pixels wide, and 960 are asked for; name another"):
        sites.write_site(tmp_path, 2, 3, lambda _done, _of: None, replace(PLAN, width_px=960))


def pictures(clip: Path) -> list[NDArray[np.float32]]:
    with av.open(str(clip)) as video:
        return [
            frame.to_ndarray(format="rgb24").astype(np.float32) for frame in video.decode(video=0)
        ]
