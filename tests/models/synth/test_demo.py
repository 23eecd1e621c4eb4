"""The clips that ship: what they are, and that their truth is what the code says."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from tests.models.synth import needs

DEMO = Path(__file__).parents[3] / "configs" / "demo"


@pytest.mark.parametrize("name", ["collapse", "spill"])
def test_clip_is_what_a_small_camera_sends(name: str) -> None:
    path = DEMO / f"{name}.mp4"
    assert path.stat().st_size <= 1_200_000
    with av.open(str(path)) as clip:
        video = clip.streams.video[0]
        assert video.codec_context.name == "h264"
        assert video.codec_context.pix_fmt == "yuv420p"
        assert (video.width, video.height) == (640, 360)
        assert video.average_rate == 12
        assert video.frames == 720


def test_truth_is_what_the_code_draws(tmp_path: Path) -> None:
    needs.renderer()
    from models.synth.demo import write_truth  # noqa: PLC0415 - imports MuJoCo

    write_truth(tmp_path / "truth.csv")
    assert (DEMO / "truth.csv").read_text() == (tmp_path / "truth.csv").read_text()


def test_clip_is_written_as_given(tmp_path: Path) -> None:
    needs.renderer()
    from models.synth.demo import write_clip  # noqa: PLC0415 - imports MuJoCo

    grey = [np.full((360, 640, 3), 40 * i, np.uint8) for i in range(5)]
    write_clip(tmp_path / "grey.mp4", grey)
    with av.open(str(tmp_path / "grey.mp4")) as clip:
        levels = [f.to_ndarray(format="rgb24").mean() for f in clip.decode(video=0)]
    assert levels == pytest.approx([0, 40, 80, 120, 160], abs=3)
