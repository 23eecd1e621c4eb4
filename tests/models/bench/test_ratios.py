"""What is computed of what was measured."""

from __future__ import annotations

import pytest

from models.bench import growth, ratios
from models.bench.growth import Grown
from models.bench.rounds import Round, Window


def window(per_s: float, cpu_s: float = 2.0) -> Window:
    return Window(per_s, 1.0, cpu_s)


def measured(ours: float) -> Round:
    return {
        ratios.DECODING: window(300.0),
        ratios.DECODING_QUIET: window(400.0),
        ratios.NETWORK: window(50.0),
        ratios.NAIVE: window(40.0, cpu_s=1.0),
        ratios.OURS: window(ours),
        ratios.GATED: window(360.0),
    }


def grown(cameras: int, memory_mb: float, dropped: int = 0, share: float = 1.0) -> Grown:
    return Grown(cameras, 20, 30, 40, 100, dropped, share, 0.02, 0.5, memory_mb)


def test_the_limit_is_the_time_of_both() -> None:
    # 1/300 s to decode each, and of three one takes 1/50 s: 1/300 + 1/150 = 1/100.
    assert ratios.limit(300.0, 50.0, 3.0) == pytest.approx(100.0)


def test_ratios_are_medians_of_what_was_measured_in_the_same_round() -> None:
    found = ratios.of_size("360p", [measured(70), measured(90), measured(80)], each=3.0)
    limit = found["ratio_vs_limit_360p"]
    assert (limit.least, limit.median, limit.most) == pytest.approx((0.7, 0.8, 0.9))
    assert found["gated_ratio_vs_decode_360p"].median == pytest.approx(0.9)
    assert found["ratio_vs_naive_360p"].median == pytest.approx(2.0)
    # It had one processor where the others had two.
    assert found["ratio_vs_naive_360p"].by_processor == pytest.approx(1.0)


def test_without_torch_there_is_no_ratio_to_it() -> None:
    without = {name: one for name, one in measured(80).items() if name != ratios.NAIVE}
    assert "ratio_vs_naive_360p" not in ratios.of_size("360p", [without], each=3.0)
    assert ratios.of_network([{"onnx, 1": window(9)}], "onnx") == {}


def test_the_network_is_compared_at_one_picture_and_at_eight() -> None:
    one = {
        "onnx, 1": window(60), "torch, 1": window(20), "onnx, 8": window(80),
        "torch, 8": window(40),
    }  # fmt: skip
    found = ratios.of_network([one], "onnx")
    assert found["model_ratio_vs_torch"].median == pytest.approx(3.0)
    assert found["model_ratio_vs_torch_batch"].median == pytest.approx(2.0)


def test_memory_is_the_slope_over_cameras() -> None:
    found = [grown(1, 220), grown(2, 240), grown(4, 280)]
    assert growth.memory_per_camera_mb(found) == pytest.approx(20.0)
    assert growth.memory_per_camera_mb(found[:1]) is None


@pytest.mark.parametrize(
    ("one", "keeps_up"),
    [
        (grown(4, 200), True),
        (grown(4, 200, dropped=1), False),
        (grown(4, 200, share=0.8), False),
    ],
)
def test_who_loses_pictures_does_not_keep_up(one: Grown, keeps_up: bool) -> None:
    assert one.keeps_up is keeps_up


def test_goals_say_what_is_met_and_what_was_not_measured() -> None:
    told = ratios.goals({"memory_per_camera_mb": 39.0, "model_ratio_vs_torch": 2.9})
    assert told["memory_per_camera_mb"]["met"] is True
    assert told["model_ratio_vs_torch"]["met"] is False
    assert told["ratio_vs_limit_1080p"]["met"] is None
