"""A rendered site holds what it says: footage to learn from, and clips to judge by."""

from __future__ import annotations

import csv
from pathlib import Path

import av
import pytest

from tests.models.synth import needs

needs.renderer()

from models.evaluation.truth import Wanted, gather  # noqa: E402 - imports MuJoCo
from models.synth import sites  # noqa: E402 - imports MuJoCo

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
