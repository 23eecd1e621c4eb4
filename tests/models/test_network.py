from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge.backends.runtime import ort

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")
pytest.importorskip("onnx")

from models import coco  # noqa: E402 - only where torch is
from models import network as net  # noqa: E402

COCO = "pretrained/yolox_nano_coco/yolox_nano_coco.onnx"


def test_written_out_it_is_the_coco_network(data: Path) -> None:
    ours = net.Network(classes=80)
    coco.load_coco(ours, data / COCO)
    images = np.random.default_rng(0).normal(0, 1, (2, 3, 96, 160)).astype(np.float32)
    session = ort.InferenceSession(str(data / COCO), providers=["CPUExecutionProvider"])
    theirs = session.run(None, {"images": images})[0]
    with torch.no_grad():
        gives = ours.coco(torch.from_numpy(images)).numpy()
    assert np.abs(gives - theirs).max() < 1e-3


def test_untrained_heads_leave_cocos_scores_alone(data: Path) -> None:
    ours = net.Network()
    coco.load_coco(ours, data / COCO)
    images = torch.full((1, 3, 64, 96), 90.0)
    with torch.no_grad():
        people, _ = ours(images)
        before = ours.person_score(ours.fine(images))
    assert torch.allclose(people[..., 4], before, atol=1e-5)


def test_a_file_of_another_shape_is_refused(data: Path) -> None:
    with pytest.raises(ValueError, match="convolutions"):
        coco.load_coco(net.Network(), data / "pretrained/blazepose_lite/blazepose_lite.onnx")


def test_outputs_keep_the_contract() -> None:
    torch.manual_seed(0)
    ours = net.Network()
    with torch.no_grad():
        people, spill = ours(torch.rand(2, 3, 96, 160) * 255)
    assert people.shape == (2, 12 * 20 + 6 * 10 + 3 * 5, 9)
    assert spill.shape == (2, 12, 20)
    assert torch.allclose(people[..., 5:].sum(2), torch.ones(2, 315), atol=1e-5)
    for share in (people[..., 4:], spill):
        assert float(share.min()) >= 0.0
        assert float(share.max()) <= 1.0
