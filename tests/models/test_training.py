"""A run is made by its recipe: the same one gives the same weights, broken off or not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")

from models import checkpoints, digests, material, run_folder, stores, train, weights  # noqa: E402
from models.labels import Labelled  # noqa: E402
from models.material import Material, NothingToLearn  # noqa: E402
from models.recipe import Rates, Recipe  # noqa: E402
from models.run_folder import OtherRun  # noqa: E402
from models.stores import Sample  # noqa: E402
from models.weights import NoWeights  # noqa: E402

STEPS = 6
RECIPE = Recipe(
    version=1,
    init="shipped",
    learns_from="site",
    steps=STEPS,
    batch=2,
    side_px=64,
    rates=Rates(heads=2e-3, trunk=3e-4),
    warm_up_steps=2,
    mean_steps=2,
    shares={"hospital_bed": 1.0, "rooms": 0.5},
    keep_every_steps=4,
)


@pytest.fixture(scope="module")
def learnt_from(tmp_path_factory: pytest.TempPathFactory) -> Material:
    folder = tmp_path_factory.mktemp("store")
    rng = np.random.default_rng(0)
    writer = stores.Writer(folder, 6, masks=False)
    for number in range(6):
        rgb = rng.integers(0, 255, (48, 80, 3), dtype=np.uint8)
        person = Labelled(0.5, 0.5, 0.2, 0.3, number % 4)
        writer.add(Sample("hospital_bed", f"{number}_x.jpg", 80, 48, (person,)), rgb)
    writer.save()
    store = stores.load(folder)
    assert store is not None
    return Material([store], [])


def _weights(out: Path) -> dict[str, Any]:
    kept: dict[str, Any] = torch.load(out / checkpoints.FILE, weights_only=True)["mean"]
    return kept


def _never() -> bool:
    return False


def test_a_run_broken_off_ends_with_the_weights_of_one_that_was_not(
    learnt_from: Material, tmp_path: Path
) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    whole.mkdir()
    broken.mkdir()
    assert train.train(RECIPE, learnt_from, None, whole, _never)
    left = iter([False] * 3 + [True])
    assert not train.train(RECIPE, learnt_from, None, broken, lambda: next(left))
    assert checkpoints.steps_done(broken / checkpoints.FILE) == 3
    assert train.train(RECIPE, learnt_from, None, broken, _never)
    one, other = _weights(whole), _weights(broken)
    assert all(torch.equal(one[name], other[name]) for name in one)
    begun = weights.shipped().state_dict()
    assert not all(torch.equal(one[name], begun[name]) for name in one)
    assert torch.equal(
        one["backbone.stage4.0.0.conv.weight"], begun["backbone.stage4.0.0.conv.weight"]
    )


def test_another_seed_draws_other_pictures(learnt_from: Material) -> None:
    drawn = [
        material.mix(learnt_from, RECIPE.model_copy(update={"seed": seed})).batch(step, 2).images
        for seed, step in ((1, 5), (1, 5), (2, 5), (1, 6))
    ]
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
    assert not torch.equal(drawn[0], drawn[3])


def test_a_source_without_a_picture_is_said(learnt_from: Material) -> None:
    strict = RECIPE.model_copy(update={"learns_from": "sources"})
    with pytest.raises(NothingToLearn, match="shares: rooms: no picture to learn from"):
        material.mix(learnt_from, strict)
    nothing = RECIPE.model_copy(update={"hold_out": ("hospital_bed/",)})
    with pytest.raises(NothingToLearn, match="shares: hospital_bed, rooms: no picture"):
        material.mix(learnt_from, nothing)


def test_the_digest_of_what_is_learnt_from_knows_what_is_held_out(learnt_from: Material) -> None:
    all_of_it = digests.of(learnt_from.stores, [], ())["hospital_bed"]
    some = digests.of(learnt_from.stores, [], ("hospital_bed/3",))["hospital_bed"]
    assert (all_of_it.pictures, all_of_it.held_out) == (6, 0)
    assert (some.pictures, some.held_out) == (5, 1)
    assert all_of_it.sha256 != some.sha256
    assert all_of_it == digests.of(learnt_from.stores, [], ())["hospital_bed"]


def test_a_folder_keeps_to_its_recipe(tmp_path: Path) -> None:
    wrong = RECIPE.model_copy(update={"steps": 3})
    run_folder.enter(tmp_path, wrong)  # came to nothing: no data, say
    run_folder.enter(tmp_path, RECIPE)
    run_folder.record(tmp_path, RECIPE, 0, {}, {})
    run_folder.enter(tmp_path, RECIPE.model_copy(update={"threads": 7}))
    with pytest.raises(OtherRun, match=rf"steps: {STEPS} there, 9 here\); say another --out"):
        run_folder.enter(tmp_path, RECIPE.model_copy(update={"steps": 9}))


def test_what_earlier_runs_held_out_is_not_forgotten(tmp_path: Path) -> None:
    first = RECIPE.model_copy(update={"hold_out": ("hospital_bed/1",)})
    state = checkpoints.State(weights.shipped(), first)
    state.keep(tmp_path / "last.pt")
    then = RECIPE.model_copy(update={"init": str(tmp_path / "last.pt"), "hold_out": ("wards",)})
    network, _ = weights.begin(then, None)
    assert [run.held_out[0] for run in checkpoints.State(network, then).past] == [
        "hospital_bed/1",
        "hospital_bed/12",
    ]


def test_weights_that_are_not_there_are_said(tmp_path: Path) -> None:
    with pytest.raises(NoWeights, match="there is no such checkpoint; say coco, shipped"):
        weights.begin(RECIPE.model_copy(update={"init": str(tmp_path / "no.pt")}), None)
    with pytest.raises(NoWeights, match="no folder of data is named; say --data DIR"):
        weights.begin(RECIPE.model_copy(update={"init": "coco"}), None)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_said(learnt_from: Material, tmp_path: Path) -> None:
    with pytest.raises(train.NoDevice, match="torch finds no GPU here; say auto or cpu"):
        train.train(
            RECIPE.model_copy(update={"device": "cuda"}), learnt_from, None, tmp_path, _never
        )
