"""`floorwatch bench` from its options to its document."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from edge.sources.pattern import Script, draw
from models.bench import run
from models.bench.clips import SIZES, material, pictures_of
from models.bench.run import Asked
from tests.support.clips import write_clip
from tests.support.site import PROGRAM


def bench(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([PROGRAM, "bench", *words], check=False, capture_output=True, text=True)


def test_a_clip_of_ones_own_is_measured_and_written(tmp_path: Path) -> None:
    script = Script((), duration_s=1.0, fps=15.0, size=(320, 180))
    pictures = (draw(script.marks, at_s, script.size) for at_s in script.times_s)
    clip = write_clip(tmp_path / "own.mp4", pictures, fps=15.0)
    asked = Asked(
        quick=True, clip=clip, sizes=(), model=None, backend="onnx", rounds=1, seconds=0.1,
        cameras=(),
    )  # fmt: skip
    document = run.bench(asked)
    for key in ("ratio_vs_limit_clip", "gated_ratio_vs_decode_clip"):
        assert document[key] > 0
    assert document["ratio_vs_limit_1080p"] is None
    assert document["memory_per_camera_mb"] is None
    assert document["backend"] == "onnx"
    size = document["sizes"]["clip"]
    assert size["fps"] == 15.0
    assert all(one["frames_per_s"]["median"] > 0 for one in size["contenders"].values())
    written = run.write(document, tmp_path / "out")
    assert json.loads(written[0].read_text()) == document
    assert all(path.stat().st_size > 0 for path in written)
    run.show(document)


def test_clips_are_as_long_and_large_as_asked(tmp_path: Path) -> None:
    drawn: list[None] = []
    made = material(SIZES[1], tmp_path, 0.4, lambda: drawn.append(None))
    assert len(drawn) == pictures_of(0.4, sizes=1) == 12
    assert made.quiet.stat().st_size > 0
    assert made.kbit_s > 0


def test_an_ultralytics_that_does_not_work_is_left_out_and_said(tmp_path: Path) -> None:
    """PyPI's torchvision says so, once a video comes, beside a torch for processors alone."""
    (tmp_path / "ultralytics.py").write_text("")
    (tmp_path / "torchvision.py").write_text('raise RuntimeError("no operator nms")\n')
    program = "from models.bench import measure\nprint(*measure.absent(), sep='\\n')"
    told = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "left out, ultralytics does not work here (no operator nms)" in told.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--clip", "no-such.mp4"), "no-such.mp4: no such file"),
        (("--out", __file__), "is a file; name a folder"),
        (("--model", "no-such-folder"), "card.json cannot be read"),
    ],
)
def test_what_cannot_be_measured_is_one_line(words: tuple[str, ...], said: str) -> None:
    found = bench(*words, "--backend", "onnx")
    assert found.returncode == 2
    assert found.stderr.count("\n") == 1
    assert said in found.stderr
