"""The network of second looks learns, goes on where it was broken off, and is told by others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from alerts.errors import UserError
from tests.models.synth import needs

needs.renderer()

from edge.core.types import Box  # noqa: E402 - imports MuJoCo
from models.closer import seen, training  # noqa: E402 - imports MuJoCo
from models.closer.__main__ import main  # noqa: E402 - imports MuJoCo
from models.closer.close_ups import NOTHING, Shown  # noqa: E402 - imports MuJoCo
from models.closer.network import CLASSES, SIDE, Closer  # noqa: E402 - imports MuJoCo
from models.synth.closeups import KINDS  # noqa: E402 - imports MuJoCo
from models.weights import shipped  # noqa: E402 - imports MuJoCo

BOX = Box(0.3, 0.4, 0.4, 0.2)


def shown(kind: int, scene: int) -> Shown:
    """A bar of the class's brightness on grey noise."""
    rng = np.random.default_rng((kind, scene))
    rgb = rng.integers(100, 140, (208, 208, 3)).astype(np.uint8)
    rgb[83:125, 62:146] = 50 * kind
    return Shown(rgb, BOX, kind, f"rendered/fall{scene}")


SHOWN = [shown(kind, scene) for kind in (training.DOWN, NOTHING) for scene in range(1, 21)]


class Fragile(Shown):
    """Can be looked at so many times, all of them together."""

    left = 0

    def __getattribute__(self, name: str) -> Any:
        if name == "rgb":
            Fragile.left -= 1
            if Fragile.left < 0:
                raise InterruptedError
        return super().__getattribute__(name)


def test_what_is_broken_off_goes_on_to_the_same_weights(tmp_path: Path) -> None:
    learnt, _ = training.apart(SHOWN)
    whole = training.train(learnt, [], tmp_path / "whole", 3)
    fragile = [Fragile(one.rgb, one.box, one.kind, one.place) for one in learnt]
    Fragile.left = 2 * training.BATCH + 1
    with pytest.raises(InterruptedError):
        training.train(fragile, [], tmp_path / "parts", 3, keep_every=1)
    kept = torch.load(tmp_path / "parts" / training.FILE, weights_only=True)
    assert kept["step"] == 2
    again = training.train(learnt, [], tmp_path / "parts", 3)
    for (name, one), other in zip(
        whole.state_dict().items(), again.state_dict().values(), strict=True
    ):
        assert torch.equal(one, other), name
    assert not torch.equal(kept["network"]["head.0.weight"], whole.state_dict()["head.0.weight"])
    for changed in ({"steps": 4}, {"steps": 3, "seed": 2}):
        with pytest.raises(UserError, match="other steps, another seed or other close-ups"):
            training.train(learnt, [], tmp_path / "whole", **changed)
    with pytest.raises(UserError, match="other close-ups"):
        training.train(learnt[1:], [], tmp_path / "whole", 3)


def test_it_is_told_by_scenes_of_every_kind_that_it_never_learnt(tmp_path: Path) -> None:
    scenes = [Shown(SHOWN[0].rgb, BOX, 2, f"rendered/{KINDS[n % 22]}{n}") for n in range(900)]
    learnt, told = training.apart(scenes)
    assert {one.place for one in learnt} & {one.place for one in told} == set()
    kinds = {one.place.rstrip("0123456789") for one in told}
    assert kinds == {f"rendered/{kind}" for kind in KINDS}
    _, told = training.apart(SHOWN)
    found = training.tell(training.train(SHOWN, [], tmp_path, 1), told)
    assert found.shown == len(told) == 4
    assert 0 <= found.others <= 1
    assert np.isnan(found.low)  # nobody sits there


def test_it_reads_a_close_up_as_states_or_nobody() -> None:
    network = Closer(shipped()).eval()
    pictures = torch.zeros(2, 3, SIDE, SIDE)
    with torch.no_grad():
        said = network(pictures)
    assert said.shape == (2, CLASSES)
    assert torch.equal(said[0], said[1])


def test_what_a_camera_makes_of_it_shows_the_same_place() -> None:
    rng = np.random.default_rng(0)
    rgb = np.full((208, 208, 3), 30, np.uint8)
    rgb[83:125, 62:146] = 220
    for _ in range(20):
        some = seen.varied(rgb, BOX, rng)
        assert some.shape == (SIDE, SIDE, 3)
        middle = some[SIDE // 2 - 8 : SIDE // 2 + 8, SIDE // 2 - 8 : SIDE // 2 + 8].mean()
        assert middle > some[:12].mean()
    small = seen.plain(rgb, BOX, 20.0)
    assert small.shape == (SIDE, SIDE, 3)
    assert small[SIDE // 2, SIDE // 2].min() > 180


def test_the_area_under_the_curve_is_that_of_pairs() -> None:
    scores = np.array([0.1, 0.4, 0.4, 0.9], np.float32)
    positive = np.array([False, True, False, True])
    assert training.under_roc(scores, positive) == pytest.approx((1 + 0.5 + 1 + 1) / 4)


def test_what_is_not_there_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["train", "--close-ups", str(tmp_path), "--out", str(tmp_path / "run")])
    assert ended.value.code == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.endswith("no close-ups; `python -m models.closer draw` draws some")
